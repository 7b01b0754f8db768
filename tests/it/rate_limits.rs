//! A provider that takes no more for now: replies wait for it in line, and see where they stand.

use parlance::{
    domain::{
        id::MessageId,
        message::{Message, Status},
        waiting::Waiting,
    },
    server::providers::MAIN,
};

use crate::support::{
    app::TestApp,
    client::Started,
    database::{change, value},
    figures::Figures,
    script::{Gate, Script, Step},
    upstream::Request,
    wait::eventually,
};

/// What a provider answers that wants to be left alone for so many seconds: too long for a call to wait.
fn full(seconds: u64) -> Script {
    Script::error(429, "Rate limit reached").header("retry-after", &seconds.to_string())
}

/// Lets the time pass until the provider may be asked again.
async fn pass(app: &TestApp) {
    change(&app.database(), "UPDATE jobs SET run_at = 1").await;
}

/// Waits until a reply stands at this place in line.
async fn stands_at(app: &TestApp, reply: MessageId, place: u64) -> Waiting {
    let mut viewer = app.client.follow(reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some_and(|waiting| waiting.place == place)).await;
    viewer.waiting.expect("that was the condition")
}

async fn message(app: &TestApp, started: Started) -> Message {
    app.client.message(started.chat, started.reply).await
}

