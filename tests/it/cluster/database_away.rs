//! The database is away for a while. Requests are told so at once, what runs goes on, and nothing is lost or doubled.

use std::time::{Duration, Instant};

use futures::future::join_all;
use parlance::domain::{error::AppError, id::ImageId, message::Status};

use crate::support::{
    client::Started,
    cluster::{Balancer, Cluster},
    database::value,
    figures::Figures,
    postgres::Postgres,
    script::{Feed, Script},
    viewer::Viewer,
    wait::soon,
};

/// How long the database stays away, by the product's promise.
const AWAY: Duration = Duration::from_secs(10);

/// A reply that runs, seen on the node that writes it and on another one.
struct Running {
    cluster: Cluster,
    feed: Feed,
    started: Started,
    near: Viewer,
    far: Viewer,
    writer: usize,
}

impl Running {
    async fn start(cluster: Cluster) -> Self {
        let (feed, script) = Script::stream().role().feed();
        cluster.upstream.answer(script);
        let started = cluster.client(0).start("Tell me").await;
        let writer = cluster.writer_of(started.reply).await;
        let mut near = cluster.client(writer).follow(started.reply, 0).await;
        let mut far = cluster.client(1 - writer).follow(started.reply, 0).await;
        feed.text("Before. ");
        near.until_text("Before. ").await;
        far.until_text("Before. ").await;
        Self { cluster, feed, started, near, far, writer }
    }

    /// What is asked while the database is away is answered soon, with a sentence and with when to ask again.
    async fn is_refused(&self) {
        let page = format!("/chats/{}", self.started.chat);
        for node in [0, 1] {
            let client = self.cluster.client(node);
            let asked = Instant::now();
            let call = soon("an answer", client.post("list_chats", &[("archived", "false")]).send());
            let (call, page) = futures::join!(call, client.get(&page));
            let call = call.unwrap();
            for answer in [&call, &page] {
                assert_eq!(answer.status().as_u16(), 503, "{}", answer.url());
                assert_eq!(answer.headers()["retry-after"], "5", "{}", answer.url());
            }
            assert_eq!(call.json::<AppError>().await.unwrap(), AppError::Unavailable);
            let html = page.text().await.unwrap();
            assert!(html.contains(&AppError::Unavailable.to_string()), "{html}");
            assert!(asked.elapsed() < Duration::from_secs(9), "it took {:?}", asked.elapsed());
            assert_eq!(client.get("/healthz").await.status().as_u16(), 200);
            assert_eq!(client.get("/readyz").await.status().as_u16(), 503);
        }
    }

    /// Ends the reply, and looks that all that was said is there, once, for everybody. Returns how many commits of the
    /// node that wrote it have failed.
    async fn ends_whole(self, text: &str) -> f64 {
        let Self { cluster, feed, started, near, far, writer } = self;
        feed.finish();
        // Whoever was sent away comes back from where they were.
        for (viewer, node) in [(near, writer), (far, 1 - writer)] {
            let mut seen = viewer.until_close().await.seen;
            while seen.status().is_none() {
                let Ok(viewer) = cluster.client(node).try_follow(started.reply, seen.position()).await else {
                    continue;
                };
                seen.go_on(viewer.until_close().await.seen);
            }
            assert_eq!((seen.text().as_str(), seen.status()), (text, Some(Status::Complete)));
        }
        for node in [0, 1] {
            let message = cluster.ended(node, started).await;
            assert_eq!((message.content.as_str(), message.status), (text, Status::Complete));
        }
        let reply = started.reply;
        let ends = format!("SELECT count(*) FROM message_chunks WHERE message_id = '{reply}' AND kind = 'end'");
        assert_eq!(value(&cluster.url(), &ends).await, 1);
        assert_eq!(value(&cluster.url(), "SELECT count(*) FROM jobs").await, 0);
        assert_eq!(cluster.upstream.calls(), 1);
        // Nobody lost anything, and it ended once.
        let figures = join_all([0, 1].map(|node| Figures::of(cluster.client(node)))).await;
        let both = |series: &str| figures.iter().map(|figures| figures.value(series)).sum::<f64>();
        assert_eq!(both("parlance_replies_total{status=\"complete\"}"), 1.0);
        assert_eq!(both("parlance_replies_total{status=\"interrupted\"}"), 0.0);
        assert_eq!(both("parlance_leases_lost_total"), 0.0);
        // And everything works again.
        cluster.upstream.answer(Script::reply("Back."));
        let made = cluster.client(1).send(started.chat, "Are you back?").await.unwrap();
        assert_eq!(cluster.client(0).follow_to_end(made.reply, 0).await.text(), "Back.");
        figures[writer].value("parlance_commit_failures_total")
    }

