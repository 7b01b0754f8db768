//! Stop stops: the model is not paid for another token, and what it has said stays.

use std::time::{Duration, Instant};

use parlance::domain::{
    id::MessageId,
    message::{Message, Status},
};

use crate::support::{
    app::TestApp,
    client::Started,
    script::{Gate, Script},
};

const SOON: Duration = Duration::from_secs(1);

/// Stops the reply and looks that the model is hung up on within a second.
async fn stops(app: &TestApp, started: Started) -> Message {
    let asked = Instant::now();
    app.client.stop(started.reply).await.unwrap();
    let closed = app.upstream.wait_closed(0).await;
    assert!(closed - asked < SOON, "the upstream connection was closed after {:?}", closed - asked);
    let seen = app.client.follow_to_end(started.reply, 0).await;
    assert!(asked.elapsed() < SOON, "the end came after {:?}", asked.elapsed());
    assert_eq!(seen.status(), Some(Status::Stopped));
    let message = app.client.message(started.chat, started.reply).await;
    assert_eq!(message.reply(), seen.reply());
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_provider_answers() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::silence());
    let started = app.client.start("Hello").await;
    app.upstream.requests(1).await;
    assert_eq!(stops(&app, started).await.content, "");
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_the_first_token() {
    let app = TestApp::start().await;
    let gate = Gate::new();
    app.upstream.answer(Script::stream().role().wait(&gate));
    let started = app.client.start("Hello").await;
    gate.reached().await;
    assert_eq!(stops(&app, started).await.content, "");
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_middle_and_the_text_stays() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("One, two, ").hold());
    let started = app.client.start("Count").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    viewer.until_text("One, two, ").await;
    assert_eq!(stops(&app, started).await.content, "One, two, ");
    assert_eq!(viewer.until_end().await.status(), Some(Status::Stopped), "who watches is told");

    let app = app.restart().await;
    let message = app.client.message(started.chat, started.reply).await;
    assert_eq!((message.content.as_str(), message.status), ("One, two, ", Status::Stopped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_model_talks_without_a_pause() {
    let app = TestApp::start().await;
    let words = std::iter::repeat_n("word ", 20_000);
    app.upstream.answer(Script::stream().role().tokens(words, Duration::from_millis(1)));
    let started = app.client.start("Talk").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    viewer.until_position(100).await;
    let message = stops(&app, started).await;
    assert!(message.content.len() >= 100 && "word ".repeat(20_000).starts_with(&message.content));
    assert_eq!(viewer.until_end().await.text(), message.content);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twice_is_as_good_as_once() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("One, ").hold());
    let started = app.client.start("Count").await;
    app.client.follow(started.reply, 0).await.until_text("One, ").await;
    let (one, two) = tokio::join!(app.client.stop(started.reply), app.client.stop(started.reply));
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    let stopped = stops(&app, started).await;
    app.client.stop(started.reply).await.unwrap();
    assert_eq!(app.client.message(started.chat, started.reply).await, stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_end_it_changes_nothing() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Done."));
    let (started, seen) = app.client.ask("Hello").await;
    app.client.stop(started.reply).await.unwrap();
    assert_eq!(app.client.follow_to_end(started.reply, 0).await, seen);
    let message = app.client.message(started.chat, started.reply).await;
    assert_eq!((message.content.as_str(), message.status), ("Done.", Status::Complete));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_reply_that_waits_its_turn_the_model_is_never_asked() {
    let app = TestApp::start_with(|config| config.concurrency = 1).await;
    let gate = Gate::new();
    app.upstream.answer(Script::stream().role().wait(&gate).text("Done.").finish("stop").done());
    let first = app.client.start("First").await;
    gate.reached().await;
    let second = app.client.start("Second").await;
    app.client.stop(second.reply).await.unwrap();
    assert_eq!(app.client.follow_to_end(second.reply, 0).await.status(), Some(Status::Stopped));
    gate.open();
    assert_eq!(app.client.follow_to_end(first.reply, 0).await.status(), Some(Status::Complete));
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_the_chat_takes_the_next_message_at_once() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("Wrong, ").hold());
    app.upstream.answer(Script::reply("Right."));
    let started = app.client.start("Hello").await;
    app.client.follow(started.reply, 0).await.until_text("Wrong, ").await;
    app.client.stop(started.reply).await.unwrap();
    // Whoever sees the end may rely on it.
    app.client.follow_to_end(started.reply, 0).await;
    let made = app.client.send(started.chat, "No, the other one").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.text(), "Right.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let refusal = app.client.stop(MessageId::new()).await.unwrap_err();
    assert_eq!(refusal.status.as_u16(), 404, "{refusal:?}");
}
