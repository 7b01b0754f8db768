//! Whatever a provider does wrong: the reply ends in one defined state, with its text kept and a sentence that a person
//! understands, and the key is in none of it.

use std::time::Duration;

use parlance::domain::message::{Message, Status};

use crate::support::{
    app::TestApp,
    client::Started,
    script::{Script, chunk, error_object},
    upstream::{KEY, Upstream},
    viewer::Seen,
};
use serde_json::json;

/// A reply that did not end well, from every side that it can be seen from.
struct Ended {
    app: TestApp,
    started: Started,
    seen: Seen,
    message: Message,
}

impl Ended {
    /// Asks, and looks at what every bad end has in common.
    async fn with(app: TestApp) -> Self {
        let (started, seen) = app.client.ask("Hello?").await;
        let message = app.client.message(started.chat, started.reply).await;
        assert_eq!(message.reply(), seen.reply(), "who followed and who comes later see the same");
        let answer = app.client.call::<serde_json::Value>("load_chat", &[("chat", &started.chat.to_string())]).await;
        let page = app.client.chat_page(started.chat).await;
        for shown in [&format!("{seen:?}"), &answer.unwrap().to_string(), &page] {
            assert!(!shown.contains(KEY), "the key is shown: {shown}");
            // With the colon: a moment in microseconds may hold any number.
            assert!(!shown.contains(&format!(":{}", app.upstream.port())), "an address inside is shown: {shown}");
        }
        Self { app, started, seen, message }
    }

    async fn of(script: Script) -> Self {
        let app = TestApp::start().await;
        // The same to every retry.
        app.upstream.answer_with(move |_| Some(script.clone()));
        Self::with(app).await
    }

