//! Whoever lost the connection goes on at the place where it broke, and in the end has what everyone has, byte for byte.

use parlance::domain::{id::MessageId, message::Status};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::support::{
    app::TestApp,
    client::Client,
    script::Script,
    viewer::{Seen, Unit},
};

const POSITIONS: usize = 200;

/// Text of one, two, three and four bytes a character, and of characters that belong together.
fn babel(random: &mut StdRng, characters: usize) -> String {
    const SIGNS: [&str; 10] = ["a", " ", "\n", "ß", "и", "語", "€", "🦀", "👩‍👩‍👧", "e\u{301}"];
    (0..characters).map(|_| SIGNS[random.random_range(0..SIGNS.len())]).collect()
}

/// What a viewer with this cursor has to see of a log.
fn expected(whole: &Seen, cursor: u64) -> Seen {
    let units = &whole.log;
    let at = usize::try_from(cursor).unwrap();
    let inside = match units.get(at) {
        Some(Unit::Text(byte) | Unit::Reasoning(byte)) => byte & 0xC0 == 0x80,
        _ => false,
    };
    if at > units.len() || inside {
        return Seen { start: Some(0), log: units.clone() };
    }
    Seen { start: Some(cursor), log: units[at..].to_vec() }
}

async fn is_resumable_anywhere(client: &Client, reply: MessageId, whole: &Seen, random: &mut StdRng) {
    let length = whole.position();
    let edges = [0, 1, length - 2, length - 1, length, length + 1, length * 7, u64::MAX];
    let somewhere: Vec<u64> = (0..POSITIONS).map(|_| random.random_range(0..=length)).collect();
    for cursor in somewhere.into_iter().chain(edges) {
        let seen = client.follow_to_close(reply, cursor).await;
        assert!(
            seen == expected_anywhere(whole, cursor),
            "from {cursor} of {length} came {:?}, {} units",
            seen.start,
            seen.log.len()
        );
    }
}

fn expected_anywhere(whole: &Seen, cursor: u64) -> Seen {
    expected(whole, cursor.min(whole.position() + 1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_reply_is_picked_up_at_any_place() {
    let app = TestApp::start().await;
    let mut random = StdRng::seed_from_u64(1);
    let mut script = Script::stream().role();
    for _ in 0..20 {
        script = script.reasoning(&babel(&mut random, 20)).text(&babel(&mut random, 100)).text(&babel(&mut random, 3));
    }
    app.upstream.answer(script.finish("stop").usage(7, 5).done());
    let (started, whole) = app.client.ask("Speak in tongues").await;
    assert_eq!((whole.start, whole.status()), (Some(0), Some(Status::Complete)));

    is_resumable_anywhere(&app.client, started.reply, &whole, &mut random).await;
    // From the database alone, too.
    let app = app.restart().await;
    is_resumable_anywhere(&app.client, started.reply, &whole, &mut random).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_reply_is_picked_up_at_any_place() {
    let app = TestApp::start().await;
    let mut random = StdRng::seed_from_u64(2);
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Speak in tongues").await;
    let mut first = app.client.follow(started.reply, 0).await;

    // In eight stages, and at each stage more come, at random places of what is there or a little beyond.
    let mut viewers = Vec::new();
    for _ in 0..8 {
        feed.then(Script::more().reasoning(&babel(&mut random, 10)).text(&babel(&mut random, 200)));
        let mark = format!("<{}>", viewers.len());
        feed.text(&mark);
        first.until_text(&mark).await;
        for _ in 0..POSITIONS / 8 {
            let cursor = random.random_range(0..=first.seen.position());
            let mut viewer = app.client.follow(started.reply, cursor).await;
            viewer.next().await.expect("a beginning");
            viewers.push((cursor, viewer));
        }
    }
    feed.finish();
    let whole = first.until_end().await;
    for (cursor, viewer) in viewers {
        let seen = viewer.until_end().await;
        assert!(seen == expected(&whole, cursor), "from {cursor} came {:?}, {} units", seen.start, seen.log.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_beyond_what_is_there_begins_anew() {
    // What a viewer has when the server lost the last moments before a crash.
    let app = TestApp::start().await;
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Hello").await;
    let mut first = app.client.follow(started.reply, 0).await;
    feed.text("Hello, you");
    first.until_text("Hello, you").await;
    let mut viewer = app.client.follow(started.reply, 1_000_000).await;
    viewer.until_text("Hello, you").await;
    assert_eq!(viewer.seen.start, Some(0));
    feed.finish();
    assert_eq!(viewer.until_end().await, first.until_end().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_that_loses_the_connection_again_and_again_misses_nothing() {
    let app = TestApp::start().await;
    let mut random = StdRng::seed_from_u64(3);
    let (feed, script) = Script::stream().role().feed();
    app.upstream.answer(script);
    let started = app.client.start("Hello").await;
    let mut steady = app.client.follow(started.reply, 0).await;
    let mut patched = Vec::new();
    for round in 0..50 {
        let mark = format!("<{round}>");
        feed.text(&babel(&mut random, 30));
        feed.text(&mark);
        let mut viewer = app.client.follow(started.reply, patched.len() as u64).await;
        viewer.until_text(&mark).await;
        assert_eq!(viewer.seen.start, Some(patched.len() as u64));
        patched.extend(viewer.seen.log);
        steady.until_text(&mark).await;
    }
    feed.finish();
    let rest = app.client.follow_to_end(started.reply, patched.len() as u64).await;
    patched.extend(rest.log);
    assert!(patched == steady.until_end().await.log);
}
