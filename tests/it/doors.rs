//! Who may come in, how many at a time, and for how long somebody may stand in the door.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use parlance::{domain::id::MessageId, server::config::Proxies};

use crate::support::{app::TestApp, figures::Figures, raw::Raw, script::Script, wait::soon};

const ALIVE: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// What the server promises, and some time for a machine with too much to do.
const HALF_A_MINUTE: std::ops::Range<Duration> = Duration::from_secs(28)..Duration::from_secs(45);

/// A connection that was served and is kept.
async fn served(from: &str, app: &TestApp) -> Raw {
    let mut connection = Raw::connect_from(from.parse::<IpAddr>().unwrap(), app.address).await;
    connection.send(ALIVE).await;
    connection.hears("alive\n").await;
    connection
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_so_many_connections_and_one_more_is_told_so() {
    let app = TestApp::start_with(|config| config.connections_per_address = Some(3)).await;
    let mut kept =
        vec![served("127.0.0.2", &app).await, served("127.0.0.2", &app).await, served("127.0.0.2", &app).await];

    let mut refused = Raw::connect_from("127.0.0.2".parse().unwrap(), app.address).await;
    refused.send(ALIVE).await;
    let (took, heard) = refused.closes(Duration::from_secs(10)).await;
    assert!(heard.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{heard:?} after {took:?}");
    assert!(heard.contains("\r\nretry-after: 5\r\n") && heard.ends_with("try again in a few seconds.\n"), "{heard}");
    // The same for one that says nothing.
    let (_, heard) =
        Raw::connect_from("127.0.0.2".parse().unwrap(), app.address).await.closes(HALF_A_MINUTE.start).await;
    assert!(heard.contains(" 429 "), "{heard}");
    assert_eq!(Figures::of(&app.client).await.value("parlance_connections_refused_total"), 2.0);

    served("127.0.0.3", &app).await;
    // Those that are open stay so, and the place of one that goes is free for the next.
    kept[0].send(ALIVE).await;
    kept.pop();
    soon("the free place to be given away", async {
        loop {
            let mut next = Raw::connect_from("127.0.0.2".parse().unwrap(), app.address).await;
            next.send(ALIVE).await;
            next.hears("\r\n\r\n").await;
            if next.heard().starts_with("HTTP/1.1 200 ") {
                break;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_brings_as_many_connections_as_it_likes() {
    let app = TestApp::start_with(|config| {
        config.connections_per_address = Some(3);
        config.proxies = Proxies::read(["127.0.0.4"]).unwrap();
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(served("127.0.0.4", &app).await);
    }
    assert_eq!(Figures::of(&app.client).await.value("parlance_connections_refused_total"), 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_machine_brings_as_many_as_it_likes_unless_somebody_says_otherwise() {
    let app = TestApp::start().await;
    let mut open = Vec::new();
    for _ in 0..300 {
        open.push(served("127.0.0.5", &app).await);
    }
    assert_eq!(Figures::of(&app.client).await.value("parlance_connections_refused_total"), 0.0);
}

async fn says_nothing(app: &TestApp) -> (Duration, String) {
    Raw::connect(app.address).await.closes(HALF_A_MINUTE.end).await
}

/// Slowloris.
async fn begins_a_request_and_never_comes_to_its_end(app: &TestApp) -> (Duration, String) {
    let mut connection = Raw::connect(app.address).await;
    connection.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await;
    connection.drips(HALF_A_MINUTE.end).await
}

async fn begins_a_second_request_and_never_comes_to_its_end(app: &TestApp) -> (Duration, String) {
    let mut connection = served("127.0.0.1", app).await;
    connection.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await;
    connection.drips(HALF_A_MINUTE.end).await
}

async fn is_answered_and_stays(app: &TestApp) -> (Duration, String) {
    served("127.0.0.1", app).await.closes(HALF_A_MINUTE.end).await
}

async fn sends_a_message_byte_by_byte(app: &TestApp) -> (Duration, String) {
    let mut connection = Raw::connect(app.address).await;
    let head = "POST /api/start_chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n";
    connection.send(head).await;
    connection.drips(HALF_A_MINUTE.end).await
}

/// A reply that is more than all buffers of a connection hold, of which the client's is small.
async fn long_reply(app: &TestApp) -> MessageId {
    app.upstream.answer(Script::reply(&"0123456789abcde\n".repeat(3 << 16)));
    let (started, seen) = app.client.ask("Everything").await;
    assert_eq!(seen.text().len(), 3 << 20);
    started.reply
}

async fn one_viewer(app: &TestApp) {
    Figures::when(&app.client, "a viewer", |figures| figures.value("parlance_viewers") == 1.0).await;
}

/// Asks for a long reply, and reads none of it.
async fn does_not_read(app: &TestApp, reply: MessageId) -> (Duration, String) {
    let connection = Raw::connect(app.address).await;
    let form = format!("message={reply}&cursor=0");
    let head = format!(
        "POST /api/follow_reply HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let began = Instant::now();
    connection.send(head).await;
    one_viewer(app).await;
    while Figures::of(&app.client).await.value("parlance_viewers") != 0.0 {
        assert!(began.elapsed() < HALF_A_MINUTE.end, "a viewer that does not read is still there");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    (began.elapsed(), connection.heard())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_or_silent_is_gone_after_half_a_minute_and_disturbs_nobody() {
    let app = TestApp::start_with(|config| config.model_limits.reply_bytes = 64 << 20).await;
    let long = long_reply(&app).await;
    app.upstream.answer(Script::reply("Hello."));
    let slow = async {
        tokio::join!(
            says_nothing(&app),
            begins_a_request_and_never_comes_to_its_end(&app),
            begins_a_second_request_and_never_comes_to_its_end(&app),
            is_answered_and_stays(&app),
            sends_a_message_byte_by_byte(&app),
            does_not_read(&app, long),
        )
    };
    let asking = async {
        // Once the one that does not read is there, for which this one's viewer would be taken.
        one_viewer(&app).await;
        app.client.ask("Hello").await
    };
    let (gone, (_, seen)) = tokio::join!(slow, asking);
    assert_eq!(seen.text(), "Hello.");
    let (silent, head, second, idle, body, unread) = gone;
    for (took, heard) in [&silent, &head, &second, &idle, &body, &unread] {
        assert!(HALF_A_MINUTE.contains(took), "gone after {took:?}, having heard {heard:?}");
    }
    assert_eq!(silent.1, "");
    assert!(head.1.is_empty() || head.1.starts_with("HTTP/1.1 4"), "{}", head.1);
    assert!(body.1.starts_with("HTTP/1.1 422 ") && body.1.contains("took too long to arrive"), "{}", body.1);
}
