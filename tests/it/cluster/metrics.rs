//! What nodes count about each other.

use crate::support::{cluster::Cluster, figures::Figures, script::Script};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_word_that_comes_from_other_nodes_is_counted_where_it_is_heard() {
    let cluster = Cluster::start(2).await;
    cluster.upstream.answer(Script::reply("Hello."));
    let heard = |figures: &Figures, kind: &str| figures.value(&format!("parlance_wakes_total{{kind=\"{kind}\"}}"));
    // A node hears of everything when it begins to listen.
    for node in [0, 1] {
        Figures::when(cluster.client(node), "it to listen", |figures| heard(figures, "everything") >= 1.0).await;
    }
    let started = cluster.client(0).start("Hello").await;
    cluster.ended(1, started).await;
    let writer = cluster.writer_of(started.reply).await;
    let other = Figures::when(cluster.client(1 - writer), "word of the log", |figures| heard(figures, "log") > 0.0);
    let other = other.await;
    // Counted a moment after everybody has seen the end.
    let complete = |figures: &Figures| figures.value("parlance_replies_total{status=\"complete\"}");
    let of_writer = Figures::when(cluster.client(writer), "the end to be counted", |figures| complete(figures) == 1.0);
    assert_eq!(heard(&of_writer.await, "log"), 0.0, "a node does not listen to itself");
    assert_eq!(complete(&other), 0.0);
    for pool in ["requests", "engine"] {
        assert!(other.value(&format!("parlance_database_connections_limit{{pool=\"{pool}\"}}")) >= 1.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_pages_has_figures_too_and_says_who_waits_for_it() {
    let cluster = Cluster::start(0).await;
    let pages = cluster.launch().command(&["serve", "--no-worker"]).start().await;
    let started = pages.client.start("Who answers?").await;
    // Not a number if the database takes its time.
    let queued = |figures: &Figures| figures.value("parlance_replies_queued");
    Figures::when(&pages.client, "one to be queued", |figures| queued(figures) == 1.0).await;
    cluster.upstream.answer(Script::reply("I do."));
    let worker = cluster.launch().command(&["work"]).start().await;
    pages.client.follow_to_end(started.reply, 0).await;
    Figures::when(&worker.client, "the end to be counted, and none to be queued", |figures| {
        figures.value("parlance_replies_total{status=\"complete\"}") == 1.0 && queued(figures) == 0.0
    })
    .await;
}
