//! What nobody is to read is in no line of the log.

use std::sync::Arc;

use reqwest::Method;

use crate::support::{
    database::TestDatabase,
    people::{OWNER, PASSWORD},
    process::Launch,
    script::Script,
    upstream::{KEY, Upstream},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_in_no_line_of_a_log_that_says_everything() {
    let upstream = Upstream::start().await;
    let database = Arc::new(TestDatabase::postgres());
    let with_password = database.url().replacen('@', ":hunter2-secret@", 1);
    assert!(with_password.contains("hunter2-secret"));
    // Also what is quiet unless somebody insists.
    let all = "trace,async_openai=trace,hyper=trace,leptos=trace,server_fn=trace,sqlx=trace";
    let launch = Launch::new(&upstream).on(&database).variable("DATABASE_URL", &with_password);
    let server = launch.variable("PARLANCE_AUTH", "on").variable("PARLANCE_LOG", all).start().await;
    let owner = server.client.set_up().await;
    let wrong = server.client.sign_in(OWNER, "a wrong password-secret").await.unwrap_err();
    assert_eq!(wrong.status.as_u16(), 401);
    let (_, session) = owner.cookie().and_then(|pair| pair.split_once('=')).expect("a session");
    upstream.answer(Script::reply("Hello."));
    upstream.answer(Script::error(401, &format!("Incorrect API key provided: {KEY}")));
    for _ in 0..2 {
        let (chat, message) = (uuid::Uuid::now_v7().to_string(), uuid::Uuid::now_v7().to_string());
        let request = owner.post("start_chat", &[("chat", &chat), ("message", &message), ("text", "Hello")]);
        let request = request.header("cookie", "other=cookie-secret");
        assert_eq!(server.client.execute(request.build().unwrap()).await.status().as_u16(), 200);
        server.logs("the reply ended").await;
    }
    upstream.requests(2).await;
    // Whatever becomes of it.
    let request = server.client.request(Method::GET, "/").header("authorization", "Bearer token-secret");
    server.client.execute(request.build().unwrap()).await;
    server.terminate().await;
    let log = server.log();
    assert!(log.contains(" TRACE ") && log.lines().count() > 20, "{log}");
    for secret in [KEY, PASSWORD, session, "hunter2-secret", "password-secret", "cookie-secret", "token-secret"] {
        assert_eq!(log.lines().find(|line| line.contains(secret)), None);
        assert!(!server.said().contains(secret));
    }
}
