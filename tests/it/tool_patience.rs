//! A call does not wait for ever: for a person, for a tool, or for somebody who has left. Whichever it is, nothing is done
//! that nobody answers for, and the model goes on with what it is told.

use std::time::Duration;

use parlance::{
    domain::{
        chat::Sharing,
        error::AppError,
        id::MessageId,
        member::MemberRole,
        message::Status,
        tool::{CallStatus, ToolCall},
    },
    texts::tools as texts,
};
use serde_json::json;

use crate::support::{
    app::TestApp,
    client::{Client, Started},
    database::change,
    mcp::TestMcp,
    providers::with_own_providers,
    script::{Gate, Script},
    tools::results,
    viewer::Seen,
};

/// The first call of a reply that ended well all the same; the model was told what became of it.
async fn ended_well(app: &TestApp, client: &Client, started: Started, reply: MessageId, seen: &Seen) -> ToolCall {
    assert_eq!((seen.text().as_str(), seen.status()), ("Without it.", Some(Status::Complete)));
    let call = client.calls(started.chat, reply).await.remove(0);
    let told = results(&app.upstream.requests(3).await[2]);
    assert_eq!(Some(&told[0].1), call.result.as_ref());
    call
}

/// How the calls of a reply stood, one after the other.
fn stood(seen: &Seen) -> Vec<CallStatus> {
    seen.calls().iter().map(|call| call.status).collect()
}

/// Has the model call the calculator, and then go on without it.
fn calculates_once(app: &TestApp) {
    app.upstream.answer(Script::calling("a", "calculate", &json!({"expression": "6*7"})));
    app.upstream.answer(Script::reply("Without it."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_nobody_answers_is_not_carried_out_and_the_reply_goes_on() {
    let app = TestApp::start_with(|config| config.models.tools.answer = Duration::from_millis(300)).await;
    let started = app.client.chat_with_tools(&app.upstream, &["calculate"]).await;
    app.client.ask_before_tools(started.chat, true).await.unwrap();
    calculates_once(&app);
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    let call = ended_well(&app, &app.client, started, made.reply, &seen).await;
    assert_eq!((call.status, call.result.as_deref()), (CallStatus::Declined, Some(texts::UNANSWERED)));
    assert_eq!(stood(&seen), [CallStatus::Asked, CallStatus::Declined]);
    let too_late = app.client.allow(made.reply, 0, false).await.unwrap_err();
    assert!(matches!(too_late.error, Some(AppError::Invalid { .. })), "{too_late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_is_too_slow_is_given_up_and_the_reply_goes_on() {
    let app = TestApp::start_with(|config| {
        with_own_providers(config);
        config.models.tools.call = Duration::from_millis(500);
    })
    .await;
    let mcp = TestMcp::start().await;
    let server = app.client.add_mcp("x", &mcp.url, "").await;
    let started = app.client.chat_with_tools(&app.upstream, &[&format!("{server}/hangs")]).await;
    change(&app.database(), "UPDATE chats SET tools_allowed = tools").await;
    app.upstream.answer(Script::calling("a", "x__hangs", &json!({})));
    app.upstream.answer(Script::reply("Without it."));
    let made = app.client.send(started.chat, "Go").await.unwrap();
    let seen = app.client.follow_to_end(made.reply, 0).await;
    let call = ended_well(&app, &app.client, started, made.reply, &seen).await;
    assert_eq!((call.status, call.result.as_deref()), (CallStatus::Failed, Some(texts::TOO_SLOW)));
}

/// A member, with a chat that uses a tool and that all may write in.
async fn member_with_a_tool(app: &TestApp, owner: &Client) -> (Client, Started) {
    let member = owner.member(&app.database(), "Grace", MemberRole::Member).await;
    let started = member.chat_with_tools(&app.upstream, &["calculate"]).await;
    member.share(started.chat, Sharing::Write).await.unwrap();
    (member, started)
}

/// Has an admin remove somebody from the workspace.
async fn remove(admin: &Client, member: &Client) {
    let id = member.me().await.person.id.to_string();
    admin.order("remove_member", &[("member", &id)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_tool_is_called_for_somebody_who_was_removed_while_the_model_wrote() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let (grace, started) = member_with_a_tool(&app, &owner).await;
    let gate = Gate::new();
    let calls = Script::stream().role().wait(&gate).call(0, "a", "calculate", &json!({"expression": "6*7"}));
    app.upstream.answer(calls.finish("tool_calls").usage(7, 5).done());
    app.upstream.answer(Script::reply("Without it."));
    let made = grace.send(started.chat, "Go").await.unwrap();
    gate.reached().await;
    remove(&owner, &grace).await;
    gate.open();
    let seen = owner.follow_to_end(made.reply, 0).await;
    let call = ended_well(&app, &owner, started, made.reply, &seen).await;
    assert_eq!((call.status, call.result.as_deref()), (CallStatus::Failed, Some(texts::ASKER_GONE)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_tool_is_called_for_somebody_who_was_removed_while_their_call_waited() {
    let app = TestApp::with_sign_in().await;
    let owner = app.client.set_up().await;
    let (grace, started) = member_with_a_tool(&app, &owner).await;
    grace.ask_before_tools(started.chat, true).await.unwrap();
    calculates_once(&app);
    let made = grace.send(started.chat, "Go").await.unwrap();
    let mut viewer = owner.follow(made.reply, 0).await;
    viewer.until_call(0, CallStatus::Asked).await;
    remove(&owner, &grace).await;
    while let Err(refusal) = owner.allow(made.reply, 0, false).await {
        assert_eq!(refusal.error, Some(AppError::NotFound), "not written yet: {refusal:?}");
    }
    let seen = viewer.until_end().await;
    let call = ended_well(&app, &owner, started, made.reply, &seen).await;
    assert_eq!((call.status, call.result.as_deref()), (CallStatus::Failed, Some(texts::ASKER_GONE)));
}
