//! A call that waits is carried out only if somebody who may write in the chat allows it, wherever they are.

use parlance::{
    domain::{chat::Sharing, error::AppError, id::MessageId, member::MemberRole, message::Status, tool::CallStatus},
    texts::tools as texts,
};
use serde_json::json;

use crate::support::{
    app::TestApp,
    client::{Client, Made, Started},
    people::error_of,
    script::Script,
    tools::results,
    upstream::Upstream,
    viewer::Viewer,
};

/// A chat of whoever asks, with a reply whose call waits.
async fn waiting(upstream: &Upstream, client: &Client) -> (Started, Made, Viewer) {
    let started = client.chat_with_tools(upstream, &["calculate"]).await;
    client.ask_before_tools(started.chat, true).await.unwrap();
    upstream.answer(Script::calling("a", "calculate", &json!({"expression": "6*7"})));
    let made = client.send(started.chat, "Go").await.unwrap();
    let mut viewer = client.follow(made.reply, 0).await;
    viewer.until_call(0, CallStatus::Asked).await;
    (started, made, viewer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowed_from_another_tab_it_is_carried_out_at_once() {
    let app = TestApp::start().await;
    let (started, made, viewer) = waiting(&app.upstream, &app.client).await;
    assert_eq!(app.upstream.calls(), 2, "the model is not asked while a person thinks");
    let page = app.client.chat_page(started.chat).await;
    for button in ["Allow calculate", "Always allow calculate in this chat", "Decline calculate"] {
        assert!(page.contains(button), "{button}");
    }
    app.upstream.answer(Script::reply("42."));
    app.client.allow(made.reply, 0, false).await.unwrap();
    let seen = viewer.until_end().await;
    assert_eq!(seen.text(), "42.");
    let stood: Vec<CallStatus> = seen.calls().iter().map(|call| call.status).collect();
    assert_eq!(stood, [CallStatus::Asked, CallStatus::Running, CallStatus::Done]);
    app.client.allow(made.reply, 0, false).await.unwrap();
    let too_late = app.client.decline(made.reply, 0).await.unwrap_err();
    assert!(matches!(too_late.error, Some(AppError::Invalid { .. })), "{too_late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declined_nothing_is_done_and_the_model_is_told() {
    let app = TestApp::start().await;
    let (started, made, viewer) = waiting(&app.upstream, &app.client).await;
    app.upstream.answer(Script::reply("Then not."));
    app.client.decline(made.reply, 0).await.unwrap();
    let seen = viewer.until_end().await;
    assert_eq!((seen.text().as_str(), seen.status()), ("Then not.", Some(Status::Complete)));
    let calls = app.client.calls(started.chat, made.reply).await;
    assert_eq!(calls[0].status, CallStatus::Declined);
    let told = results(&app.upstream.requests(3).await[2]);
    assert!(told[0].1.contains("did not allow"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn allowed_once_and_for_all_it_does_not_wait_again_until_somebody_wants_that() {
    let app = TestApp::start().await;
    let (started, made, viewer) = waiting(&app.upstream, &app.client).await;
    app.upstream.answer(Script::calling("b", "calculate", &json!({"expression": "1"})));
    app.upstream.answer(Script::reply("42."));
    app.client.allow(made.reply, 0, true).await.unwrap();
    let seen = viewer.until_end().await;
    assert_eq!(seen.text(), "42.");
    assert_eq!(seen.calls().iter().filter(|call| call.status == CallStatus::Asked).count(), 1);
    let waits = |tools: parlance::domain::tool::ChatTools| tools.tools.iter().find(|tool| tool.on).unwrap().waits;
    assert!(!waits(app.client.tools(started.chat).await));
    app.client.ask_before_tools(started.chat, true).await.unwrap();
    assert!(waits(app.client.tools(started.chat).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_while_it_waits_a_tool_is_not_there_any_more() {
    let app = TestApp::start().await;
    let (started, made, viewer) = waiting(&app.upstream, &app.client).await;
    app.client.switch_tool(started.chat, "calculate", false).await.unwrap();
    app.upstream.answer(Script::reply("Then not."));
    app.client.allow(made.reply, 0, false).await.unwrap();
    assert_eq!(viewer.until_end().await.text(), "Then not.");
    let calls = app.client.calls(started.chat, made.reply).await;
    assert_eq!((calls[0].status, calls[0].result.as_deref()), (CallStatus::Failed, Some(texts::NOT_THERE)));
    let told = results(&app.upstream.requests(3).await[2]);
    assert_eq!(told[0].1, texts::NOT_THERE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_while_it_waits_the_reply_ends_and_the_call_with_it() {
    let app = TestApp::start().await;
    let (started, made, viewer) = waiting(&app.upstream, &app.client).await;
    app.client.stop(made.reply).await.unwrap();
    let seen = viewer.until_end().await;
    assert_eq!(seen.status(), Some(Status::Stopped));
    let message = app.client.message(started.chat, made.reply).await;
    assert_eq!((message.tool_calls[0].status, message.reply()), (CallStatus::Failed, seen.reply()));
    let too_late = app.client.allow(made.reply, 0, false).await.unwrap_err();
    assert!(matches!(too_late.error, Some(AppError::Invalid { .. })), "{too_late:?}");
    assert_eq!(app.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_does_not_wait_for_a_person() {
    let app = TestApp::start().await;
    let (started, made, _viewer) = waiting(&app.upstream, &app.client).await;
    let app = app.restart().await;
    let message = app.client.message(started.chat, made.reply).await;
    assert_eq!((message.status, message.tool_calls[0].status), (Status::Interrupted, CallStatus::Failed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_may_write_in_the_chat_answer() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let url = app.database();
    let member = owner.member(&url, "Grace", MemberRole::Member).await;
    let stranger = owner.stranger(&url, "Mallory").await;
    let (started, made, viewer) = waiting(&app.upstream, &owner).await;
    let answer = async |client: &Client| error_of(client.allow(made.reply, 0, false).await.unwrap_err());
    assert_eq!(answer(&member).await, AppError::NotFound);
    assert_eq!(answer(&stranger).await, AppError::NotFound);
    owner.share(started.chat, Sharing::Read).await.unwrap();
    assert!(matches!(answer(&member).await, AppError::Forbidden { .. }));
    assert!(member.switch_tool(started.chat, "search_chats", true).await.is_err());
    assert!(!member.tools(started.chat).await.may_change);
    owner.share(started.chat, Sharing::Write).await.unwrap();
    assert_eq!(answer(&stranger).await, AppError::NotFound);
    app.upstream.answer(Script::reply("42."));
    member.allow(made.reply, 0, false).await.unwrap();
    assert_eq!(viewer.until_end().await.text(), "42.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_cannot_be_switched_on_or_answered() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("Hello."));
    let (started, _) = app.client.ask("Hello").await;
    let refusal = app.client.switch_tool(started.chat, "rm", true).await.unwrap_err();
    assert!(matches!(refusal.error, Some(AppError::Invalid { .. })), "{refusal:?}");
    app.client.switch_tool(started.chat, "rm", false).await.unwrap();
    assert_eq!(app.client.allow(started.reply, 0, true).await.unwrap_err().error, Some(AppError::NotFound));
    assert_eq!(app.client.decline(started.reply, u32::MAX).await.unwrap_err().error, Some(AppError::NotFound));
    assert_eq!(app.client.allow(MessageId::new(), 0, false).await.unwrap_err().error, Some(AppError::NotFound));
    for _ in 0..2 {
        app.client.switch_tool(started.chat, "calculate", true).await.unwrap();
    }
    let on = app.client.tools(started.chat).await.tools.into_iter().filter(|tool| tool.on).count();
    assert_eq!(on, 1);
}
