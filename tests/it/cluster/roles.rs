//! Pages and replies can be the work of different nodes.

use parlance::domain::message::Status;

use crate::support::{cluster::Cluster, process::Launch, script::Script, upstream::Upstream};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_a_worker_leaves_the_answering_to_one_without_pages() {
    let cluster = Cluster::start(0).await;
    let pages = cluster.launch().command(&["serve", "--no-worker"]).start().await;
    cluster.upstream.answer(Script::reply("From the other one."));
    let started = pages.client.start("Who answers?").await;
    let mut viewer = pages.client.follow(started.reply, 0).await;
    assert_eq!(pages.client.message(started.chat, started.reply).await.status, Status::Queued);
    assert_eq!(cluster.upstream.calls(), 0);

    let worker = cluster.launch().command(&["work"]).start().await;
    viewer.until_text("From the other one.").await;
    assert_eq!(viewer.until_end().await.status(), Some(Status::Complete));
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/", 404), ("/api/list_chats", 404)]
    {
        let answer = worker.client.get(path).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
    }
    let (_, status) = worker.terminate().await;
    assert!(status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_the_work_cannot_be_shared() {
    let upstream = Upstream::start().await;
    for command in [&["work"][..], &["serve", "--no-worker"]] {
        let launch = Launch::new(&upstream).variable("DATABASE_URL", "sqlite://parlance.db");
        let (status, said) = launch.command(command).fails().await;
        assert!(!status.success() && said.contains("DATABASE_URL must name a PostgreSQL database"), "{said}");
    }
}
