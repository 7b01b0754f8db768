//! While a reply is written the chat takes no further message; what is refused leaves no trace.

use futures::future::join_all;
use parlance::domain::{error::AppError, message::Status};

use crate::support::{
    app::TestApp,
    script::{Gate, Script},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_message_is_refused_while_a_reply_runs_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let gate = Gate::new();
    app.upstream.answer(Script::stream().role().text("Wait, ").wait(&gate).text("done.").finish("stop").done());
    app.upstream.answer(Script::reply("Now you."));
    let started = app.client.start("First").await;
    gate.reached().await;
    let before = app.client.chat(started.chat).await.messages.len();

    let attempts = [
        app.client.send(started.chat, "Second").await,
        app.client.regenerate(started.reply).await,
        app.client.edit(started.message, "First, but better").await,
    ];
    for attempt in attempts {
        let refusal = attempt.unwrap_err();
        assert_eq!((refusal.status.as_u16(), refusal.error), (409, Some(AppError::ReplyRunning)));
    }
    assert_eq!(app.client.chat(started.chat).await.messages.len(), before);
    assert_eq!(app.upstream.calls(), 1);

    gate.open();
    app.client.follow_to_end(started.reply, 0).await;
    let made = app.client.send(started.chat, "Second").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.text(), "Now you.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_messages_at_once_one_is_taken() {
    let app = TestApp::start().await;
    let gate = Gate::new();
    app.upstream.answer(Script::reply("Hello."));
    app.upstream.answer(Script::stream().role().wait(&gate).text("One.").finish("stop").done());
    let (started, _) = app.client.ask("Hello").await;
    let texts: Vec<String> = (0..20).map(|number| format!("Message {number}")).collect();
    let answers = join_all(texts.iter().map(|text| app.client.send(started.chat, text))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1);
    assert!(
        refused.iter().all(|answer| answer.as_ref().unwrap_err().error == Some(AppError::ReplyRunning)),
        "{refused:?}"
    );
    gate.open();
    app.client.follow_to_end(taken[0].as_ref().unwrap().reply, 0).await;
    assert_eq!(app.client.chat(started.chat).await.messages.len(), 4);
    assert_eq!(app.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_of_different_chats_run_side_by_side() {
    let app = TestApp::start().await;
    let gate = Gate::new();
    let script = Script::stream().role().wait(&gate).text("All at once.").finish("stop").done();
    app.upstream.answer_with(move |_| Some(script.clone()));
    let started = join_all((0..30).map(|_| app.client.start("Hello"))).await;
    gate.reached_by(30).await;
    gate.open();
    let seen = join_all(started.iter().map(|started| app.client.follow_to_end(started.reply, 0))).await;
    assert!(seen.iter().all(|seen| seen.text() == "All at once." && seen.status() == Some(Status::Complete)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_replies_than_the_server_writes_at_once_wait_their_turn() {
    let app = TestApp::start_with(|config| config.concurrency = 2).await;
    let gate = Gate::new();
    let (busy, shared) = (Script::stream().role().wait(&gate).text("Done.").finish("stop").done(), gate.clone());
    app.upstream.answer_with(move |_| Some(busy.clone()));
    let started = join_all((0..5).map(|_| app.client.start("Hello"))).await;
    shared.reached_by(2).await;
    let mut waiting = 0;
    for started in &started {
        waiting += usize::from(app.client.message(started.chat, started.reply).await.status == Status::Queued);
    }
    assert_eq!((waiting, app.upstream.calls()), (3, 2));
    gate.open();
    let seen = join_all(started.iter().map(|started| app.client.follow_to_end(started.reply, 0))).await;
    assert!(seen.iter().all(|seen| seen.text() == "Done."));
    assert_eq!(app.upstream.calls(), 5);
}
