//! The list of chats: found again, renamed, put away, deleted and had back.

use parlance::domain::{error::AppError, id::ChatId, limits::TITLE_CHARS};

use crate::support::{app::TestApp, client::Refusal, script::Script};

async fn listening() -> TestApp {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Yes.")));
    app
}

async fn titles(app: &TestApp, archived: bool) -> Vec<String> {
    app.client.chats(archived).await.into_iter().map(|chat| chat.title).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chat_last_spoken_in_comes_first() {
    let app = listening().await;
    let (first, _) = app.client.ask("First").await;
    app.client.ask("Second").await;
    app.client.ask("Third").await;
    assert_eq!(titles(&app, false).await, ["Third", "Second", "First"]);
    let made = app.client.send(first.chat, "Once more").await.unwrap();
    app.client.follow_to_end(made.reply, 0).await;
    assert_eq!(titles(&app, false).await, ["First", "Third", "Second"]);
    let page = app.client.page("/").await;
    for title in ["First", "Second", "Third"] {
        assert!(page.contains(title), "{page}");
    }
    assert!(page.contains(&format!("/chats/{}", first.chat)), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_renamed_and_keeps_its_place() {
    let app = listening().await;
    let (first, _) = app.client.ask("First").await;
    app.client.ask("Second").await;
    app.client.rename(first.chat, "  Grüße <b>&</b>\n 世界 ").await.unwrap();
    assert_eq!(titles(&app, false).await, ["Second", "Grüße <b>&</b> 世界"]);
    assert_eq!(app.client.chat(first.chat).await.chat.title, "Grüße <b>&</b> 世界");
    app.client.rename(first.chat, &"語".repeat(1_000)).await.unwrap();
    assert_eq!(titles(&app, false).await[1].chars().count(), TITLE_CHARS);
    for nothing in ["", "   ", "\n\t"] {
        let refusal = app.client.rename(first.chat, nothing).await.unwrap_err();
        assert_eq!(refusal.status.as_u16(), 422, "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_put_away_and_taken_out_again() {
    let app = listening().await;
    let (first, _) = app.client.ask("First").await;
    app.client.ask("Second").await;
    app.client.archive(first.chat, true).await.unwrap();
    assert_eq!((titles(&app, false).await, titles(&app, true).await), (vec!["Second".into()], vec!["First".into()]));
    let page = app.client.chat(first.chat).await;
    assert!(page.chat.archived);
    assert_eq!(page.messages.len(), 2, "it can still be read");
    app.client.archive(first.chat, true).await.unwrap();
    app.client.archive(first.chat, false).await.unwrap();
    assert_eq!((titles(&app, false).await.len(), titles(&app, true).await.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_chat_is_gone_and_can_be_had_back() {
    let app = listening().await;
    let (first, seen) = app.client.ask("First").await;
    app.client.ask("Second").await;
    app.client.delete(first.chat).await.unwrap();
    app.client.delete(first.chat).await.expect("twice is as good as once");
    assert_eq!((titles(&app, false).await, titles(&app, true).await), (vec!["Second".into()], vec![]));
    assert_eq!(app.client.get(&format!("/chats/{}", first.chat)).await.status().as_u16(), 404);
    not_found(app.client.try_chat(first.chat).await.map(|_| ()));
    not_found(app.client.send(first.chat, "Hello?").await.map(|_| ()));
    not_found(app.client.regenerate(first.reply).await.map(|_| ()));
    not_found(app.client.try_follow(first.reply, 0).await.map(|_| ()));
    not_found(app.client.rename(first.chat, "Ghost").await);

    app.client.restore(first.chat).await.unwrap();
    assert_eq!(titles(&app, false).await.len(), 2);
    assert_eq!(app.client.said(first.chat).await[1].1, "Yes.");
    assert_eq!(app.client.follow_to_end(first.reply, 0).await, seen);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_was_is_not_found() {
    let app = listening().await;
    let nowhere = ChatId::new();
    assert_eq!(app.client.get(&format!("/chats/{nowhere}")).await.status().as_u16(), 404);
    not_found(app.client.try_chat(nowhere).await.map(|_| ()));
    not_found(app.client.send(nowhere, "Hello?").await.map(|_| ()));
    not_found(app.client.rename(nowhere, "Ghost").await);
    not_found(app.client.archive(nowhere, true).await);
    not_found(app.client.delete(nowhere).await);
    not_found(app.client.restore(nowhere).await);
    assert_eq!(titles(&app, false).await.len() + titles(&app, true).await.len(), 0);
}

fn not_found(answer: Result<(), Refusal>) {
    let refusal = answer.expect_err("something that is not there");
    assert_eq!((refusal.status.as_u16(), refusal.error), (404, Some(AppError::NotFound)));
}
