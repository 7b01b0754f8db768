//! Programs of two versions work on one database while one replaces the other.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use parlance::domain::message::Status;

use crate::support::{
    cluster::Cluster,
    database::{TestDatabase, change, of_version, value},
    figures::Figures,
    process::{Launch, TestProcess},
    script::Script,
    upstream::Upstream,
    wait::soon,
};

/// What a newer version, which only adds, does to a database.
pub(super) const NEWER: [&str; 3] = [
    "ALTER TABLE chats ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'",
    "CREATE TABLE stickers (id TEXT PRIMARY KEY NOT NULL)",
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
     VALUES (9999, 'newer', true, '\\x00', 1)",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_on_an_empty_database_make_its_schema_once() {
    let cluster = Cluster::start(0).await;
    let launches: Vec<Launch> = (0..5).map(|_| cluster.launch()).collect();
    let nodes = join_all(launches.into_iter().map(Launch::start)).await;
    cluster.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    for node in &nodes {
        assert_eq!(node.client.ask("Hello").await.1.status(), Some(Status::Complete));
    }
    let twice = "SELECT count(*) - count(DISTINCT version) FROM _sqlx_migrations";
    assert_eq!(value(&cluster.url(), twice).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_program_goes_on_and_starts_again_beside_a_newer_schema() {
    let mut cluster = Cluster::start(2).await;
    let (feed, script) = Script::stream().role().feed();
    cluster.upstream.answer(script);
    let started = cluster.client(0).start("Before and after").await;
    let writer = cluster.writer_of(started.reply).await;
    let mut viewer = cluster.client(1 - writer).follow(started.reply, 0).await;
    feed.text("Before, ");
    viewer.until_text("Before, ").await;
    for sql in NEWER {
        change(&cluster.url(), sql).await;
    }
    feed.text("and after.");
    feed.finish();
    assert_eq!(viewer.until_end().await.text(), "Before, and after.");

    let other = cluster.nodes.remove(1 - writer);
    other.kill_9().await;
    let other = other.restart().await;
    other.logs("this one can go on with it").await;
    cluster.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    assert_eq!(other.client.ask("Hello").await.1.text(), "Hello.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_program_refuses_a_schema_that_it_cannot_serve() {
    let cluster = Cluster::start(1).await;
    for sql in NEWER {
        change(&cluster.url(), sql).await;
    }
    change(&cluster.url(), "UPDATE serves SET since = 9999").await;
    let (status, said) = cluster.launch().fails().await;
    assert!(!status.success() && said.contains("needs a newer Parlance"), "{said}");
}

async fn until_ready(node: &TestProcess, status: u16) -> String {
    soon(format!("/readyz to say {status}"), async {
        loop {
            let answer = node.client.get("/readyz").await;
            if answer.status().as_u16() == status {
                return answer.text().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_node_whose_schema_has_outgrown_it_begins_nothing_and_says_so() {
    let cluster = Cluster::start(1).await;
    let (node, url) = (&cluster.nodes[0], cluster.url());
    for sql in NEWER {
        change(&url, sql).await;
    }
    let before = value(&url, "SELECT since FROM serves").await;
    let set = async |since: i64| {
        change(&url, &format!("UPDATE serves SET since = {since}")).await;
        // As every program says that has migrated.
        change(&url, "SELECT pg_notify('parlance', 'newer e')").await;
    };
    set(9999).await;
    let said = until_ready(node, 503).await;
    assert!(said.contains("needs a newer Parlance"), "{said}");
    node.logs("needs a newer Parlance than this one").await;
    cluster.upstream.answer(Script::reply("At last."));
    let started = node.client.start("Is anybody there?").await;
    // It is told several times to look for work.
    let told = |figures: &Figures| figures.value("parlance_wakes_total{kind=\"job\"}");
    for times in 1..=3 {
        change(&url, "SELECT pg_notify('parlance', 'newer j')").await;
        Figures::when(&node.client, "the word to be heard", |figures| told(figures) >= f64::from(times)).await;
    }
    assert_eq!(cluster.upstream.calls(), 0);
    set(before).await;
    until_ready(node, 200).await;
    assert_eq!(node.client.follow_to_end(started.reply, 0).await.text(), "At last.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_version_is_brought_up_to_date_with_all_that_is_in_it() {
    let (upstream, database) = (Upstream::start().await, Arc::new(TestDatabase::postgres()));
    of_version(&database.url(), 1).await;
    let launch = Launch::new(&upstream).on(&database);
    let nodes = join_all((0..2).map(|_| launch.clone().start())).await;
    upstream.answer(Script::reply("And on it goes."));
    for node in &nodes {
        let chats = node.client.chats(false).await;
        assert_eq!(chats.iter().map(|chat| chat.title.as_str()).collect::<Vec<_>>(), ["An old chat"]);
        let said = node.client.said(chats[0].id).await;
        assert_eq!(said.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["Old?", "Yes."]);
    }
    let chat = nodes[0].client.chats(false).await[0].id;
    let made = nodes[0].client.send(chat, "And then?").await.unwrap();
    assert_eq!(nodes[1].client.follow_to_end(made.reply, 0).await.text(), "And on it goes.");
    launch.command(&["check"]).succeeds().await;
}
