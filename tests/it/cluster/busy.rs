//! Requests that have all connections of a node to the database keep its engine from nothing.

use std::time::{Duration, Instant};

use crate::support::{
    client::Client,
    cluster::Cluster,
    database::{hold, value},
    figures::Figures,
    script::Script,
    wait::eventually,
};

/// How soon it is known that the worker of a reply is gone, by the product's promise.
const KNOWN_WITHIN: Duration = Duration::from_secs(15);
/// How many requests wait for the node's two connections.
const REQUESTS: usize = 8;

/// Asks for what nobody gets, again and again.
async fn ask_on(client: Client) {
    loop {
        client.post("audit_log", &[]).send().await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_ends_what_another_one_left_and_claims_what_waits_while_requests_have_all_its_connections() {
    let cluster = Cluster::start(1).await;
    cluster.upstream.answer_with(|_| Some(Script::stream().role().text("So far. ").hold()));
    let left = cluster.client(0).start("Who ends this?").await;
    cluster.writer_of(left.reply).await;
    let busy = cluster.launch().variable("PARLANCE_DATABASE_CONNECTIONS", "2").start().await;
    let url = cluster.url();
    let held = hold(&url, "audit_entries").await;
    let requests: Vec<_> = (0..REQUESTS).map(|_| tokio::spawn(ask_on(busy.client.clone()))).collect();
    let used = |figures: &Figures| figures.value("parlance_database_connections{pool=\"requests\",state=\"used\"}");
    Figures::when(&busy.client, "requests to have every connection", |figures| used(figures) == 2.0).await;

    let killed = Instant::now();
    cluster.nodes[0].kill_9().await;
    let ended = format!("SELECT count(*) FROM messages WHERE id = '{}' AND status = 'interrupted'", left.reply);
    eventually("the reply that was left to end", async || value(&url, &ended).await == 1).await;
    assert!(killed.elapsed() < KNOWN_WITHIN, "it took {:?}", killed.elapsed());

    let pages = cluster.launch().command(&["serve", "--no-worker"]).start().await;
    let waiting = pages.client.start("Who answers this?").await;
    let claimed = format!("SELECT count(*) FROM messages WHERE id = '{}' AND status = 'streaming'", waiting.reply);
    eventually("the reply that waits to be claimed", async || value(&url, &claimed).await == 1).await;
    requests.iter().for_each(tokio::task::JoinHandle::abort);
    drop(held);
    pages.client.follow(waiting.reply, 0).await.until_text("So far. ").await;
}