/// What was asked for, by the last thing that was said.
fn asked(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| request.messages().pop().map(|(_, text)| text).unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_was_turned_away_waits_and_is_asked_for_again() {
    let app = TestApp::start().await;
    app.upstream.answer(full(30));
    app.upstream.answer(Script::reply("At last."));
    let started = app.client.start("Hello").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some()).await;
    let waiting = viewer.waiting.unwrap();
    assert!(waiting.place == 1 && (25..=30).contains(&waiting.seconds), "{waiting:?}");
    assert_eq!(message(&app, started).await.status, Status::Queued);
    // Not numbers if the database takes its time.
    Figures::when(&app.client, "one to be limited, and none to be queued", |figures| {
        figures.value("parlance_replies_limited") == 1.0 && figures.value("parlance_replies_queued") == 0.0
    })
    .await;
    assert_eq!(app.upstream.calls(), 1);
    pass(&app).await;
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("At last.", Some(Status::Complete)));
    assert_eq!(app.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_after_waits_behind_without_asking_and_all_go_in_order() {
    let app = TestApp::start().await;
    app.upstream.answer(full(30));
    let first = app.client.start("First").await;
    assert_eq!(stands_at(&app, first.reply, 1).await.place, 1);
    let second = app.client.start("Second").await;
    let third = app.client.start("Third").await;
    assert!(stands_at(&app, second.reply, 2).await.seconds > 0);
    stands_at(&app, third.reply, 3).await;
    assert_eq!(app.upstream.calls(), 1);

    let gate = Gate::new();
    app.upstream.answer(Script::stream().role().wait(&gate).text("One.").finish("stop").done());
    app.upstream.answer(Script::reply("Two."));
    app.upstream.answer(Script::reply("Three."));
    pass(&app).await;
    gate.reached().await;
    // The first tries whether the provider takes more; the next are next.
    stands_at(&app, second.reply, 1).await;
    stands_at(&app, third.reply, 2).await;
    assert_eq!(app.upstream.calls(), 2);
    gate.open();
    for (started, text) in [(first, "One."), (second, "Two."), (third, "Three.")] {
        assert_eq!(app.client.follow_to_end(started.reply, 0).await.text(), text);
    }
    assert_eq!(asked(&app.upstream.requests(4).await), ["First", "First", "Second", "Third"]);
    assert_eq!(value(&app.database(), "SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_the_first_of_a_line_lets_nobody_ask_before_the_time() {
    let app = TestApp::start().await;
    app.upstream.answer(full(60));
    let first = app.client.start("First").await;
    stands_at(&app, first.reply, 1).await;
    let second = app.client.start("Second").await;
    stands_at(&app, second.reply, 2).await;
    app.client.stop(first.reply).await.unwrap();
    app.client.follow_to_end(first.reply, 0).await;
    let waiting = stands_at(&app, second.reply, 1).await;
    assert!(waiting.seconds > 40, "{waiting:?}");
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_wait_for_a_worker_join_the_line() {
    let app = TestApp::start_with(|config| config.concurrency = 1).await;
    let gate = Gate::new();
    let mut slow = full(30);
    slow.steps.insert(0, Step::Wait(gate.clone()));
    app.upstream.answer(slow);
    let first = app.client.start("First").await;
    gate.reached().await;
    let second = app.client.start("Second").await;
    gate.open();
    stands_at(&app, first.reply, 1).await;
    stands_at(&app, second.reply, 2).await;
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_model_is_not_waited_for() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (other, _) = app.client.ask("Hello").await;
    change(
        &app.database(),
        &format!("UPDATE chats SET model = 'other-model', provider_id = '{MAIN}' WHERE id = '{}'", other.chat),
    )
    .await;
    app.upstream.answer(full(30));
    let waits = app.client.start("First").await;
    stands_at(&app, waits.reply, 1).await;
    app.upstream.answer(Script::reply("I am free."));
    let made = app.client.send(other.chat, "You?").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.text(), "I am free.");
    assert_eq!(app.upstream.requests(3).await[2].body["model"], "other-model");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_waits_can_be_stopped_and_the_next_moves_up() {
    let app = TestApp::start().await;
    app.upstream.answer(full(30));
    let first = app.client.start("First").await;
    stands_at(&app, first.reply, 1).await;
    let second = app.client.start("Second").await;
    stands_at(&app, second.reply, 2).await;
    // Before the stop, which has the second one ask.
    app.upstream.answer(Script::reply("Two."));
    app.client.stop(first.reply).await.unwrap();
    assert_eq!(app.client.follow_to_end(first.reply, 0).await.status(), Some(Status::Stopped));
    assert_eq!(app.client.follow_to_end(second.reply, 0).await.text(), "Two.");
    assert_eq!(app.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_waited_for_ten_minutes_is_told_that_it_failed() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(full(30)));
    let started = app.client.start("Hello").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some()).await;
    change(&app.database(), "UPDATE jobs SET created_at = created_at - 590000000").await;
    pass(&app).await;
    assert_eq!(viewer.until_end().await.status(), Some(Status::Failed));
    let failure = message(&app, started).await.failure.expect("a reason");
    assert_eq!(failure.code, "rate_limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_waits_goes_on_waiting_after_a_restart() {
    let app = TestApp::start().await;
    app.upstream.answer(full(30));
    let started = app.client.start("Hello").await;
    stands_at(&app, started.reply, 1).await;
    let app = app.restart().await;
    stands_at(&app, started.reply, 1).await;
    app.upstream.answer(Script::reply("At last."));
    pass(&app).await;
    assert_eq!(app.client.follow_to_end(started.reply, 0).await.text(), "At last.");
    assert_eq!(app.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_is_gone_on_with_waits_with_its_text_kept() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("One, ").finish("length").done());
    let (started, _) = app.client.ask("Count").await;
    app.upstream.answer(full(30));
    app.upstream.answer(Script::reply("two."));
    let made = app.client.continue_reply(started.reply).await.unwrap();
    let mut viewer = app.client.follow(made.reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some()).await;
    pass(&app).await;
    assert_eq!(viewer.until_end().await.text(), "One, two.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_is_told_inside_of_an_answer_is_waited_for_in_line() {
    let error = serde_json::json!({"error": {"message": "Rate limit reached", "code": 429}});
    let body = Script::plain(200, "application/json", error.to_string()).header("retry-after", "30");
    for limited in [Script::stream().event(&error).done(), body] {
        let app = TestApp::start().await;
        app.upstream.answer_with(move |_| Some(limited.clone()));
        let started = app.client.start("Hello").await;
        stands_at(&app, started.reply, 1).await;
        assert_eq!(message(&app, started).await.status, Status::Queued);
        let second = app.client.start("Second").await;
        stands_at(&app, second.reply, 2).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_before_the_limit_ends_as_it_did() {
    let app = TestApp::start().await;
    let error = serde_json::json!({"error": {"message": "Rate limit reached", "code": 429}});
    app.upstream.answer(Script::stream().role().text("So far ").event(&error));
    let (_, seen) = app.client.ask("Hello").await;
    assert_eq!((seen.text().as_str(), seen.status()), ("So far ", Some(Status::Failed)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_date_until_which_to_wait_is_read() {
    let app = TestApp::start().await;
    let never = "Fri, 31 Dec 9999 23:59:59 GMT";
    app.upstream.answer(Script::error(429, "Come back later").header("retry-after", never));
    let (_, seen) = app.client.ask("Hello").await;
    assert_eq!((seen.status(), app.upstream.calls()), (Some(Status::Failed), 1));

    let soon = Script::error(429, "Come back soon").header("retry-after", "Fri, 27 Nov 2026 10:01:00 GMT");
    app.upstream.answer(soon.header("date", "Fri, 27 Nov 2026 10:00:00 GMT"));
    let started = app.client.start("Again").await;
    let waiting = stands_at(&app, started.reply, 1).await;
    assert!((55..=60).contains(&waiting.seconds), "{waiting:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_waits_of_one_that_is_turned_away_again_and_again_grow() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(full(6)));
    let started = app.client.start("Hello").await;
    stands_at(&app, started.reply, 1).await;
    for calls in 2..=5 {
        pass(&app).await;
        app.upstream.requests(calls).await;
        eventually("the reply to be back in line", async || {
            value(&app.database(), "SELECT count(*) FROM jobs WHERE lease_owner IS NULL AND run_at > 1").await == 1
        })
        .await;
    }
    // By then the shortest wait is longer than what the provider says.
    assert!(stands_at(&app, started.reply, 1).await.seconds > 10);
}
