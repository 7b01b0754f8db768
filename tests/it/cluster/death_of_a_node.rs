//! A node dies, or sleeps for so long that it is held for dead. The others go on, and it never writes again what is not its own.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use parlance::domain::message::Status;

use crate::support::{
    cluster::Cluster,
    database::{address_and_name, value},
    figures::Figures,
    script::Script,
    slow_network::SlowNetwork,
    wait::soon,
};

/// How soon the viewers of a reply know that its worker is gone, by the product's promise.
const KNOWN_WITHIN: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_elsewhere_keep_what_they_have_and_learn_that_the_writer_was_killed() {
    let mut cluster = Cluster::start(3).await;
    let (feed, script) = Script::stream().role().feed();
    cluster.upstream.answer(script.hold());
    let started = cluster.client(0).start("Count to four").await;
    let writer = cluster.writer_of(started.reply).await;
    let (one, other) = ((writer + 1) % 3, (writer + 2) % 3);
    let mut viewer = cluster.client(one).follow(started.reply, 0).await;
    feed.text("One, two, ");
    viewer.until_text("two, ").await;

    let killed = Instant::now();
    cluster.nodes[writer].kill_9().await;
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("One, two, ", Some(Status::Interrupted)));
    assert!(killed.elapsed() < KNOWN_WITHIN, "it took {:?}", killed.elapsed());

    cluster.upstream.answer(Script::reply("three, four."));
    let continued = cluster.client(other).continue_reply(started.reply).await.unwrap();
    let seen = cluster.client(one).follow_to_end(continued.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("One, two, three, four.", Some(Status::Complete)));
    let dead = cluster.nodes.remove(writer).restart().await;
    assert_eq!(dead.client.follow_to_end(continued.reply, 0).await.log, seen.log);
    assert_eq!(cluster.upstream.calls(), 2, "no call was made by itself");
    // The two that saw it die ended it once.
    let [one, other] = [Figures::of(cluster.client(0)).await, Figures::of(cluster.client(1)).await];
    let both = |series: &str| one.value(series) + other.value(series);
    assert_eq!(both("parlance_replies_total{status=\"interrupted\"}"), 1.0);
    assert_eq!(both("parlance_leases_lost_total"), 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_through_its_lease_writes_nothing_when_it_wakes_up() {
    let cluster = Cluster::start(2).await;
    let (feed, script) = Script::stream().role().feed();
    cluster.upstream.answer(script.hold());
    let started = cluster.client(0).start("Whose is it?").await;
    let writer = cluster.writer_of(started.reply).await;
    let other = 1 - writer;
    let mut viewer = cluster.client(other).follow(started.reply, 0).await;
    feed.text("Mine. ");
    viewer.until_text("Mine. ").await;

    let slept = Instant::now();
    cluster.nodes[writer].freeze();
    // What the model says meanwhile lies in the sleeper's socket.
    feed.text("Still mine?");
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Mine. ", Some(Status::Interrupted)));
    assert!(slept.elapsed() < KNOWN_WITHIN, "it took {:?}", slept.elapsed());
    cluster.nodes[writer].thaw();
    // It gives the call to the model up.
    cluster.upstream.wait_closed(0).await;
    cluster.nodes[writer].logs("the lease was lost").await;
    for node in [writer, other] {
        let again = cluster.client(node).follow_to_end(started.reply, 0).await;
        assert_eq!((again.text().as_str(), again.status()), ("Mine. ", Some(Status::Interrupted)));
    }
    let ends = format!("SELECT count(*) FROM message_chunks WHERE message_id = '{}' AND kind = 'end'", started.reply);
    assert_eq!(value(&cluster.url(), &ends).await, 1);
    for (node, lost, interrupted) in [(writer, 1.0, 0.0), (other, 0.0, 1.0)] {
        let figures = Figures::of(cluster.client(node)).await;
        assert_eq!(figures.value("parlance_leases_lost_total"), lost);
        assert_eq!(figures.value("parlance_replies_total{status=\"interrupted\"}"), interrupted);
    }

    // And it works on, with leases of its own.
    cluster.upstream.answer_with(|_| Some(Script::reply("Awake.")));
    soon("the sleeper to answer again", async {
        loop {
            let started = cluster.client(writer).start("Are you there?").await;
            assert_eq!(cluster.client(other).follow_to_end(started.reply, 0).await.text(), "Awake.");
            if cluster.writer_of(started.reply).await == writer {
                return;
            }
        }
    })
    .await;
}

/// How many replies a node leaves.
const LEFT: usize = 100;
/// How many of them are asked for at the same time: a machine with too much to do would have some wait too long.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_replies_of_a_node_that_was_killed_are_known_to_be_interrupted_in_time() {
    let mut cluster = Cluster::start(1).await;
    cluster.upstream.answer_with(|_| Some(Script::stream().role().text("So far. ").hold()));
    let starts = stream::iter(0..LEFT).map(|_| cluster.client(0).start("Begin"));
    let started: Vec<_> = starts.buffered(AT_ONCE).collect().await;
    let url = cluster.url();
    let all = async |sql: &str| {
        while value(&url, sql).await < LEFT as i64 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    soon("all replies to run", all("SELECT count(*) FROM message_chunks WHERE kind = 'text'")).await;
    // The others have a database that is not on their own machine.
    let (address, name) = address_and_name(&url);
    let network = SlowNetwork::to(address, Duration::from_millis(5)).await;
    let far = format!("postgres://parlance@{}/{name}", network.address);
    for _ in 0..2 {
        cluster.nodes.push(cluster.launch().variable("DATABASE_URL", &far).start().await);
    }
    let viewer = cluster.client(1).follow(started[LEFT - 1].reply, 0).await;
    let killed = Instant::now();
    cluster.nodes[0].kill_9().await;
    soon("all to end", all("SELECT count(*) FROM messages WHERE status = 'interrupted'")).await;
    assert!(killed.elapsed() < KNOWN_WITHIN, "it took {:?}", killed.elapsed());
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("So far. ", Some(Status::Interrupted)));
    assert!(killed.elapsed() < KNOWN_WITHIN, "it took {:?} to be seen", killed.elapsed());
    cluster.launch().command(&["check"]).succeeds().await;
}
