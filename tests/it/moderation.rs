//! Messages are checked before they are sent to a model, where the admins want that; what is found is explained, and what
//! cannot be checked is not sent, neither then nor with what is written later.

use parlance::domain::message::{Message, Status};
use serde_json::json;

use crate::support::{
    app::TestApp,
    client::Started,
    models::Listed,
    script::Script,
    upstream::{KEY, MODEL, Request},
};

const CHECK: &str = "POST /v1/moderations";

/// A server whose messages are checked.
async fn start() -> TestApp {
    let app = TestApp::start().await;
    app.client.order("set_moderation", &[("moderation", "true")]).await.unwrap();
    app
}

fn finding(flagged: bool, categories: &serde_json::Value) -> Script {
    let body = json!({"id": "modr-1", "model": "omni", "results": [{"flagged": flagged, "categories": categories}]});
    Script::plain(200, "application/json", body.to_string())
}

fn nothing() -> Script {
    finding(false, &json!({"violence": false, "hate": false}))
}

/// Finds something in what has this word in it.
fn finding_in(word: &'static str) -> impl FnMut(&Request) -> Script + Send + 'static {
    move |request| {
        let found = request.body["input"].as_str().is_some_and(|text| text.contains(word));
        finding(found, &json!({"violence": found}))
    }
}

/// What the model was sent of the conversation.
fn texts(request: &Request) -> Vec<String> {
    request.messages().into_iter().map(|(_, text)| text).collect()
}

async fn ended(app: &TestApp, text: &str) -> (Started, Message) {
    let (started, _) = app.client.ask(text).await;
    (started, app.client.message(started.chat, started.reply).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_harmless_is_sent_after_one_check() {
    let app = start().await;
    app.upstream.answer_at(CHECK, |_| nothing());
    app.upstream.answer(Script::reply("Hello."));
    let (started, message) = ended(&app, "Hello?").await;
    assert_eq!((message.status, message.content.as_str()), (Status::Complete, "Hello."));
    app.upstream.answer(Script::reply("Fine."));
    let made = app.client.send(started.chat, "How are you?").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    let checks = app.upstream.other_requests();
    assert_eq!(checks.iter().map(|check| check.body["input"].clone()).collect::<Vec<_>>(), ["Hello?", "How are you?"]);
    assert_eq!(checks[0].body["model"], "omni-moderation-latest");
    assert_eq!(checks[0].headers["authorization"], format!("Bearer {KEY}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_is_explained_and_the_model_is_not_asked() {
    let app = start().await;
    app.upstream
        .answer_at(CHECK, |_| finding(true, &json!({"violence": true, "self-harm/intent": true, "hate": false})));
    let (started, message) = ended(&app, "Something bad").await;
    assert_eq!((message.status, app.upstream.calls()), (Status::Filtered, 0));
    let failure = message.failure.expect("a reason");
    assert_eq!(failure.code, "moderated");
    assert!(failure.message.contains("found an intent of self-harm, violence in it"), "{}", failure.message);
    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("This message was not sent to the model"), "{page}");

    // In other words it goes.
    app.upstream.answer_at(CHECK, |_| nothing());
    app.upstream.answer(Script::reply("Hello."));
    let made = app.client.edit(started.message, "Something good").await.unwrap();
    assert_eq!(app.client.follow_to_end(made.reply, 0).await.text(), "Hello.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_checked_is_not_sent_and_it_is_said_what_to_do() {
    let answers = [
        Script::error(404, "Not here"),
        Script::html(200),
        Script::plain(200, "application/json", "{\"results\": []}"),
        Script::plain(200, "application/json", "{\"results\": [{}]}"),
        Script::error(401, &format!("Incorrect key {KEY}")),
        Script::error(500, "Broken"),
        Script::refusal(),
    ];
    let app = start().await;
    for answer in answers {
        app.upstream.answer_at(CHECK, {
            let answer = answer.clone();
            move |_| answer.clone()
        });
        let (started, message) = ended(&app, "Hello?").await;
        let failure = message.failure.expect("a reason");
        assert_eq!((message.status, failure.code.as_str()), (Status::Failed, "not_checked"), "{answer:?}");
        assert!(failure.message.contains("an admin can switch the check off"), "{}", failure.message);
        let page = app.client.chat_page(started.chat).await;
        assert!(!failure.message.contains(KEY) && !page.contains(KEY), "{}", failure.message);
    }
    assert_eq!(app.upstream.calls(), 0);
    // The last two may pass, and were tried twice.
    assert_eq!(app.upstream.other_requests().len(), 9);
    app.client.order("set_moderation", &[("moderation", "false")]).await.unwrap();
    app.upstream.answer(Script::reply("Hello."));
    assert_eq!(ended(&app, "Hello?").await.1.status, Status::Complete);
    assert_eq!(app.upstream.other_requests().len(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_goes_to_the_model_with_no_later_question() {
    let app = start().await;
    app.upstream.answer_at(CHECK, finding_in("bad"));
    app.upstream.answer_with(|_| Some(Script::reply("Fine.")));
    app.upstream.answer_to("And now?", Script::stream().role().text("Half").finish("length").done());
    let (started, _) = app.client.ask("Hello?").await;
    let refused = app.client.send_and_follow(started.chat, "Something bad").await;
    assert_eq!(app.client.message(started.chat, refused).await.status, Status::Filtered);
    let next = app.client.send_and_follow(started.chat, "And now?").await;
    let asked = app.upstream.requests(2).await;
    assert_eq!(texts(&asked[1]), ["Hello?", "Fine.", "And now?"]);
    assert!(!asked[1].body.to_string().contains("bad"), "{}", asked[1].body);

    // What is said of it stands with it; for room nothing was left out.
    let answer = app.client.message(started.chat, next).await;
    assert_eq!(answer.left_out, 0);
    let page = app.client.chat_page(started.chat).await;
    assert!(page.contains("This message was not sent to the model") && !page.contains("no room for"), "{page}");

    // Nor when it is gone on with, asked again or said in other words.
    let more = app.client.continue_reply(next).await.unwrap();
    app.client.follow_to_end(more.reply, 0).await;
    assert_eq!(texts(&app.upstream.requests(3).await[2])[..4], ["Hello?", "Fine.", "And now?", "Half"]);
    let again = app.client.regenerate(next).await.unwrap();
    app.client.follow_to_end(again.reply, 0).await;
    assert_eq!(texts(&app.upstream.requests(4).await[3]), ["Hello?", "Fine.", "And now?"]);
    let edited = app.client.edit(answer.parent.expect("a question"), "And then?").await.unwrap();
    app.client.follow_to_end(edited.reply, 0).await;
    assert_eq!(texts(&app.upstream.requests(5).await[4]), ["Hello?", "Fine.", "And then?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_and_passes_when_it_is_asked_again_is_part_of_the_conversation_from_then_on() {
    let app = start().await;
    app.upstream.answer_at(CHECK, finding_in("bad"));
    app.upstream.answer_with(|_| Some(Script::reply("Fine.")));
    let (started, _) = app.client.ask("Something bad").await;
    // It is checked anew, whatever came of that before.
    let again = app.client.regenerate(started.reply).await.unwrap();
    app.client.follow_to_end(again.reply, 0).await;
    assert_eq!(app.client.message(started.chat, again.reply).await.status, Status::Filtered);
    assert_eq!((app.upstream.other_requests().len(), app.upstream.calls()), (2, 0));

    app.upstream.answer_at(CHECK, |_| nothing());
    let again = app.client.regenerate(started.reply).await.unwrap();
    assert_eq!(app.client.follow_to_end(again.reply, 0).await.text(), "Fine.");
    assert_eq!(texts(&app.upstream.requests(1).await[0]), ["Something bad"]);
    app.client.send_and_follow(started.chat, "And now?").await;
    assert_eq!(texts(&app.upstream.requests(2).await[1]), ["Something bad", "Fine.", "And now?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_checked_goes_with_no_later_question_whatever_becomes_of_the_check() {
    let app = start().await;
    app.upstream.answer_at(CHECK, |_| Script::error(404, "Not here"));
    app.upstream.answer_with(|_| Some(Script::reply("Fine.")));
    let (started, message) = ended(&app, "Something unknown").await;
    assert_eq!(message.failure.expect("a reason").code, "not_checked");
    app.upstream.answer_at(CHECK, |_| nothing());
    app.client.send_and_follow(started.chat, "Hello?").await;
    assert_eq!(texts(&app.upstream.requests(1).await[0]), ["Hello?"]);
    app.client.order("set_moderation", &[("moderation", "false")]).await.unwrap();
    app.client.send_and_follow(started.chat, "And now?").await;
    assert_eq!(texts(&app.upstream.requests(2).await[1]), ["Hello?", "Fine.", "And now?"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_are_left_out_for_want_of_room_are_counted_without_those_that_were_refused() {
    let listed = Listed { context_length: Some(2_000), ..Listed::named(MODEL) };
    let app = start().await.listing(&[listed]).await;
    app.upstream.answer_at(CHECK, finding_in("bad"));
    app.upstream.answer_with(|_| Some(Script::reply("Fine.")));
    let long = |first: &str| format!("{first} {}", "hello ".repeat(600));
    let started = app.client.start_asking(&long("First"), &[("max_tokens", "500")]).await.unwrap();
    app.client.follow_to_end(started.reply, 0).await;
    app.client.send_and_follow(started.chat, "Something bad").await;
    app.client.send_and_follow(started.chat, &long("Second")).await;
    let third = app.client.send_and_follow(started.chat, &long("Third")).await;
    let sent = texts(&app.upstream.requests(3).await[2]);
    assert!(sent.len() == 3 && sent[0].starts_with("Second") && sent[2].starts_with("Third"), "{sent:?}");
    assert_eq!(app.client.message(started.chat, third).await.left_out, 2);
    let page = app.client.chat_page(started.chat).await;
    assert_eq!(page.matches("2 earlier messages were not sent").count(), 1, "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_fails_once_is_made_again() {
    let app = start().await;
    let mut times = 0;
    app.upstream.answer_at(CHECK, move |_| {
        times += 1;
        if times == 1 { Script::error(503, "Busy") } else { nothing() }
    });
    app.upstream.answer(Script::reply("Hello."));
    assert_eq!(ended(&app, "Hello?").await.1.status, Status::Complete);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_takes_no_more_for_now_is_waited_for() {
    let app = start().await;
    app.upstream.answer_at(CHECK, |_| Script::error(429, "Slow down").header("retry-after", "30"));
    let started = app.client.start("Hello?").await;
    let mut viewer = app.client.follow(started.reply, 0).await;
    viewer.until_waiting(|waiting| waiting.is_some_and(|waiting| waiting.place == 1)).await;
    app.client.stop(started.reply).await.unwrap();
    assert_eq!(viewer.until_end().await.status(), Some(Status::Stopped));
    assert_eq!(app.upstream.calls(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_whose_account_is_used_up_is_not_waited_for() {
    let app = start().await;
    let error = r#"{"error":{"message":"No credit","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    app.upstream.answer_at(CHECK, move |_| Script::plain(429, "application/json", error));
    let (_, message) = ended(&app, "Hello?").await;
    let failure = message.failure.expect("a reason");
    assert_eq!((message.status, failure.code.as_str()), (Status::Failed, "not_checked"));
    assert!(failure.message.contains("The account at the provider is used up"), "{}", failure.message);
    assert_eq!((app.upstream.calls(), app.upstream.other_requests().len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_message_is_checked_to_its_end() {
    let app = start().await;
    app.upstream.answer_at(CHECK, |request| {
        let parts = request.body["input"].as_array().expect("parts");
        let bad = |part: &serde_json::Value| part.as_str().is_some_and(|part| part.contains("bad"));
        let results: Vec<_> =
            parts.iter().map(|part| json!({"flagged": bad(part), "categories": {"hate": bad(part)}})).collect();
        Script::plain(200, "application/json", json!({"results": results}).to_string())
    });
    let (_, message) = ended(&app, &format!("{} bad", "good ".repeat(20_000))).await;
    assert_eq!((message.status, app.upstream.calls()), (Status::Filtered, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_it_is_not_wanted_nothing_is_checked_and_the_page_says_so() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    assert_eq!(ended(&app, "Hello?").await.1.status, Status::Complete);
    assert!(app.upstream.other_requests().is_empty());
    let page = app.client.page("/workspace").await;
    assert!(page.contains("value=\"false\" selected"), "{page}");
    app.client.order("set_moderation", &[("moderation", "true")]).await.unwrap();
    let page = app.client.page("/workspace").await;
    assert!(page.contains("value=\"true\" selected"), "{page}");
}
