//! The page before its script has come, or without it: forms and links.

use reqwest::{Response, StatusCode};

use crate::support::{
    app::TestApp,
    client::Client,
    html::{form, hidden_fields},
    script::{Gate, Script},
};

/// Fills in a form and sends it, as a browser does.
async fn submit(client: &Client, page: &str, html: &str, action: &str, text: &str) -> Response {
    let mut fields = hidden_fields(form(html, action));
    fields.push(("text", text));
    let function = action.strip_prefix("/api/").unwrap();
    let request =
        client.post(function, &fields).header("origin", client.origin()).header("sec-fetch-site", "same-origin");
    // `post` asks for JSON; a browser's form asks for a page.
    let mut request = request.build().unwrap();
    request.headers_mut().insert("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8".parse().unwrap());
    request.headers_mut().insert("referer", format!("{}{page}", client.origin()).parse().unwrap());
    client.execute(request).await
}

/// Where an answer leads to.
fn location(answer: &Response) -> String {
    assert!(matches!(answer.status(), StatusCode::FOUND | StatusCode::SEE_OTHER), "{answer:?}");
    let location = answer.headers()["location"].to_str().unwrap();
    let path = location.strip_prefix("http://").map_or(location, |rest| &rest[rest.find('/').unwrap()..]);
    // The framework leaves a question mark where it took an old error out of the address.
    path.trim_end_matches('?').to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_can_begin_a_chat_read_the_reply_and_send_again() {
    let app = TestApp::start().await;
    let gate = Gate::new();
    app.upstream.answer(Script::stream().role().text("Hello, ").wait(&gate).text("reader.").finish("stop").done());
    app.upstream.answer(Script::reply("Goodbye."));

    let first = app.client.page("/").await;
    let path = location(&submit(&app.client, "/", &first, "/api/start_chat", "Hello & welcome").await);
    let chat = path.strip_prefix("/chats/").expect("a chat's page").parse().unwrap();
    gate.reached().await;
    let page = app.client.page(&path).await;
    assert!(page.contains("Hello &amp; welcome"), "{page}");
    gate.open();
    let reply = app.client.chat(chat).await.messages[1].id;
    app.client.follow_to_end(reply, 0).await;
    let page = app.client.page(&path).await;
    assert!(page.contains("Hello, reader."), "{page}");

    assert_eq!(location(&submit(&app.client, &path, &page, "/api/send_message", "Goodbye").await), path);
    let reply = app.client.chat(chat).await.messages[3].id;
    app.client.follow_to_end(reply, 0).await;
    let page = app.client.page(&path).await;
    for part in ["Hello &amp; welcome", "Hello, reader.", "Goodbye", "Goodbye."] {
        assert!(page.contains(part), "{part:?} is not in {page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_sent_twice_is_one_message() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Once.")));
    let html = app.client.page("/").await;
    let one = location(&submit(&app.client, "/", &html, "/api/start_chat", "Impatient").await);
    let two = location(&submit(&app.client, "/", &html, "/api/start_chat", "Impatient").await);
    assert_eq!(one, two);
    assert_eq!(app.client.chats(false).await.len(), 1);
    let chat = one.strip_prefix("/chats/").unwrap().parse().unwrap();
    let shown = app.client.chat(chat).await.messages;
    assert_eq!(shown.len(), 2);
    app.client.follow_to_end(shown[1].id, 0).await;
    assert_eq!(app.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_visits_begin_two_chats() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let (one, two) = (app.client.page("/").await, app.client.page("/").await);
    let one = location(&submit(&app.client, "/", &one, "/api/start_chat", "One").await);
    let two = location(&submit(&app.client, "/", &two, "/api/start_chat", "Two").await);
    assert_ne!(one, two);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_message_is_explained_on_the_page() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().text("Wait").hold());
    let started = app.client.start("First").await;
    app.client.follow(started.reply, 0).await.until_text("Wait").await;
    let path = format!("/chats/{}", started.chat);
    let html = app.client.page(&path).await;
    // The page's own form is disabled meanwhile; one from a page of before is not.
    let message = parlance::domain::id::MessageId::new().to_string();
    let old = format!(
        r#"<form action="/api/send_message" method="post"><input type="hidden" name="chat" value="{}"/><input type="hidden" name="message" value="{message}"/></form>"#,
        started.chat
    );
    assert!(html.contains("/api/send_message"), "{html}");
    let answer = submit(&app.client, &path, &old, "/api/send_message", "Second").await;
    let page = if answer.status().is_redirection() {
        app.client.page(&location(&answer)).await
    } else {
        assert!(answer.status().is_client_error(), "{answer:?}");
        answer.text().await.unwrap()
    };
    assert!(page.contains("A reply is still being written in this chat"), "{page}");
    assert_eq!(app.client.chat(started.chat).await.messages.len(), 2);
}
