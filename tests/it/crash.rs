//! The real process dies without a warning in the middle of a reply. What was said before is there, nothing is asked of the
//! model by itself, and people go on where they were.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures::future::join_all;
use parlance::domain::message::{Role, Status};
use tokio::task::JoinHandle;

use crate::support::{
    database::{change, value},
    process::Launch,
    script::{Gate, Script},
    upstream::Upstream,
    wait::eventually,
};

/// How old text has to be to survive, by the product's promise.
const COMMITTED_WITHIN: Duration = Duration::from_millis(100);

/// How late a machine with too much to do has somebody go on who sleeps for a moment: the most of the last half second.
/// The server goes on as late.
struct Lateness {
    measured: Arc<Mutex<VecDeque<Duration>>>,
    measuring: JoinHandle<()>,
}

impl Lateness {
    const MOMENT: Duration = Duration::from_millis(5);
    const KEPT: usize = 100;

    fn measure() -> Self {
        let measured = Arc::<Mutex<VecDeque<Duration>>>::default();
        let kept = Arc::clone(&measured);
        let measuring = tokio::spawn(async move {
            loop {
                let slept = Instant::now();
                tokio::time::sleep(Self::MOMENT).await;
                let mut kept = kept.lock().unwrap();
                kept.push_back(slept.elapsed().saturating_sub(Self::MOMENT));
                if kept.len() > Self::KEPT {
                    kept.pop_front();
                }
            }
        });
        Self { measured, measuring }
    }

    fn most(&self) -> Duration {
        self.measured.lock().unwrap().iter().max().copied().unwrap_or_default()
    }
}

impl Drop for Lateness {
    fn drop(&mut self) {
        self.measuring.abort();
    }
}

fn talk() -> String {
    (0..40_000).map(|number| format!("{number} ")).collect()
}

