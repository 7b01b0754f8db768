//! A node is asked to go, with many looking on. They go on elsewhere and lose nothing.

use std::time::Duration;

use futures::{StreamExt, future::join_all, stream};
use parlance::domain::message::Status;

use crate::support::{
    client::Client,
    cluster::{Balancer, Cluster},
    database::{change, value},
    postgres::Postgres,
    script::Script,
    viewer::Seen,
    wait::soon,
};

const STREAMS: usize = 200;
/// How many of them are begun at the same time: a machine with too much to do would have some wait too long.
const AT_ONCE: usize = 16;
/// In microseconds.
const HOUR: i64 = 60 * 60 * 1_000_000;

/// Follows to the end, as a page does: from where it was, through whatever interruption.
async fn follow(client: &Client, reply: parlance::domain::id::MessageId) -> Seen {
    let mut seen = Seen::default();
    while seen.status().is_none() {
        if let Ok(viewer) = client.try_follow(reply, seen.position()).await {
            seen.go_on(viewer.until_close().await.seen);
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_viewers_of_a_node_that_goes_end_with_the_exact_text() {
    let mut cluster = Cluster::start(3).await;
    // Slowly: that so many are followed is what is looked at, not how fast they can be.
    let tokens: Vec<String> = (0..60).map(|number| format!("{number} ")).collect();
    let text = tokens.concat();
    let script = Script::stream().role().tokens(tokens.iter().map(String::as_str), Duration::from_millis(100));
    let script = script.finish("stop").done();
    cluster.upstream.answer_with(move |_| Some(script.clone()));
    let balancer = Balancer::before(&cluster.nodes);
    let starts = stream::iter(0..STREAMS).map(|_| balancer.client.start("Count"));
    let started: Vec<_> = starts.buffered(AT_ONCE).collect().await;
    cluster.upstream.requests(STREAMS).await;
    let viewers = join_all(started.iter().map(|started| follow(&balancer.client, started.reply)));
    let leaver = cluster.nodes.remove(0);
    let leaving = async {
        // In the middle of it.
        let mut one = cluster.nodes[0].client.follow(started[0].reply, 0).await;
        one.until_position(40).await;
        leaver.terminate().await
    };
    let (seen, (took, status)) = futures::join!(viewers, leaving);
    assert!(status.success() && took < Duration::from_secs(2), "{status}, after {took:?}");

    let mut interrupted = 0;
    for (started, seen) in started.iter().zip(&seen) {
        match seen.status() {
            Some(Status::Complete) => assert_eq!(seen.text(), text),
            // What the leaving node wrote is kept to the last byte that it saw, and can be continued.
            Some(Status::Interrupted) => {
                interrupted += 1;
                assert!(text.starts_with(&seen.text()) && !seen.text().is_empty(), "{:?}", seen.text());
            }
            other => panic!("{other:?} after {:?}", seen.text()),
        }
        let message = cluster.client(1).message(started.chat, started.reply).await;
        assert_eq!((message.content, Some(message.status)), (seen.text(), seen.status()));
    }
    assert!((1..STREAMS).contains(&interrupted), "{interrupted} were interrupted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_of_which_nothing_has_come_is_handed_over() {
    let cluster = Cluster::start(2).await;
    cluster.upstream.answer(Script::silence());
    let started = cluster.client(0).start("Anybody?").await;
    let writer = cluster.writer_of(started.reply).await;
    cluster.upstream.requests(1).await;
    let viewer = cluster.client(1 - writer).follow(started.reply, 0).await;
    cluster.upstream.answer(Script::reply("Somebody."));
    let (took, _) = cluster.nodes[writer].terminate().await;
    assert!(took < Duration::from_secs(2), "it took {took:?}");
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Somebody.", Some(Status::Complete)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_is_just_being_claimed_is_handed_over_as_well() {
    let server = Postgres::start();
    let cluster = Cluster::start_at(&server, 0).await;
    let pages = cluster.launch().command(&["serve", "--no-worker"]).start().await;
    let started = pages.client.start("Anybody?").await;
    // Not yet, so that the node finds it only when commits are held.
    change(&cluster.url(), &format!("UPDATE jobs SET run_at = run_at + {HOUR}")).await;
    let leaver = cluster.launch().command(&["work"]).start().await;
    server.hold_commits().await;
    let at_once = format!("{}?options[synchronous_commit]=local", cluster.url());
    let held = server.held_commits().await;
    change(&at_once, &format!("UPDATE jobs SET run_at = run_at - {HOUR}")).await;
    soon("the claim to wait for its commit", async {
        while server.held_commits().await == held {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let answering = async {
        leaver.logs("stopping").await;
        server.release_commits().await;
    };
    let ((took, status), ()) = futures::join!(leaver.terminate(), answering);
    assert!(status.success() && took < Duration::from_secs(2), "{status}, after {took:?}");
    assert_eq!(value(&cluster.url(), "SELECT count(*) FROM jobs WHERE lease_owner IS NULL").await, 1);
    assert_eq!(cluster.upstream.calls(), 0);
    cluster.upstream.answer(Script::reply("Somebody."));
    let _other = cluster.launch().command(&["work"]).start().await;
    let seen = pages.client.follow_to_end(started.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Somebody.", Some(Status::Complete)));
}