    /// Looks at the state, at the text that was kept, and that a sentence says why. Returns its code.
    async fn is(&self, status: Status, text: &str) -> String {
        assert_eq!(self.seen.status(), Some(status), "{:?}", self.seen.end());
        assert_eq!(self.message.content, text);
        let failure = self.message.failure.clone().expect("a reason");
        let sentence = &failure.message;
        assert!(
            sentence.len() > 20 && sentence.contains(' ') && sentence.trim_end().ends_with(['.', '!']),
            "{sentence:?}"
        );
        assert!(sentence.chars().next().is_some_and(char::is_uppercase), "{sentence:?}");
        for noise in ["Error {", "Some(", "error sending request", "http://", "serde", "reqwest", "line 1 column"] {
            assert!(!sentence.contains(noise), "{sentence:?} holds {noise:?}");
        }
        let page = self.app.client.chat_page(self.started.chat).await;
        assert!(page.contains(&format!(r#"data-status="{}""#, status.as_str())), "{page}");
        let beginning: String = sentence.chars().take_while(|c| c.is_alphanumeric() || *c == ' ').collect();
        assert!(page.contains(&beginning), "the page does not say {sentence:?}");
        failure.code
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_key_is_said_and_never_shown() {
    // OpenAI repeats the key in its answer, or the most of it.
    let ended = Ended::of(Script::error(401, &format!("Incorrect API key provided: {KEY}."))).await;
    ended.is(Status::Failed, "").await;
    assert_eq!(ended.app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_repeated_in_any_error_is_never_shown() {
    for status in [400, 403, 404, 422, 500] {
        let ended =
            Ended::of(Script::error(status, &format!("Authorization: Bearer {KEY} is not for this model"))).await;
        ended.is(Status::Failed, "").await;
    }
    let event = error_object(&format!("upstream said: Bearer {KEY}"));
    let ended = Ended::of(Script::stream().text("so far").event(&event)).await;
    assert!(ended.seen.status().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_is_failed_with_the_reason_and_without_a_retry() {
    for status in [400, 403, 404] {
        let ended = Ended::of(Script::error(status, "This model does not exist for you")).await;
        ended.is(Status::Failed, "").await;
        assert_eq!(ended.app.upstream.calls(), 1, "calls after {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rate_limit_that_lasts_longer_than_anyone_waits_is_failed() {
    let ended = Ended::of(Script::error(429, "Quota used up").header("retry-after", "86400")).await;
    ended.is(Status::Failed, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_used_up_is_said_at_once_and_whom_to_ask() {
    // As OpenAI says it, and as OpenRouter does.
    let (message, code) = ("You exceeded your current quota", "insufficient_quota");
    let error = json!({"error": {"message": message, "type": code, "param": null, "code": code}}).to_string();
    let answers = [
        Script::plain(429, "application/json", error).header("retry-after", "0"),
        Script::plain(402, "application/json", r#"{"error":{"message":"Insufficient credits","code":402}}"#),
    ];
    for answer in answers {
        let ended = Ended::of(answer).await;
        assert_eq!(ended.is(Status::Failed, "").await, "out_of_credit");
        let sentence = ended.message.failure.as_ref().map(|failure| failure.message.as_str()).unwrap_or_default();
        assert!(sentence.starts_with("The account at the provider is used up. It says: “"), "{sentence}");
        assert!(sentence.contains("Ask an admin of the workspace, or whoever runs this server"), "{sentence}");
        assert_eq!(ended.app.upstream.calls(), 1, "waiting brings no money");
        // Nobody else stands behind it.
        let made = ended.app.client.send(ended.started.chat, "And now?").await.unwrap();
        assert_eq!(ended.app.client.follow_to_end(made.reply, 0).await.status(), Some(Status::Failed));
        assert_eq!(ended.app.upstream.calls(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_error_that_stays_is_failed() {
    let ended = Ended::of(Script::error(500, "The server had an error")).await;
    ended.is(Status::Failed, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_page_in_place_of_an_answer_is_failed_and_not_shown() {
    for status in [200, 403, 502] {
        let ended = Ended::of(Script::html(status)).await;
        ended.is(Status::Failed, "").await;
        let page = ended.app.client.chat_page(ended.started.chat).await;
        assert!(!page.contains("nginx") && !page.contains("Bad gateway"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_answer_is_not_a_complete_reply() {
    let ended = Ended::of(Script::plain(200, "text/event-stream", "")).await;
    assert!(matches!(ended.seen.status(), Some(Status::Failed | Status::Interrupted)), "{:?}", ended.seen.end());
    ended.is(ended.message.status, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_in_the_middle_of_a_stream_keeps_the_text_before_it() {
    let script = Script::stream().role().text("So far so ").event(&error_object("The engine is overloaded"));
    let ended = Ended::of(script).await;
    ended.is(Status::Failed, "So far so ").await;
    assert_eq!(ended.app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_inside_a_choice_keeps_the_text_before_it() {
    // As OpenRouter sends it: an error beside choices, with a reason to finish.
    let mut event = chunk(&json!([{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]));
    event["error"] = json!({"code": 502, "message": "Provider disconnected"});
    let ended = Ended::of(Script::stream().role().text("So far ").event(&event).done()).await;
    ended.is(Status::Failed, "So far ").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_as_the_first_event_of_a_stream_is_failed() {
    let ended = Ended::of(Script::stream().event(&error_object("The model is loading"))).await;
    ended.is(Status::Failed, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_json_in_a_stream_keeps_the_text_before_it() {
    let ended = Ended::of(Script::stream().role().text("Well, ").data(r#"{"choices": [{"delta": {"#).done()).await;
    ended.is(ended.message.status, "Well, ").await;
    assert!(matches!(ended.message.status, Status::Failed | Status::Interrupted), "{:?}", ended.message.failure);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_utf_8_in_a_stream_keeps_the_text_before_it() {
    let mut event = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"".to_vec();
    event.extend_from_slice(b"\xff\xfe\x80");
    event.extend_from_slice(b"\"}}]}\n\n");
    let ended = Ended::of(Script::stream().role().text("Well, ").bytes(event).done()).await;
    ended.is(ended.message.status, "Well, ").await;
    assert!(matches!(ended.message.status, Status::Failed | Status::Interrupted), "{:?}", ended.message.failure);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_just_ends_is_interrupted() {
    let ended = Ended::of(Script::stream().role().text("And then I saw")).await;
    ended.is(Status::Interrupted, "And then I saw").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_in_the_middle_is_interrupted() {
    for script in
        [Script::stream().role().text("Once ").reset_once_read(), Script::stream().role().text("Once ").close()]
    {
        let ended = Ended::of(script).await;
        ended.is(Status::Interrupted, "Once ").await;
        assert_eq!(ended.app.upstream.calls(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_shorter_than_announced_is_interrupted() {
    let script = Script::plain(200, "text/event-stream", "").claiming_length(10_000).text("Once ").close();
    let ended = Ended::of(script).await;
    ended.is(Status::Interrupted, "Once ").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_answer_at_all_is_given_up() {
    let app = TestApp::start_with(|config| config.model_limits.first_byte = Duration::from_millis(300)).await;
    app.upstream.answer_with(|_| Some(Script::silence()));
    let ended = Ended::with(app).await;
    ended.is(Status::Failed, "").await;
    ended.app.upstream.wait_closed(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_without_a_body_is_given_up() {
    let app = TestApp::start_with(|config| config.model_limits.first_byte = Duration::from_millis(300)).await;
    app.upstream.answer_with(|_| Some(Script::stream().hold()));
    let ended = Ended::with(app).await;
    ended.is(Status::Failed, "").await;
    ended.app.upstream.wait_closed(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_falls_silent_is_given_up_with_the_text_kept() {
    // Longer than a busy machine takes from one word to the next.
    let app = TestApp::start_with(|config| config.model_limits.idle = Duration::from_millis(1_500)).await;
    app.upstream.answer_with(|_| Some(Script::stream().role().text("Let me see ").hold()));
    let ended = Ended::with(app).await;
    ended.is(Status::Interrupted, "Let me see ").await;
    ended.app.upstream.wait_closed(0).await;
    assert_eq!(ended.app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_not_there_is_failed() {
    let nobody = Upstream::nobody().await;
    let app = TestApp::start_with(move |config| config.provider = with_base_url(&config.provider, nobody)).await;
    let ended = Ended::with(app).await;
    ended.is(Status::Failed, "").await;
}

fn with_base_url(
    provider: &parlance::server::config::Provider,
    base_url: String,
) -> parlance::server::config::Provider {
    use parlance::server::config::Provider;
    match provider.clone() {
        Provider::Api { key, model, .. } => Provider::Api { base_url, key, model },
        Provider::Demo => panic!("the tests have a provider"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_cut_off_at_its_token_limit_is_shown_as_that() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("One, two, ").finish("length").usage(7, 5).done());
    let (started, seen) = app.client.ask("Count").await;
    assert_eq!((seen.status(), seen.text().as_str()), (Some(Status::Length), "One, two, "));
    assert!(app.client.chat_page(started.chat).await.contains(r#"data-status="length""#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withheld_reply_is_shown_as_that() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("It is ").finish("content_filter").done());
    let (started, seen) = app.client.ask("Say it").await;
    assert_eq!((seen.status(), seen.text().as_str()), (Some(Status::Filtered), "It is "));
    assert!(app.client.chat_page(started.chat).await.contains(r#"data-status="filtered""#));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_without_end_is_cut_off_at_the_limit() {
    let app = TestApp::start_with(|config| config.model_limits.reply_bytes = 10_000).await;
    let script = (0..100).fold(Script::stream().role(), |script, _| script.text(&"語".repeat(100)));
    app.upstream.answer(script.hold());
    let (started, seen) = app.client.ask("Never stop").await;
    assert_eq!(seen.status(), Some(Status::Length), "{:?}", seen.end());
    let text = seen.text();
    assert!((9_000..=10_000).contains(&text.len()), "{} bytes", text.len());
    assert!(text.chars().all(|c| c == '語'));
    assert_eq!(app.client.message(started.chat, started.reply).await.content, text);
    app.upstream.wait_closed(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_error_the_next_message_goes_through() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::error(401, "Incorrect API key"));
    app.upstream.answer(Script::reply("Now it works."));
    let (started, seen) = app.client.ask("Hello").await;
    assert_eq!(seen.status(), Some(Status::Failed));
    let made = app.client.send(started.chat, "Again").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.status(), seen.text().as_str()), (Some(Status::Complete), "Now it works."));
    // A failed reply without text is nothing that the model said.
    let asked = app.upstream.requests(2).await[1].messages();
    assert!(asked.iter().all(|(role, text)| role == "user" && !text.is_empty()), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_without_an_end_is_cut_off() {
    let app = TestApp::start_with(|config| config.model_limits.reply_bytes = 10_000).await;
    let endless = Script::stream().bytes("data: ").bytes("x".repeat(200_000)).hold();
    app.upstream.answer(endless);
    let (_, seen) = app.client.ask("Hello").await;
    assert_eq!(seen.status(), Some(Status::Length), "{:?}", seen.end());
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_stream_and_does_not_say_what_it_is_is_paid_for_once() {
    for body in ["<html>Welcome</html>", "{\"choices\": []}"] {
        let app = TestApp::start().await;
        app.upstream.answer(Script::plain(200, "text/plain", body));
        let (_, seen) = app.client.ask("Hello").await;
        assert_eq!(seen.status(), Some(Status::Failed), "{body}: {:?}", seen.end());
        assert_eq!(app.upstream.calls(), 1, "{body}");
    }
}
