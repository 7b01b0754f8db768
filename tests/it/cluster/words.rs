//! What nodes say to each other: little, and not needed.

use std::time::{Duration, Instant};

use parlance::domain::{change::Change, message::Status};
use sqlx::postgres::PgListener;

use crate::support::{
    cluster::Cluster,
    database::{address_and_name, change},
    deaf::Deaf,
    figures::Figures,
    script::Script,
};

/// In microseconds.
const HOUR: i64 = 60 * 60 * 1_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_of_many_tokens_is_few_words() {
    let cluster = Cluster::start(2).await;
    let mut listener = PgListener::connect(&cluster.url()).await.unwrap();
    listener.listen("parlance").await.unwrap();
    let tokens: Vec<String> = (0..400).map(|number| format!("{number} ")).collect();
    let asked = Instant::now();
    let script = Script::stream().role().tokens(tokens.iter().map(String::as_str), Duration::from_millis(5));
    cluster.upstream.answer(script.finish("stop").done());
    let started = cluster.client(0).start("Count").await;
    let seen = cluster.client(1).follow_to_end(started.reply, 0).await;
    assert_eq!(seen.text(), tokens.concat());
    let took = asked.elapsed();
    let mut words = 0;
    while listener.next_buffered().is_some()
        || matches!(tokio::time::timeout(Duration::from_millis(200), listener.recv()).await, Ok(Ok(_)))
    {
        words += 1;
    }
    // Thirteen commits a second, of two seconds unless the machine has too much to do, and what begins and ends it.
    let most = 30 + took.as_millis() / 75;
    assert!(words < most, "{words} words for 400 tokens in {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn word_that_is_lost_is_found_by_looking() {
    let cluster = Cluster::start(2).await;
    let (feed, script) = Script::stream().role().feed();
    cluster.upstream.answer(script.hold());
    let started = cluster.client(0).start("Hello").await;
    let writer = cluster.writer_of(started.reply).await;
    let mut viewer = cluster.client(1 - writer).follow(started.reply, 0).await;
    feed.text("Here. ");
    viewer.until_text("Here. ").await;
    // Written past the nodes, so that nobody says a word of it.
    let asked = "UPDATE jobs SET stop_requested = 1";
    assert_eq!(change(&cluster.url(), asked).await, 1);
    assert_eq!(viewer.until_end().await.status(), Some(Status::Stopped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_which_no_word_came_is_found_by_looking() {
    let cluster = Cluster::start(0).await;
    let pages = cluster.launch().command(&["serve", "--no-worker"]).start().await;
    let started = pages.client.start("Hello").await;
    change(&cluster.url(), &format!("UPDATE jobs SET run_at = run_at + {HOUR}")).await;
    let worker = cluster.launch().command(&["work"]).start().await;
    // When it begins to listen it looks anyway.
    let listens = |figures: &Figures| figures.value("parlance_wakes_total{kind=\"everything\"}") >= 1.0;
    Figures::when(&worker.client, "the worker to listen", listens).await;
    cluster.upstream.answer(Script::reply("Found."));
    let asked = Instant::now();
    change(&cluster.url(), &format!("UPDATE jobs SET run_at = run_at - {HOUR}")).await;
    assert_eq!(pages.client.follow_to_end(started.reply, 0).await.text(), "Found.");
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_grew_without_a_word_is_read_all_the_same() {
    let cluster = Cluster::start(0).await;
    let pages = cluster.launch().command(&["serve", "--no-worker"]).start().await;
    let started = pages.client.start("Hello").await;
    // The test is the node that writes: one that nobody hears.
    let leased = format!("UPDATE jobs SET lease_owner = 'the test', lease_until = run_at + {HOUR}, fence = 1");
    change(&cluster.url(), &leased).await;
    change(&cluster.url(), "UPDATE messages SET status = 'streaming' WHERE role = 'assistant'").await;
    let mut viewer = pages.client.follow(started.reply, 0).await;
    for (at, word) in [(0, "One, "), (5, "two.")] {
        let chunk = format!("INSERT INTO message_chunks VALUES ('{}', {at}, 'text', '{word}')", started.reply);
        change(&cluster.url(), &chunk).await;
        let written = Instant::now();
        viewer.until_text(word).await;
        assert!(written.elapsed() < Duration::from_secs(5), "it took {:?}", written.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_hear_the_others_looks_at_everything_now_and_then() {
    let mut cluster = Cluster::start(1).await;
    let url = cluster.url();
    let (address, name) = address_and_name(&url);
    let pooler = Deaf::before(address).await;
    let through = format!("postgres://parlance@{}/{name}?sslmode=disable", pooler.address);
    let node = cluster.launch().variable("DATABASE_URL", &through).start().await;
    cluster.nodes.push(node);
    cluster.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let started = cluster.client(0).start("Hello").await;
    cluster.ended(0, started).await;
    let figure = "parlance_wakes_total{kind=\"everything\"}";
    Figures::when(cluster.client(1), "the node to listen", |figures| figures.value(figure) >= 1.0).await;
    let mut listening = cluster.client(1).listen().await;
    cluster.client(0).rename(started.chat, "Another name").await.unwrap();
    assert_eq!(listening.next().await, Some(Change::Everything));
    cluster.nodes[1].logs("LISTEN needs a direct connection").await;
    assert_eq!(cluster.client(1).chats(false).await[0].title, "Another name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_not_heard_any_more_listens_again() {
    let cluster = Cluster::start(2).await;
    let (feed, script) = Script::stream().role().feed();
    cluster.upstream.answer(script);
    let started = cluster.client(0).start("Hello").await;
    let writer = cluster.writer_of(started.reply).await;
    let mut viewer = cluster.client(1 - writer).follow(started.reply, 0).await;
    for round in 0..3 {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        change(&cluster.url(), cut).await;
        feed.text(&format!("Round {round}. "));
        viewer.until_text(&format!("Round {round}. ")).await;
    }
    feed.finish();
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Round 0. Round 1. Round 2. ", Some(Status::Complete)));
}