fn talking() -> Script {
    let talk = talk();
    Script::stream().role().tokens(talk.split_inclusive(' '), Duration::from_millis(5))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_a_tenth_of_a_second_before_a_kill_is_there_after_it() {
    let upstream = Upstream::start().await;
    let talk = talk();
    let mut server = Launch::new(&upstream).start().await;
    let lateness = Lateness::measure();
    for round in 0..3 {
        upstream.answer(talking());
        let started = server.client.start("Talk").await;
        let mut viewer = server.client.follow(started.reply, 0).await;
        let mut seen = Vec::new();
        while viewer.seen.position() < 300 + 150 * round {
            viewer.next().await.expect("a reply that runs");
            seen.push((Instant::now(), viewer.seen.position()));
        }
        let killed = Instant::now();
        server.kill_9().await;
        // On such a machine a commit waits for its turn, and then for the database.
        let within = COMMITTED_WITHIN + 2 * lateness.most();
        let old_enough = seen.iter().rev().find(|(at, _)| killed.duration_since(*at) >= within);
        let promised = old_enough.map_or(0, |(_, position)| *position);

        let restarting = Instant::now();
        server = server.restart().await;
        let after = server.client.follow_to_end(started.reply, 0).await;
        assert_eq!(after.status(), Some(Status::Interrupted));
        assert!(restarting.elapsed() < Duration::from_secs(15), "interrupted after {:?}", restarting.elapsed());
        let text = after.text();
        assert!(talk.starts_with(&text), "{text:?}");
        assert!(text.len() as u64 >= promised, "{} bytes are there, {promised} were promised", text.len());
        let message = server.client.message(started.chat, started.reply).await;
        assert_eq!(message.reply(), after.reply());
        assert!(message.failure.is_some(), "somebody has to say why it broke off");
        let page = server.client.chat_page(started.chat).await;
        assert!(page.contains(r#"data-status="interrupted""#) && page.contains("0 1 2 3 4 5"), "{page}");
    }
    assert_eq!(upstream.calls(), 3, "no call was made by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_broke_off_is_continued_or_written_anew_when_somebody_asks() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    let server = Launch::new(&upstream).start().await;
    // The model pauses, so that what it said is old enough to be kept.
    upstream.answer(Script::stream().role().text("One, two, ").pause(10 * COMMITTED_WITHIN).wait(&gate));
    let started = server.client.start("Count to four").await;
    gate.reached().await;
    let kept = "SELECT count(*) FROM message_chunks WHERE kind = 'text'";
    eventually("the text to be kept", async || value(&server.database(), kept).await > 0).await;
    server.kill_9().await;
    let server = server.restart().await;
    let broken = server.client.follow_to_end(started.reply, 0).await;
    assert_eq!((broken.text().as_str(), broken.status()), ("One, two, ", Some(Status::Interrupted)));

    upstream.answer(Script::stream().role().text("three, four.").finish("stop").done());
    let continued = server.client.continue_reply(started.reply).await.unwrap();
    let seen = server.client.follow_to_end(continued.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("One, two, three, four.", Some(Status::Complete)));
    let asked = upstream.requests(2).await[1].messages();
    assert!(asked.iter().any(|(role, text)| role == "assistant" && text.trim() == "One, two,"), "{asked:?}");

    upstream.answer(Script::reply("1, 2, 3, 4."));
    let anew = server.client.regenerate(started.reply).await.unwrap();
    assert_eq!(server.client.follow_to_end(anew.reply, 0).await.text(), "1, 2, 3, 4.");
    let siblings = server.client.message(started.chat, anew.reply).await.siblings;
    assert_eq!((siblings.place, siblings.count, siblings.previous), (3, 3, Some(continued.reply)));
    assert_eq!(upstream.calls(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_text_that_reaches_further_than_the_log_keeps_nobody_from_starting() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    let server = Launch::new(&upstream).start().await;
    upstream.answer(Script::stream().role().text("One, two, ").pause(10 * COMMITTED_WITHIN).wait(&gate));
    let started = server.client.start("Count to four").await;
    gate.reached().await;
    let stored = "SELECT count(*) FROM messages WHERE content = 'One, two, '";
    eventually("the text to be stored", async || value(&server.database(), stored).await == 1).await;
    server.kill_9().await;
    let ahead = "UPDATE messages SET content = content || 'three', position = position + 5 WHERE role = 'assistant'";
    assert_eq!(change(&server.database(), ahead).await, 1);

    let server = server.restart().await;
    server.client.follow_to_end(started.reply, 0).await;
    let message = server.client.message(started.chat, started.reply).await;
    assert_eq!((message.content.as_str(), message.status), ("One, two, ", Status::Interrupted));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_running_replies_end_as_interrupted() {
    let upstream = Upstream::start().await;
    let gate = Gate::new();
    let script = Script::stream().role().text("So far.").wait(&gate);
    upstream.answer_with(move |_| Some(script.clone()));
    let server = Launch::new(&upstream).start().await;
    let started = join_all((0..20).map(|_| server.client.start("Hello"))).await;
    upstream.requests(20).await;
    server.kill_9().await;
    let restarting = Instant::now();
    let server = server.restart().await;
    let ended = join_all(started.iter().map(|started| server.client.follow_to_end(started.reply, 0))).await;
    assert!(ended.iter().all(|seen| seen.status() == Some(Status::Interrupted)), "{ended:?}");
    assert!(restarting.elapsed() < Duration::from_secs(15), "{:?}", restarting.elapsed());
    assert_eq!(upstream.calls(), 20, "no call was made by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_taken_is_kept_whenever_the_power_goes() {
    let upstream = Upstream::start().await;
    upstream.answer_with(|_| Some(Script::silence()));
    let mut server = Launch::new(&upstream).start().await;
    for round in 0..3 {
        let text = format!("Message {round}");
        let started = server.client.start(&text).await;
        server.kill_9().await;
        server = server.restart().await;
        let said = server.client.said(started.chat).await;
        assert_eq!(said[0], (Role::User, text));
        assert_eq!(server.client.chats(false).await.len(), round + 1);
        server.client.stop(started.reply).await.unwrap();
        let ended = server.client.follow_to_end(started.reply, 0).await;
        assert!(ended.status().is_some_and(Status::is_terminal));
    }
}
