//! A budget is one for all nodes.

use crate::support::{
    cluster::Cluster,
    script::{Gate, Script},
    spending::over,
};
use futures::future::join_all;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_at_once_on_two_nodes_a_budget_for_one_lets_exactly_one_begin() {
    let cluster = Cluster::start(2).await;
    let gate = Gate::new();
    let behind = gate.clone();
    cluster.upstream.answer_with(move |_| {
        Some(Script::stream().role().wait(&behind).text("Yes.").finish("stop").usage(7, 5).done())
    });
    cluster.client(0).budget("workspace", "requests", "1", true).await;
    let starts = (0..50).map(|number| {
        let client = cluster.client(number % 2).clone();
        async move { client.start_among_many(&format!("Question {number}")).await }
    });
    let (begun, refused): (Vec<_>, Vec<_>) = join_all(starts).await.into_iter().partition(Result::is_ok);
    assert_eq!((begun.len(), refused.len()), (1, 49));
    refused.into_iter().filter_map(Result::err).for_each(|refusal| drop(over(refusal)));
    gate.open();
    let reply = begun.into_iter().find_map(Result::ok).unwrap().reply;
    cluster.client(1).follow_to_end(reply, 0).await;
    let left = cluster.client(1).left().await;
    assert_eq!((left.spent, left.reserved), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_replies_that_end_on_two_nodes_at_once_are_all_counted() {
    const REPLIES: usize = 40;
    let cluster = Cluster::start(2).await;
    cluster.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    cluster.client(0).budget("workspace", "requests", "1000", true).await;
    cluster.client(0).budget("everybody", "tokens", "1000000", true).await;
    let asked = (0..REPLIES).map(|number| {
        let client = cluster.client(number % 2).clone();
        async move {
            let made = client.start_among_many(&format!("Question {number}")).await.unwrap();
            client.follow_to_end(made.reply, 0).await
        }
    });
    join_all(asked).await;
    for budget in cluster.client(0).budgets().await {
        assert_eq!(budget.uses[0].reserved, 0, "{budget:?}");
    }
    let budgets: Vec<i64> = cluster.client(1).budgets().await.iter().map(|state| state.uses[0].spent).collect();
    assert_eq!(budgets, [REPLIES as i64, 12 * REPLIES as i64]);
    let said = cluster.nodes[0].launch().command(&["check"]).succeeds().await;
    assert!(said.contains("Everything is as it should be."), "{said}");
}
