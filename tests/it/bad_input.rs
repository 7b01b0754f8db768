//! Input that makes no sense is refused with a clear answer, leaves no trace, and disturbs nobody.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use parlance::domain::{
    error::AppError,
    id::{ChatId, MessageId},
    limits::MESSAGE_BYTES,
};
use reqwest::RequestBuilder;

use crate::support::{
    app::TestApp,
    client::{Refusal, accepted},
    script::Script,
};

async fn refused(request: RequestBuilder) -> Refusal {
    let answer = request.send().await.expect("an answer, whatever was asked");
    let refusal = match accepted(answer).await {
        Ok(answer) => panic!("nonsense was accepted: {answer:?}"),
        Err(refusal) => refusal,
    };
    assert!(refusal.status.is_client_error(), "{refusal:?}");
    for inside in ["panicked", "src/", "sqlx", "SELECT", "deserialize", "server_fn", "RUST_BACKTRACE"] {
        assert!(!refusal.body.contains(inside), "{refusal:?}");
    }
    refusal
}

/// No chat, no message, no call.
async fn is_untouched(app: &TestApp) {
    assert_eq!(app.client.chats(false).await, []);
    assert_eq!(app.client.chats(true).await, []);
    assert_eq!(app.upstream.calls(), 0);
}

fn start(app: &TestApp, text: &str) -> RequestBuilder {
    let (chat, message) = (ChatId::new().to_string(), MessageId::new().to_string());
    app.client.post("start_chat", &[("chat", &chat), ("message", &message), ("text", text)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_without_text() {
    let app = TestApp::start().await;
    for text in ["", " ", "\r\n\t \u{a0}\u{3000}"] {
        let refusal = refused(start(&app, text)).await;
        assert_eq!((refusal.status.as_u16(), refusal.error), (422, Some(AppError::EmptyMessage)));
    }
    is_untouched(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_compressed_answers_is_refused_with_the_same_status() {
    let app = TestApp::start().await;
    let answer = start(&app, "").header("accept-encoding", "gzip, br").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 422);
    is_untouched(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_long() {
    let app = TestApp::start().await;
    let refusal = refused(start(&app, &"x".repeat(MESSAGE_BYTES + 1))).await;
    assert_eq!((refusal.status.as_u16(), refusal.error), (413, Some(AppError::MessageTooLong)));
    let refusal = refused(start(&app, &"語".repeat(MESSAGE_BYTES / 2))).await;
    assert_eq!((refusal.status.as_u16(), refusal.error), (413, Some(AppError::MessageTooLong)));
    // So long that it is not even read to its end.
    let refusal = refused(start(&app, &"x".repeat(10 << 20))).await;
    assert_eq!((refusal.status.as_u16(), refusal.error), (413, Some(AppError::MessageTooLong)));
    is_untouched(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_just_the_length_is_taken() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::reply("That was long."));
    // Every character takes nine in a form.
    let text = "語".repeat(MESSAGE_BYTES / 3);
    let (started, seen) = app.client.ask(&text).await;
    assert_eq!(seen.text(), "That was long.");
    assert!(app.client.said(started.chat).await[0].1 == text);
    assert!(app.upstream.requests(1).await[0].messages()[0].1 == text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_are_none() {
    let app = TestApp::start().await;
    let good = MessageId::new().to_string();
    for bad in ["", "1", "nonsense", "../../etc/passwd", "00000000-0000-0000-0000-00000000000g", "' OR 1=1 --", "\u{0}"]
    {
        refused(app.client.post("start_chat", &[("chat", bad), ("message", &good), ("text", "Hello")])).await;
        refused(app.client.post("start_chat", &[("chat", &good), ("message", bad), ("text", "Hello")])).await;
        for function in ["load_chat", "delete_chat", "restore_chat"] {
            refused(app.client.post(function, &[("chat", bad)])).await;
        }
        refused(app.client.post("stop_reply", &[("reply", bad)])).await;
        refused(app.client.post("follow_reply", &[("message", bad), ("cursor", "0")])).await;
    }
    for cursor in ["", "-1", "one", "1.5", "99999999999999999999999999"] {
        refused(app.client.post("follow_reply", &[("message", &good), ("cursor", cursor)])).await;
    }
    is_untouched(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_that_are_missing() {
    let app = TestApp::start().await;
    let id = MessageId::new().to_string();
    let attempts: [(&str, &[(&str, &str)]); 9] = [
        ("start_chat", &[]),
        ("start_chat", &[("chat", &id), ("message", &id)]),
        ("start_chat", &[("chat", &id), ("text", "Hello")]),
        ("send_message", &[("message", &id), ("text", "Hello")]),
        ("load_chat", &[]),
        ("list_chats", &[]),
        ("rename_chat", &[("title", "Hello")]),
        ("follow_reply", &[("cursor", "0")]),
        ("edit_message", &[("message", &id), ("text", "Hello")]),
    ];
    for (function, fields) in attempts {
        let refusal = refused(app.client.post(function, fields)).await;
        assert!(matches!(refusal.error, Some(AppError::Invalid { .. })), "{function}: {refusal:?}");
    }
    is_untouched(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_are_no_form() {
    let app = TestApp::start().await;
    let (chat, message) = (ChatId::new(), MessageId::new());
    let bodies: [&[u8]; 5] =
        [b"", b"\xff\xfe\x00\x01", b"{\"chat\": 1}", b"%%%&&&===", b"chat=%FF%FE&message=%C0%80&text=%FF"];
    for body in bodies {
        refused(app.client.post("start_chat", &[]).body(body.to_vec())).await;
    }
    let broken_text = format!("chat={chat}&message={message}&text=%FF%FE%80");
    let answer = app.client.post("start_chat", &[]).body(broken_text).send().await.unwrap();
    assert!(answer.status().is_client_error(), "text that is no text was accepted: {answer:?}");
    is_untouched(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_request() {
    let app = TestApp::start().await;
    let garbage: [&[u8]; 4] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: nonsense\r\n\r\n",
        b"POST /api/start_chat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\r\n\r\n\r\nNONSENSE\r\n\r\n",
    ];
    for bytes in garbage {
        let address = app.address;
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(bytes).unwrap();
            // A reset is an answer, too, and may have come already.
            stream.shutdown(std::net::Shutdown::Write).ok();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).ok();
            String::from_utf8_lossy(&answer).into_owned()
        });
        let answer = crate::support::wait::soon("an end of the connection", answer).await.unwrap();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    is_untouched(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_character_that_no_database_keeps_is_replaced() {
    let app = TestApp::start().await;
    app.upstream.answer(Script::stream().role().reasoning("Hm\0m").text("To\0you").finish("stop").done());
    let (started, seen) = app.client.ask("From\0me").await;
    assert_eq!((seen.reasoning().as_str(), seen.text().as_str()), ("Hm\u{fffd}m", "To\u{fffd}you"));
    let said: Vec<String> = app.client.said(started.chat).await.into_iter().map(|(_, text)| text).collect();
    assert_eq!(said, ["From\u{fffd}me", "To\u{fffd}you"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_without_end() {
    let app = TestApp::start().await;
    let request = app.client.post("list_chats", &[("archived", "false")]).header("x-long", "x".repeat(1 << 20));
    // Refused with an answer, or hung up on.
    if let Ok(answer) = request.send().await {
        assert!(answer.status().is_client_error(), "{answer:?}");
    }
    is_untouched(&app).await;
}
