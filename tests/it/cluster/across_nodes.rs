//! Whatever a person does on one node is there on every other.

use std::time::{Duration, Instant};

use parlance::domain::message::Status;

use crate::support::{cluster::Cluster, script::Script};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_asked_for_on_one_node_is_followed_on_two_others_and_stopped_from_a_fourth() {
    let cluster = Cluster::start(4).await;
    let (feed, script) = Script::stream().role().feed();
    cluster.upstream.answer(script.hold());
    let started = cluster.client(0).start("Count").await;
    // Whoever looks on and whoever stops it do so on other nodes than the one that writes.
    let writer = cluster.writer_of(started.reply).await;
    let [one, stopper, other] = [1, 2, 3].map(|further| (writer + further) % 4);
    let mut second = cluster.client(one).follow(started.reply, 0).await;
    feed.text("One, ");
    second.until_text("One, ").await;
    let mut fourth = cluster.client(other).follow(started.reply, 0).await;
    feed.text("two, ");
    second.until_text("two, ").await;
    fourth.until_text("two, ").await;

    let asked = Instant::now();
    cluster.client(stopper).stop(started.reply).await.unwrap();
    let (second, fourth) = (second.until_end().await, fourth.until_end().await);
    assert!(asked.elapsed() < Duration::from_secs(1), "it took {:?}", asked.elapsed());
    assert_eq!((second.text().as_str(), second.status()), ("One, two, ", Some(Status::Stopped)));
    assert_eq!(second.log, fourth.log);
    cluster.upstream.wait_closed(0).await;
    assert_eq!(cluster.upstream.calls(), 1);

    // Whoever stops may send at once, wherever.
    cluster.upstream.answer(Script::reply("Again."));
    let made = cluster.client(2).send(started.chat, "Go on").await.unwrap();
    assert_eq!(cluster.client(1).follow_to_end(made.reply, 0).await.text(), "Again.");
    let said: Vec<_> = cluster.messages(3, started.chat).await.into_iter().map(|message| message.content).collect();
    assert_eq!(said, ["Count", "One, two, ", "Go on", "Again."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_sent_to_all_nodes_at_once_is_one_message() {
    let cluster = Cluster::start(3).await;
    cluster.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let started = cluster.client(0).start("First").await;
    cluster.ended(0, started).await;
    for _ in 0..5 {
        let message = parlance::domain::id::MessageId::new();
        let sends = (0..9).map(|turn| cluster.client(turn % 3).send_as(started.chat, message, "Once"));
        let made = futures::future::join_all(sends).await;
        let first = made[0].as_ref().unwrap();
        assert!(made.iter().all(|made| made.as_ref().unwrap() == first), "{made:?}");
        cluster.client(1).follow_to_end(first.reply, 0).await;
    }
    assert_eq!(cluster.messages(2, started.chat).await.len(), 12);
    assert_eq!(cluster.upstream.calls(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_send_into_one_chat_at_once_one_gets_a_reply() {
    let cluster = Cluster::start(3).await;
    cluster.upstream.answer(Script::reply("Hello."));
    let started = cluster.client(0).start("First").await;
    cluster.ended(0, started).await;
    let (feed, script) = Script::stream().role().feed();
    cluster.upstream.answer(script);
    let sends = (0..9).map(|turn| cluster.client(turn % 3).send(started.chat, "Me"));
    let (made, refused): (Vec<_>, Vec<_>) = futures::future::join_all(sends).await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 8));
    assert!(refused.iter().all(|refusal| refusal.as_ref().unwrap_err().status.as_u16() == 409), "{refused:?}");
    feed.text("You.");
    feed.finish();
    cluster.client(2).follow_to_end(made[0].as_ref().unwrap().reply, 0).await;
    assert_eq!(cluster.messages(1, started.chat).await.len(), 4);
}
