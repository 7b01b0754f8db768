//! A reply is written in rounds: each is a call of the model of its own, and the last one of too many is for an answer.

use parlance::domain::{message::Status, tool::CallStatus};
use serde_json::json;

use crate::support::{
    app::TestApp,
    script::Script,
    tools::{offered, results},
    upstream::Request,
};

/// Whether a model may call the tools that it is told of.
fn may_call(request: &Request) -> bool {
    !offered(request).is_empty() && request.body["tool_choice"] != "none"
}

/// What was said, if it was said in words alone, by a person and a model in turns.
fn in_words(request: &Request) -> Vec<String> {
    assert!(offered(request).is_empty() && request.body.get("tool_choice").is_none(), "{:?}", request.body);
    let (roles, said): (Vec<String>, Vec<String>) = request.messages().into_iter().unzip();
    let in_turns = ["user", "assistant"].into_iter().cycle().take(roles.len());
    assert!(roles.iter().eq(in_turns), "{roles:?}");
    assert!(request.body["messages"].as_array().unwrap().iter().all(|turn| turn.get("tool_calls").is_none()));
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_does_not_stop_calling_is_asked_for_an_answer_without_a_call() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer_with(|request| {
        let calls = Script::calling("a", "calculate", &json!({"expression": "1"}));
        Some(if may_call(request) { calls } else { Script::reply("Enough.") })
    });
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Enough.", Some(Status::Complete)));
    assert_eq!(app.client.calls(started.chat, made.reply).await.len(), 8);
    assert_eq!(app.upstream.calls(), 1 + 8 + 1);
    // Some servers refuse calls in a conversation without the tools that were called.
    let last = app.upstream.requests(10).await.remove(9);
    assert_eq!((offered(&last), results(&last).len()), (vec!["calculate".to_owned()], 8));

    app.upstream.answer_with(|request| {
        let many = (0..20).fold(Script::stream().role(), |script, index| {
            script.call(index, &format!("c{index}"), "calculate", &json!({"expression": "1"}))
        });
        Some(if may_call(request) { many.finish("tool_calls").done() } else { Script::reply("Enough.") })
    });
    let made = app.client.send(started.chat, "Again").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.text(), "Enough.");
    let calls = app.client.calls(started.chat, made.reply).await;
    assert_eq!(calls.len(), 32);
    assert!(calls.iter().all(|call| call.status == CallStatus::Done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_cannot_be_told_to_call_nothing_is_asked_for_its_last_answer_without_tools() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer_with(|request| {
        let calls = Script::calling("a", "calculate", &json!({"expression": "6*7"}));
        let refusal = Script::error(400, "Unrecognized request argument supplied: tool_choice");
        let answer = if may_call(request) { calls } else { Script::reply("Enough.") };
        Some(if request.body.get("tool_choice").is_some() { refusal } else { answer })
    });
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Enough.", Some(Status::Complete)));
    assert_eq!(app.upstream.calls(), 1 + 8 + 2);
    let last = app.upstream.requests(11).await.remove(10);
    let said = in_words(&last).pop().unwrap();
    assert!(said.starts_with("Go\n\n[You called the tool calculate with") && said.ends_with("42"), "{said}");

    app.client.send_and_follow(started.chat, "Again").await;
    assert_eq!(app.upstream.calls(), 11 + 8 + 1, "it was remembered, and of the last round alone");
    assert_eq!(app.client.message(started.chat, made.reply).await.dropped, [], "nothing that anybody chose");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_calls_where_nothing_may_be_called_is_asked_for_its_answer_without_tools() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    // As Ollama does, which passes over what it does not know.
    app.upstream.answer_with(|request| {
        let calls = Script::calling("a", "calculate", &json!({"expression": "6*7"}));
        Some(if offered(request).is_empty() { Script::reply("Enough.") } else { calls })
    });
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Enough.", Some(Status::Complete)));
    assert_eq!(app.upstream.calls(), 1 + 8 + 2);
    assert_eq!(app.client.calls(started.chat, made.reply).await.len(), 8);
    in_words(&app.upstream.requests(11).await.remove(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_rounds_together_write_what_a_reply_may_and_each_a_little() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.client.save_settings(started.chat, &[("max_tokens", "5000")]).await.unwrap();
    for written in [3_000, 4_000] {
        let calls = Script::stream().role().call(0, "a", "calculate", &json!({"expression": "1"}));
        app.upstream.answer(calls.finish("tool_calls").usage(10, written).done());
    }
    app.upstream.answer(Script::reply("Enough."));
    app.client.send_and_follow(started.chat, "Go").await;
    let requests = app.upstream.requests(4).await;
    let asked: Vec<_> = requests.iter().skip(1).map(|request| request.body["max_tokens"].as_u64()).collect();
    assert_eq!(asked, [Some(5_000), Some(2_000), Some(1_000)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_a_chat_whose_tools_were_switched_off_are_told_in_words() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::calling("call_a", "calculate", &json!({"expression": "6*7"})));
    app.upstream.answer(Script::reply("It is 42."));
    app.client.send_and_follow(started.chat, "6*7?").await;
    app.client.switch_tool(started.chat, "calculate", false).await.unwrap();
    app.upstream.answer(Script::reply("You are welcome."));
    app.client.send_and_follow(started.chat, "Thanks").await;
    let request = app.upstream.requests(4).await.remove(3);
    let called = "6*7?\n\n[You called the tool calculate with {\"expression\":\"6*7\"}. It gave:]\n42";
    assert_eq!(in_words(&request), ["Hello", "Hello.", called, "It is 42.", "Thanks"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_that_fails_keeps_what_came_before_it() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1"})));
    app.upstream.answer_with(|request| {
        (!results(request).is_empty()).then(|| Script::error(500, "overloaded").header("retry-after", "0"))
    });
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!(seen.status(), Some(Status::Failed));
    assert_eq!(app.client.calls(started.chat, made.reply).await[0].status, CallStatus::Done);
    assert_eq!(app.upstream.calls(), 2 + 3, "each round is tried again by itself, twice at most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_round_that_failed_before_it_said_anything_is_tried_again() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1+1"})));
    app.upstream.answer(Script::error(503, "overloaded").header("retry-after", "0"));
    app.upstream.answer(Script::stream().reset());
    app.upstream.answer(Script::reply("Two."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Two.", Some(Status::Complete)));
    let requests = app.upstream.requests(5).await;
    assert!(requests[2..].iter().all(|request| request.body == requests[2].body));
    assert_eq!(app.client.calls(started.chat, made.reply).await.len(), 1, "no tool was called again");

    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1+1"})));
    app.upstream.answer(Script::stream().role().text("T").reset());
    let made = app.client.send(started.chat, "Again").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    assert_eq!((seen.text().as_str(), seen.status()), ("T", Some(Status::Interrupted)));
    assert_eq!(app.upstream.calls(), 7, "nothing is asked again once the model has spoken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_round_waits_for_a_provider_that_takes_no_more_and_is_seen_to() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1+1"})));
    // Three are the tries of one call; then it waits.
    for wait in ["0", "0", "3"] {
        app.upstream.answer(Script::error(429, "Slow down").header("retry-after", wait));
    }
    app.upstream.answer(Script::reply("Two."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let mut viewer = app.client.follow(made.reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some_and(|waiting| waiting.place == 1)).await;
    assert_ne!(app.client.message(started.chat, made.reply).await.status, Status::Queued, "it is in no line");
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Two.", Some(Status::Complete)));
    assert_eq!(app.upstream.calls(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_ends_the_wait_of_a_later_round_at_once_and_too_long_a_wait_is_not_begun() {
    let app = TestApp::start().await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1"})));
    app.upstream.answer(Script::error(429, "Slow down").header("retry-after", "300"));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let mut viewer = app.client.follow(made.reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some_and(|waiting| waiting.seconds > 200)).await;
    app.client.stop(made.reply).await.unwrap();
    assert_eq!(viewer.until_end().await.status(), Some(Status::Stopped));
    assert_eq!(app.client.calls(started.chat, made.reply).await[0].status, CallStatus::Done);

    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "1"})));
    app.upstream.answer(Script::error(429, "Slow down").header("retry-after", "86400"));
    let made = app.client.send(started.chat, "Again").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.status(), Some(Status::Failed));
    let failure = app.client.message(started.chat, made.reply).await.failure.expect("a reason");
    assert_eq!((failure.code.as_str(), app.upstream.calls()), ("rate_limited", 5));
}
