//! Readers of a reply never slow it down, never stop it, and cost the server next to nothing.

use std::time::{Duration, Instant};

use futures::future::join_all;
use parlance::domain::{id::MessageId, message::Status};

use crate::support::{
    app::TestApp,
    client::Client,
    process::Launch,
    script::{Feed, Script},
    upstream::Upstream,
    viewer::Viewer,
};

const MEGABYTE: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_viewers_see_the_same_at_the_same_time() {
    let app = TestApp::start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Hello").await;
    let mut one = app.client.follow(started.reply, 0).await;
    let mut two = app.client.follow(started.reply, 0).await;
    for word in ["Every ", "word ", "reaches ", "both, ", "語 ", "by ", "語."] {
        feed.text(word);
        tokio::join!(one.until_text(word), two.until_text(word));
    }
    feed.finish();
    let (one, two) = tokio::join!(one.until_end(), two.until_end());
    assert_eq!(one, two);
    assert_eq!(one.text(), "Every word reaches both, 語 by 語.");
}

/// Says a number and waits until a viewer sees it: how long that took.
async fn echo(feed: &Feed, viewer: &mut Viewer, number: usize) -> Duration {
    let said = Instant::now();
    let mark = format!("<{number}>");
    feed.text(&mark);
    viewer.until_new_text(&mark).await;
    said.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_that_does_not_read_delays_nobody_and_misses_nothing() {
    let app = TestApp::start_with(|config| config.model_limits.reply_bytes = 64 * MEGABYTE as u64).await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("A lot, please").await;
    let slow = app.client.follow(started.reply, 0).await;
    let mut quick = app.client.follow(started.reply, 0).await;
    // More than the buffers of a connection hold.
    let block = "0123456789abcde\n".repeat(MEGABYTE / 16);
    for part in 0..8 {
        feed.text(&block);
        echo(&feed, &mut quick, part).await;
    }
    let mut delays = Vec::new();
    for number in 100..200 {
        delays.push(echo(&feed, &mut quick, number).await);
    }
    delays.sort();
    assert!(delays[50] < Duration::from_millis(100), "half of the words took longer than {:?}", delays[50]);
    feed.finish();
    let whole = quick.until_end().await;
    assert_eq!(whole.status(), Some(Status::Complete));
    let mut seen = slow.until_close().await.seen;
    if seen.end().is_none() {
        // A machine that needs half a minute for all this has given it up meanwhile: it comes back, as a page does.
        let position = seen.position();
        seen.go_on(app.client.follow_to_close(started.reply, position).await);
    }
    assert!(seen == whole, "the slow one sees the same, when it reads");
}

/// Has a reply of some megabytes written and read once, on a server of its own, while others follow it without reading.
/// The most memory used.
async fn memory_of(megabytes: usize, idle: usize) -> u64 {
    let upstream = Upstream::start().await;
    let limit = (64 * MEGABYTE).to_string();
    let server = Launch::new(&upstream).variable("PARLANCE_MAX_REPLY_BYTES", &limit).start().await;
    let (feed, script) = Script::stream().role().feed();
    upstream.answer(script);
    let started = server.client.start("A lot, please").await;
    let followed = (0..idle).map(|_| server.client.follow(started.reply, 0));
    let idle = join_all(followed).await;
    let mut reader = server.client.follow(started.reply, 0).await;
    let block = "0123456789abcde\n".repeat(MEGABYTE / 16);
    let mut most = 0;
    for part in 0..megabytes {
        feed.text(&block);
        echo(&feed, &mut reader, part).await;
        most = most.max(server.memory().unwrap_or(0));
    }
    feed.finish();
    reader.until_end().await;
    drop(idle);
    most.max(server.memory().unwrap_or(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_that_do_not_read_cost_no_memory() {
    const MEGABYTES: usize = 12;
    // What a busy machine adds, where more is written at once after a pause, comes and goes. What viewers cost stays.
    const TRIES: usize = 3;
    let mut differences = Vec::new();
    for _ in 0..TRIES {
        let alone = memory_of(MEGABYTES, 0).await;
        let crowded = memory_of(MEGABYTES, 20).await;
        // Twenty copies would be 240 MB.
        let more = crowded.saturating_sub(alone) / MEGABYTE as u64;
        if more < 3 * MEGABYTES as u64 {
            return;
        }
        differences.push((more, alone / MEGABYTE as u64));
    }
    panic!("so many MB more for 20 viewers than for one, which takes so many: {differences:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_that_leave_are_forgotten() {
    let app = TestApp::start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Hello").await;
    for _ in 0..100 {
        let mut viewer = app.client.follow(started.reply, 0).await;
        viewer.next().await;
    }
    let mut last = app.client.follow(started.reply, 0).await;
    feed.text("Still here.");
    last.until_text("Still here.").await;
    feed.finish();
    assert_eq!(last.until_end().await.status(), Some(Status::Complete));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_model_does_not_look_like_a_lost_connection() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("Let me think ").hold());
    let started = app.client.start("Hello").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    viewer.until_text("Let me think ").await;
    viewer.until_heartbeat().await;
    assert_eq!(viewer.seen.text(), "Let me think ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_can_be_followed_before_the_model_has_been_asked() {
    let app = TestApp::start_with(|config| config.concurrency = 1).await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    app.upstream.answer(Script::reply("My turn."));
    let first = app.client.start("First").await;
    app.client.follow(first.reply, 0).await.next().await;
    app.upstream.requests(1).await;
    let second = app.client.start("Second").await;
    let mut waiting = app.client.follow(second.reply, 0).await;
    waiting.next().await.expect("a beginning");
    feed.finish();
    assert_eq!(waiting.until_end().await.text(), "My turn.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_reply_can_be_followed() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    assert_eq!(refused(&app.client, MessageId::new()).await, 404);
    assert!((400..500).contains(&refused(&app.client, started.message).await));
}

async fn refused(client: &Client, message: MessageId) -> u16 {
    match client.try_follow(message, 0).await {
        Ok(_) => panic!("{message} can be followed"),
        Err(refusal) => refusal.status.as_u16(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_neither_stored_nor_buffered_nor_compressed_on_its_way() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("Hello").hold());
    let started = app.client.start("Hello").await;
    let fields = [("message", started.reply.to_string()), ("cursor", "0".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = app.client.post("follow_reply", &fields).header("accept-encoding", "gzip, br").send().await.unwrap();
    let headers = answer.headers();
    assert_eq!(headers.get("content-encoding"), None);
    assert_eq!(headers.get("x-accel-buffering").map(|value| value.as_bytes()), Some(b"no".as_slice()));
    let kept = headers.get("cache-control").and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert!(kept.contains("no-store"), "{kept:?}");
}
