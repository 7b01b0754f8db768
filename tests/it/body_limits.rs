//! How much may be sent, by what it is for.

use std::time::{Duration, Instant};

use parlance::domain::{
    error::AppError,
    id::{ChatId, MessageId},
};
use reqwest::{Method, StatusCode};

use crate::support::{
    app::TestApp,
    client::{Refusal, accepted},
    raw::Raw,
};

async fn refused(app: &TestApp, function: &str, fields: &[(&str, &str)]) -> Refusal {
    let answer = app.client.execute(app.client.post(function, fields).build().unwrap()).await;
    accepted(answer).await.expect_err("an answer that says no")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_little_may_send_little_and_is_told_how_much() {
    let app = TestApp::start().await;
    let chat = ChatId::new().to_string();
    for (length, status) in [(60 * 1024, StatusCode::NOT_FOUND), (70 * 1024, StatusCode::PAYLOAD_TOO_LARGE)] {
        let title = "x".repeat(length);
        let refusal = refused(&app, "rename_chat", &[("chat", &chat), ("title", &title)]).await;
        assert_eq!(refusal.status, status, "{refusal:?}");
    }
    let refusal = refused(&app, "list_chats", &[("archived", &"x".repeat(1 << 20))]).await;
    let sentence = refusal.error.expect("an error of ours").to_string();
    assert_eq!(refusal.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(sentence.contains("64 KB"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_and_code_have_room_for_what_they_hold() {
    let app = TestApp::start().await;
    let (message, text) = (MessageId::new().to_string(), "語".repeat(80 * 1024));
    for (function, id) in [("send_message", "chat"), ("edit_message", "edited")] {
        let fields = [(id, ChatId::new().to_string()), ("message", message.clone()), ("text", text.clone())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refusal = refused(&app, function, &fields).await;
        assert_eq!(refusal.error, Some(AppError::NotFound), "read whole, and then looked for");
    }
    let code = "語".repeat(64 * 1024 / 3);
    let marked: Option<String> =
        app.client.call("highlight_code", &[("language", "rust"), ("code", &code)]).await.unwrap();
    assert!(marked.is_some_and(|marked| marked.contains('語')));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_form_are_not_taken_for_text() {
    let app = TestApp::start().await;
    let part = b"--x\r\nContent-Disposition: form-data; name=\"picture\"\r\n\r\n\xff\xd8\xff\xe0\r\n--x--\r\n";
    let request =
        app.client.request(Method::POST, "/api/nowhere").header("content-type", "multipart/form-data; boundary=x");
    let answer = app.client.execute(request.body(part.to_vec()).build().unwrap()).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "it came through to where somebody could take it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_known_has_no_room_and_takes_none_away() {
    const PICTURE: usize = 1536 * 1024;
    let app = TestApp::with_sign_in().await;
    let ada = app.client.set_up().await;
    // As many as large bodies are read at once; none of them comes to its end.
    let mut strangers = Vec::new();
    for _ in 0..8 {
        let stranger = Raw::connect(app.address).await;
        let head = format!(
            "POST /api/set_avatar HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary=cut\r\n\
             Content-Length: {}\r\n\r\n",
            app.address,
            2 * PICTURE
        );
        stranger.send(head).await;
        stranger.send(vec![b'x'; PICTURE]).await;
        strangers.push(stranger);
    }
    let began = Instant::now();
    let answer = ada.execute(ada.upload("set_avatar", &[], ("picture", &vec![0; PICTURE])).build().unwrap()).await;
    let refusal = accepted(answer).await.expect_err("no picture");
    assert_eq!(refusal.status, StatusCode::UNPROCESSABLE_ENTITY, "{refusal:?}");
    // Else it would wait for them for half a minute.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    // Who has been signed out meanwhile is told that, not that what they wrote is too long.
    let long = "x".repeat(100 * 1024);
    let refusal = refused(&app, "send_message", &[("chat", ""), ("message", ""), ("text", &long)]).await;
    assert_eq!(refusal.error, Some(AppError::SignedOut));
    let refusal = refused(&app, "sign_in", &[("email", ""), ("password", &long)]).await;
    assert_eq!(refusal.status, StatusCode::PAYLOAD_TOO_LARGE);
}
