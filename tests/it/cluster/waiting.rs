//! What waits beside the replies is done by one node, whichever that is.

use futures::future::join_all;
use parlance::domain::message::Status;

use crate::support::{
    cluster::Cluster,
    database::{change, value},
    script::Script,
    wait::eventually,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_takes_no_more_is_asked_by_one_at_a_time_of_all_nodes_and_in_order() {
    let cluster = Cluster::start(3).await;
    cluster.upstream.answer(Script::error(429, "Rate limit reached").header("retry-after", "30"));
    let mut started = vec![cluster.client(0).start("0").await];
    let mut viewer = cluster.client(1).follow(started[0].reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some_and(|waiting| waiting.place == 1)).await;
    for number in 1..7 {
        started.push(cluster.client(number % 3).start(&number.to_string()).await);
    }
    let mut last = cluster.client(2).follow(started[6].reply, 0).await;
    last.until_waiting(|waiting| waiting.is_some_and(|waiting| waiting.place == 7)).await;
    assert_eq!(cluster.upstream.calls(), 1);

    cluster.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    change(&cluster.url(), "UPDATE jobs SET run_at = 1").await;
    let ends = started.iter().map(|started| cluster.client(1).follow_to_end(started.reply, 0));
    assert!(join_all(ends).await.iter().all(|seen| seen.status() == Some(Status::Complete)));
    let requests = cluster.upstream.requests(8).await;
    let asked: Vec<String> = requests.iter().map(|request| request.messages()[0].1.clone()).collect();
    assert_eq!(asked, ["0", "0", "1", "2", "3", "4", "5", "6"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_title_is_made_once_whichever_node_is_first() {
    let cluster = Cluster::with_titles(3).await;
    cluster.upstream.answer_with(|request| {
        let is_title = request.messages().last().is_some_and(|(_, text)| text.ends_with("Title:"));
        Some(Script::reply(if is_title { "A title" } else { "Hello." }))
    });
    let chats = (0..9).map(|number| cluster.client(number % 3).ask("Hello?"));
    let chats: Vec<_> = join_all(chats).await.into_iter().map(|(started, _)| started.chat).collect();
    eventually("no chat to wait for a title", async || {
        value(&cluster.url(), "SELECT count(*) FROM title_jobs").await == 0
    })
    .await;
    for chat in chats {
        assert_eq!(cluster.client(0).chat(chat).await.chat.title, "A title");
    }
    assert_eq!(cluster.upstream.calls(), 18);
}
