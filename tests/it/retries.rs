//! A call that failed before the model said anything is made again, twice at most. After that only a person asks again:
//! calls cost money.

use std::time::{Duration, Instant};

use parlance::domain::message::Status;
use serde_json::json;

use crate::support::{app::TestApp, script::Script, viewer::Seen};

async fn ask(app: &TestApp) -> Seen {
    app.client.ask("Hello").await.1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_failures_are_forgiven() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(500, "The server had an error"));
    app.upstream.answer(Script::html(503));
    app.upstream.answer(Script::reply("At last."));
    let seen = ask(&app).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("At last.", Some(Status::Complete)));
    let requests = app.upstream.requests(3).await;
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_failures_are_the_end() {
    for status in [408, 409, 500, 502, 503, 504, 529] {
        let app = TestApp::start().await;
        app.upstream.answer_with(move |_| Some(Script::error(status, "Try again").header("retry-after", "0")));
        assert_eq!(ask(&app).await.status(), Some(Status::Failed));
        assert_eq!(app.upstream.calls(), 3, "calls after {status}");
    }
}

/// An answer with the status 200 that is an error and nothing else: as the first event of a stream, or as JSON.
fn inside(code: &serde_json::Value) -> [Script; 2] {
    let error = json!({"error": {"message": "Not now", "code": code}});
    let body = Script::plain(200, "application/json", error.to_string());
    [Script::stream().comment("PROCESSING").event(&error).done(), body]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_inside_of_an_answer_that_had_not_begun_is_forgiven_as_its_status_would_be() {
    for code in [json!(429), json!("429"), json!(503), json!("overloaded")] {
        for error in inside(&code) {
            let app = TestApp::start().await;
            app.upstream.answer(error);
            app.upstream.answer(Script::reply("At last."));
            let seen = ask(&app).await;
            assert_eq!((seen.text().as_str(), seen.status()), ("At last.", Some(Status::Complete)), "{code}");
            assert_eq!(app.upstream.calls(), 2, "{code}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_inside_of_an_answer_that_asking_again_cannot_change_is_not_asked_again() {
    for code in [json!(400), json!(401), json!(402), json!("invalid_api_key")] {
        for error in inside(&code) {
            let app = TestApp::start().await;
            app.upstream.answer(error);
            assert_eq!(ask(&app).await.status(), Some(Status::Failed));
            assert_eq!(app.upstream.calls(), 1, "calls after {code}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_three_that_were_too_many_the_reply_waits_for_the_provider() {
    let app = TestApp::start().await;
    // After the third it waits for so long that the fourth does not come while somebody looks.
    for wait in ["0", "0", "60"] {
        app.upstream.answer(Script::error(429, "Slow down").header("retry-after", wait));
    }
    let started = app.client.start("Hello").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some()).await;
    assert_eq!(app.upstream.calls(), 3);
    app.client.stop(started.reply).await.unwrap();
    assert_eq!(viewer.until_end().await.status(), Some(Status::Stopped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asking_again_cannot_change_is_not_asked_again() {
    for status in [400, 401, 402, 403, 404, 422] {
        let app = TestApp::start().await;
        app.upstream.answer_with(move |_| Some(Script::error(status, "No").header("retry-after", "0")));
        assert_eq!(ask(&app).await.status(), Some(Status::Failed));
        assert_eq!(app.upstream.calls(), 1, "calls after {status}");
    }
}

/// Of how many tokens each request spoke that has come, of this many.
async fn asked_for(app: &TestApp, count: usize) -> Vec<Option<u64>> {
    app.upstream.requests(count).await.iter().map(|request| request.body["max_tokens"].as_u64()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_that_leaves_less_is_asked_again_for_what_is_left_once_and_others_are_asked_as_ever() {
    let said = "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is \
                8192 tokens and your request has 7192 input tokens (9000 > 8192 - 7192).";
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(400, said));
    app.upstream.answer(Script::reply("At last."));
    let started = app.client.start_asking("Hello", &[("max_tokens", "9000")]).await.unwrap();
    assert_eq!(app.client.follow_to_end(started.reply, 0).await.status(), Some(Status::Complete));
    app.upstream.answer(Script::reply("At once."));
    app.client.send_and_follow(started.chat, "And now?").await;
    assert_eq!(asked_for(&app, 3).await, [9_000, 1_000, 9_000].map(Some));

    app.upstream.answer(Script::error(400, said));
    app.upstream.answer(Script::error(400, said));
    let made = app.client.send(started.chat, "And then?").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.status(), Some(Status::Failed));
    assert_eq!(app.upstream.calls(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_pays_for_less_is_asked_again_for_that_once_and_for_all_of_it_the_next_time() {
    let said = "This request requires more credits, or fewer max_tokens. You requested up to 9000 tokens, but can only \
                afford 3210. To increase, add more credits";
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(402, said));
    app.upstream.answer(Script::reply("At last."));
    let started = app.client.start_asking("Hello", &[("max_tokens", "9000")]).await.unwrap();
    assert_eq!(app.client.follow_to_end(started.reply, 0).await.status(), Some(Status::Complete));
    app.upstream.answer(Script::error(402, said));
    app.upstream.answer(Script::error(402, said));
    let made = app.client.send(started.chat, "And now?").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.status(), Some(Status::Failed));
    assert_eq!(asked_for(&app, 4).await, [9_000, 3_210, 9_000, 3_210].map(Some));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_before_the_first_event_is_forgiven() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::refusal());
    app.upstream.answer(Script::stream().reset());
    app.upstream.answer(Script::reply("At last."));
    let seen = ask(&app).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("At last.", Some(Status::Complete)));
    assert_eq!(app.upstream.calls(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_again_once_the_model_has_spoken() {
    let first_events = [
        Script::stream().role().reset_once_read(),
        Script::stream().text("I ").reset_once_read(),
        Script::stream().reasoning("Hm").reset_once_read(),
        Script::stream().role().text("I ").close(),
    ];
    for script in first_events {
        let app = TestApp::start().await;
        app.upstream.answer(script);
        app.upstream.answer(Script::reply("A second, paid answer."));
        assert_eq!(ask(&app).await.status(), Some(Status::Interrupted));
        assert_eq!(app.upstream.calls(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wait_that_a_provider_asks_for_is_kept() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(429, "Slow down").header("retry-after", "2"));
    app.upstream.answer(Script::reply("At last."));
    assert_eq!(ask(&app).await.status(), Some(Status::Complete));
    let requests = app.upstream.requests(2).await;
    let wait = requests[1].at - requests[0].at;
    assert!(wait >= Duration::from_secs(2) && wait < Duration::from_secs(10), "{wait:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_longer_than_anyone_waits_is_not_begun() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(429, "You have used your quota of this month").header("retry-after", "86400"));
    let seen = ask(&app).await;
    assert_eq!(seen.status(), Some(Status::Failed));
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_written_as_nonsense_is_no_wait() {
    for wait in ["soon", "-1", "1e99", "", "Wed, 21 Oct 2015 07:28:00 GMT"] {
        let app = TestApp::start().await;
        app.upstream.answer(Script::error(503, "Slow down").header("retry-after", wait));
        app.upstream.answer(Script::reply("At last."));
        assert_eq!(ask(&app).await.status(), Some(Status::Complete), "{wait:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_ends_the_wait_before_the_next_try() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(503, "Slow down").header("retry-after", "100"));
    let started = app.client.start("Hello").await;
    app.upstream.requests(1).await;
    let asked = Instant::now();
    app.client.stop(started.reply).await.unwrap();
    let seen = app.client.follow_to_end(started.reply, 0).await;
    assert_eq!(seen.status(), Some(Status::Stopped));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(app.upstream.calls(), 1);
}
