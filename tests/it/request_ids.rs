//! Every answer names its request, an error above all: it is what a person can tell whoever runs the server.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::support::{
    app::TestApp, database::change, process::Launch, script::Script, upstream::Upstream, wait::eventually,
};

/// The status, the id, and the body.
async fn answered(app: &TestApp, request: RequestBuilder) -> (u16, String, String) {
    let answer = app.client.execute(request.build().unwrap()).await;
    let status = answer.status().as_u16();
    let id = answer.headers().get("x-request-id").map(|id| id.to_str().unwrap().to_owned());
    let id = id.unwrap_or_else(|| panic!("an answer {status} without an id"));
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    (status, id, answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_has_the_id_of_its_request_and_nothing_internal() {
    let app = TestApp::start().await;
    let get = |path: &str| app.client.request(Method::GET, path);
    let long = "x".repeat(100 * 1024);
    let requests = [
        (200, get("/")),
        (404, get("/nowhere")),
        (404, get("/chats/nonsense")),
        (404, get("/pkg/nowhere.js")),
        (404, get("/api/nowhere")),
        (404, app.client.post("nowhere", &[])),
        (404, app.client.post("load_chat", &[("chat", &uuid::Uuid::now_v7().to_string())])),
        (405, get("/api/start_chat")),
        (413, app.client.post("rename_chat", &[("title", &long)])),
        (422, app.client.post("rename_chat", &[("title", "No chat")])),
        (422, app.client.post("load_chat", &[]).body(b"chat=%FF".to_vec())),
        (421, get("/").header("host", "evil.example")),
        (403, app.client.post("list_chats", &[("archived", "false")]).header("origin", "https://evil.example")),
    ];
    let mut ids = BTreeSet::new();
    for (expected, request) in requests {
        let request = request.header("x-request-id", "made-up-by-the-client");
        let (status, id, body) = answered(&app, request).await;
        assert_eq!(status, expected, "{body}");
        for inside in ["panicked", "src/", "sqlx", "SELECT", "deserialize", "server_fn", "RUST_BACKTRACE"] {
            assert!(status == 200 || !body.contains(inside), "{body}");
        }
        assert!(ids.insert(id), "an id was given twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_does_not_exist_is_missed_in_words_for_programs() {
    let app = TestApp::start().await;
    for request in [app.client.post("nowhere", &[]), app.client.request(Method::GET, "/api/nowhere/at/all")] {
        let (status, _, body) = answered(&app, request).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["code"]), (404, &Value::from("not_found")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_the_server_tells_the_id_under_which_the_log_has_it_and_no_more() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).start().await;
    upstream.answer(Script::reply("Hello."));
    let (started, _) = server.client.ask("Hello").await;
    change(&server.database(), "ALTER TABLE chats RENAME COLUMN title TO other").await;
    let request = server.client.post("rename_chat", &[("chat", &started.chat.to_string()), ("title", "New")]);
    let answer = server.client.execute(request.build().unwrap()).await;
    assert_eq!(answer.status().as_u16(), 500);
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, serde_json::json!({ "code": "internal", "request": id }));
    eventually("a line that says what went wrong", async || {
        server.log().lines().any(|line| line.contains(&id) && line.contains("title"))
    })
    .await;
}
