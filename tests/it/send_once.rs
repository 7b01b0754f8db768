//! Whoever makes a thing makes its id: what is sent twice, because an answer was lost or a button was pressed in a hurry,
//! is stored once and paid once.

use futures::future::join_all;
use parlance::domain::{
    id::{ChatId, MessageId},
    message::Status,
};

use crate::support::{app::TestApp, script::Script};

const TIMES: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_begun_twenty_times_at_once_is_one_chat_with_one_reply() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Once.")));
    let (chat, message) = (ChatId::new(), MessageId::new());
    let made = join_all((0..TIMES).map(|_| app.client.start_as(chat, message, "Only once"))).await;
    let reply = made[0].as_ref().unwrap().reply;
    assert!(made.iter().all(|made| made.as_ref().is_ok_and(|made| made.reply == reply)), "{made:?}");

    app.client.follow_to_end(reply, 0).await;
    assert_eq!(app.client.chat(chat).await.messages.len(), 2);
    assert_eq!(app.client.chats(false).await.len(), 1);
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_sent_twenty_times_at_once_is_one_message_with_one_reply() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Once.")));
    let (started, _) = app.client.ask("Hello").await;
    let message = MessageId::new();
    let made = join_all((0..TIMES).map(|_| app.client.send_as(started.chat, message, "Only once"))).await;
    let reply = made[0].as_ref().unwrap().reply;
    assert!(made.iter().all(|made| made.as_ref().is_ok_and(|made| made.reply == reply)), "{made:?}");

    let seen = app.client.follow_to_end(reply, 0).await;
    assert_eq!(seen.status(), Some(Status::Complete));
    assert_eq!(app.client.chat(started.chat).await.messages.len(), 4);
    assert_eq!(app.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_sent_again_later_changes_nothing() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Once.")));
    let (started, _) = app.client.ask("Hello").await;
    let before = app.client.chat(started.chat).await;

    let again = app.client.start_as(started.chat, started.message, "Hello").await.unwrap();
    assert_eq!(again.reply, started.reply);
    let again = app.client.send_as(started.chat, started.message, "Hello").await.unwrap();
    assert_eq!(again.reply, started.reply);
    assert_eq!(app.client.chat(started.chat).await.messages, before.messages);
    let app = app.restart().await;
    let again = app.client.send_as(started.chat, started.message, "Hello").await.unwrap();
    assert_eq!(again.reply, started.reply);
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_asked_for_again_twenty_times_at_once_is_one_more_reply() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Once.")));
    let (started, _) = app.client.ask("Hello").await;
    let sibling = MessageId::new();
    let made = join_all((0..TIMES).map(|_| app.client.regenerate_as(started.reply, sibling))).await;
    assert!(made.iter().all(|made| made.as_ref().is_ok_and(|made| made.reply == sibling)), "{made:?}");
    app.client.follow_to_end(sibling, 0).await;
    assert_eq!(app.client.message(started.chat, sibling).await.siblings.count, 2);
    assert_eq!(app.upstream.calls(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_names_something_else_is_refused() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Once.")));
    let (one, _) = app.client.ask("One").await;
    let (other, _) = app.client.ask("Other").await;
    for taken in [one.message, one.reply] {
        let refusal = app.client.send_as(other.chat, taken, "Mine").await.unwrap_err();
        assert!(refusal.status.is_client_error(), "{refusal:?}");
    }
    let refusal = app.client.regenerate_as(one.reply, other.reply).await.unwrap_err();
    assert!(refusal.status.is_client_error(), "{refusal:?}");
    // Not even a new chat may begin with it.
    let chat = ChatId::new();
    let refusal = app.client.start_as(chat, one.message, "Mine").await.unwrap_err();
    assert!(refusal.status.is_client_error(), "{refusal:?}");
    assert!(app.client.try_chat(chat).await.is_err());
    assert_eq!(app.client.chat(other.chat).await.messages.len(), 2);
    assert_eq!(app.upstream.calls(), 2);
}