    async fn until_ready(&self) {
        for node in [0, 1] {
            soon("the node to find its database again", async {
                while self.cluster.client(node).get("/readyz").await.status().as_u16() != 200 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
            .await;
        }
    }
}

/// The database goes away for [`AWAY`], by one way or another, and comes back: nothing of a running reply is lost.
async fn survives(cluster: Cluster, leave: impl FnOnce(), come_back: impl FnOnce()) {
    let mut running = Running::start(cluster).await;
    let left = Instant::now();
    leave();
    running.feed.text("Meanwhile. ");
    // On the node that writes, it is seen all the same.
    running.near.until_text("Meanwhile. ").await;
    running.is_refused().await;
    // The outage itself: there is nothing to wait for.
    tokio::time::sleep(AWAY.saturating_sub(left.elapsed())).await;
    come_back();
    running.until_ready().await;
    running.feed.text("After.");
    assert!(running.ends_whole("Before. Meanwhile. After.").await >= 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_ten_seconds_costs_a_few_refusals_and_no_text() {
    let server = Postgres::start();
    survives(Cluster::start_at(&server, 2).await, || server.stop(), || server.launch()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stops_answering_for_ten_seconds_costs_no_text() {
    let server = Postgres::start();
    survives(Cluster::start_at(&server, 2).await, || server.freeze(), || server.thaw()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_for_ten_seconds_costs_no_text() {
    let server = Postgres::start();
    let network = Balancer::to([server.address()]);
    survives(Cluster::start_through(network.address, 2).await, || network.freeze(), || network.thaw()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_the_database_costs_no_text() {
    let server = Postgres::start();
    let running = Running::start(Cluster::start_at(&server, 2).await).await;
    for _ in 0..3 {
        running.feed.text("More. ");
        server.crash();
        running.feed.text("And more. ");
        server.launch();
        running.until_ready().await;
    }
    running.ends_whole(&format!("Before. {}", "More. And more. ".repeat(3))).await;
}

/// More than there are connections to wait on.
const AT_ONCE: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_signed_in_is_told_soon_that_nobody_can_be_known() {
    let server = Postgres::start();
    let cluster = Cluster::start_with_sign_in_at(&server, 1).await;
    let ada = cluster.client(0).set_up().await;
    cluster.upstream.answer(Script::reply("Hello."));
    let (started, _) = ada.ask("Hello").await;
    let chat = format!("/chats/{}", started.chat);
    server.freeze();
    let asked = Instant::now();
    let calls = join_all((0..AT_ONCE).map(|_| ada.call::<serde_json::Value>("list_chats", &[("archived", "false")])));
    let pages = join_all(["/", &chat, "/sign-in"].map(|path| ada.get(path)));
    let picture = format!("/images/{}", ImageId::new());
    let (calls, pages, picture) = futures::join!(calls, pages, ada.get(&picture));
    assert!(asked.elapsed() < Duration::from_secs(12), "it took {:?}", asked.elapsed());
    for refusal in calls {
        let refusal = refusal.unwrap_err();
        assert_eq!((refusal.status.as_u16(), refusal.error), (503, Some(AppError::Unavailable)));
    }
    assert_eq!(picture.status().as_u16(), 503);
    for page in pages {
        assert_eq!(page.status().as_u16(), 503);
        let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with("text/html"), "{}", header("content-type"));
        assert_eq!(header("retry-after"), "5");
        let html = page.text().await.unwrap();
        assert!(html.contains(&AppError::Unavailable.to_string()), "{html}");
        assert!(html.contains("/pkg/parlance.css") && html.contains("Try again"), "{html}");
    }
    server.thaw();
    soon("the page to be there again", async {
        while ada.get(&chat).await.status().as_u16() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_of_which_the_answer_was_lost_is_counted_as_the_end_that_it_is() {
    let server = Postgres::start();
    let running = Running::start(Cluster::start_at(&server, 2).await).await;
    server.hold_commits().await;
    running.feed.clone().finish();
    let of_writer = running.cluster.client(running.writer);
    let fails = |figures: &Figures| figures.value("parlance_commit_failures_total") >= 1.0;
    Figures::when(of_writer, "the commit to be given up", fails).await;
    server.release_commits().await;
    assert!(running.ends_whole("Before. ").await >= 1.0);
}
