//! Where a request comes from: every line of the log about it says so, and nobody can lie about it who is not trusted.

use serde_json::Value;

use crate::support::{
    process::{Launch, TestProcess},
    script::Script,
    upstream::Upstream,
    wait::eventually,
};

/// The address in the lines about a message that was sent with these headers.
async fn address_of(server: &TestProcess, upstream: &Upstream, headers: &[(&str, &str)]) -> Value {
    upstream.answer(Script::reply("Hello."));
    let (chat, message) = (uuid::Uuid::now_v7().to_string(), uuid::Uuid::now_v7().to_string());
    let mut request = server.client.post("start_chat", &[("chat", &chat), ("message", &message), ("text", "Hello")]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = server.client.execute(request.build().unwrap()).await;
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(answer.status().as_u16(), 200);
    // The reply has lines with this id, too, and may be quicker.
    let about = |log: &str| {
        let line = log.lines().find(|line| line.contains(&id) && line.contains("a reply was asked for"))?;
        serde_json::from_str::<Value>(line).ok()
    };
    eventually("a line about the request", async || about(&server.log()).is_some()).await;
    about(&server.log()).unwrap()["span"]["client"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_proxies_it_is_the_other_end_of_the_connection() {
    let upstream = Upstream::start().await;
    let server = Launch::new(&upstream).variable("PARLANCE_LOG_FORMAT", "json").start().await;
    assert_eq!(address_of(&server, &upstream, &[]).await, "127.0.0.1");
    assert_eq!(address_of(&server, &upstream, &[("x-forwarded-for", "203.0.113.7")]).await, "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_known_says_whom_it_was_asked_by() {
    let upstream = Upstream::start().await;
    let launch = Launch::new(&upstream).variable("PARLANCE_LOG_FORMAT", "json");
    let server = launch.variable("PARLANCE_PROXIES", "127.0.0.1, 10.0.0.0/8").start().await;
    let told = [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("203.0.113.7, nonsense", "127.0.0.1"),
    ];
    for (forwarded, client) in told {
        assert_eq!(address_of(&server, &upstream, &[("x-forwarded-for", forwarded)]).await, client, "{forwarded}");
    }
    assert_eq!(address_of(&server, &upstream, &[]).await, "127.0.0.1");
}
