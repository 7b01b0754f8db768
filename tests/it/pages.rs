//! Long chats come in pages, newest first, and every page is whole.

use parlance::domain::{
    error::AppError,
    id::MessageId,
    limits::{MESSAGES_PER_CHAT, MESSAGES_PER_PAGE},
    message::Message,
};

use crate::support::{app::TestApp, client::Started, script::Script};

/// A chat of so many messages, each with its number in its text.
async fn long_chat(app: &TestApp, messages: usize) -> Started {
    let mut number = 0;
    app.upstream.answer_with(move |_| {
        number += 2;
        Some(Script::stream().text(&format!("Message {number}.")).finish("stop").done())
    });
    let (started, _) = app.client.ask("Message 1.").await;
    for number in (3..messages).step_by(2) {
        let made = app.client.send(started.chat, &format!("Message {number}.")).await.unwrap();
        app.client.follow_to_end(made.reply, 0).await;
    }
    started
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_come_first_and_the_older_ones_on_demand() {
    const MESSAGES: usize = 130;
    let app = TestApp::start().await;
    let started = long_chat(&app, MESSAGES).await;
    let page = app.client.chat(started.chat).await;
    assert_eq!(page.messages.len(), MESSAGES_PER_PAGE);
    assert!(page.has_older);
    let mut all: Vec<Message> = page.messages;
    let mut has_older = true;
    while has_older {
        let older = app.client.older(all[0].id).await.unwrap();
        assert!(!older.messages.is_empty() && older.messages.len() <= MESSAGES_PER_PAGE);
        has_older = older.has_older;
        all.splice(0..0, older.messages);
    }
    let texts: Vec<String> = all.into_iter().map(|message| message.content).collect();
    let expected: Vec<String> = (1..=MESSAGES).map(|number| format!("Message {number}.")).collect();
    assert_eq!(texts, expected);

    let html = app.client.chat_page(started.chat).await;
    assert!(html.contains("Message 130.") && html.contains("Message 81."), "{html}");
    assert!(!html.contains("Message 80."), "the page holds what it need not");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_first_there_is_nothing() {
    let app = TestApp::start().await;
    let started = long_chat(&app, 4).await;
    let older = app.client.older(started.message).await.unwrap();
    assert!(older.messages.is_empty() && !older.has_older);
    let refusal = app.client.older(MessageId::new()).await.unwrap_err();
    assert_eq!(refusal.status.as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_chat_says_so_and_keeps_all_it_has() {
    let app = TestApp::start().await;
    let full = usize::try_from(MESSAGES_PER_CHAT).unwrap();
    let started = long_chat(&app, full).await;
    let refusal = app.client.send(started.chat, "One more").await.unwrap_err();
    assert_eq!((refusal.status.as_u16(), refusal.error), (409, Some(AppError::ChatFull)));
    let last = app.client.chat(started.chat).await.messages.pop().unwrap();
    assert_eq!((last.number, last.content.as_str()), (MESSAGES_PER_CHAT, "Message 1000."));
    let refusal = app.client.regenerate(last.id).await.unwrap_err();
    assert_eq!(refusal.error, Some(AppError::ChatFull));
    assert_eq!(app.upstream.calls(), full / 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_page_offers_a_new_chat() {
    let app = TestApp::start().await;
    for path in ["/", "/chats/new"] {
        let page = app.client.page(path).await;
        for part in ["New chat", "Message", "Send", "<title>", "<main"] {
            assert!(page.contains(part), "{path} has no {part}: {page}");
        }
        assert!(page.contains(r#"lang="en""#), "{path} does not say its language");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_not_there_says_so() {
    let app = TestApp::start().await;
    for path in ["/nowhere", "/chats/nonsense", "/chats/0", "/api/nowhere", "/pkg/nowhere.js", "/../../etc/passwd"] {
        let answer = app.client.get(path).await;
        assert_eq!(answer.status().as_u16(), 404, "{path}");
    }
}
