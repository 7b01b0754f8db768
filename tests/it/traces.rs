//! A collector sees a reply from the click to the first word, if one is named, and a server that has none does without.

use std::time::Duration;

use tokio::net::TcpListener;

use crate::support::{
    client::{Client, Started},
    collector::{Collector, named},
    process::Launch,
    script::Script,
    upstream::Upstream,
    wait::soon,
};

/// What is seen of a reply.
pub const STEPS: [&str; 6] = [
    "POST /api/start_chat",
    "reply",
    "wait for a worker",
    "read the conversation",
    "ask the model",
    "wait for the first word",
];

/// Begins a chat; also says the request's id.
pub async fn start(client: &Client, text: &str) -> (Started, String) {
    let (chat, message) = (parlance::domain::id::ChatId::new(), parlance::domain::id::MessageId::new());
    let fields = [("chat", chat.to_string()), ("message", message.to_string()), ("text", text.to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = client.execute(client.post("start_chat", &fields).build().unwrap()).await;
    let request = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let made: crate::support::client::Made = answer.json().await.unwrap();
    (Started { chat, message, reply: made.reply }, request)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_and_its_reply_are_one_trace_that_has_the_id_of_the_request() {
    let (upstream, collector) = (Upstream::start().await, Collector::start().await);
    let server = collector.taking(Launch::new(&upstream)).start().await;
    upstream.answer(Script::stream().role().pause(Duration::from_millis(100)).text("Hello.").finish("stop").done());
    let (started, request) = start(&server.client, "Hello").await;
    server.client.follow_to_end(started.reply, 0).await;
    let spans = collector.trace(&request, &STEPS).await;
    let [asked, reply, queue, reading, asking, word] = STEPS.map(|name| named(&spans, name));
    assert!(asked.parent.is_empty(), "it is the beginning");
    assert_eq!(reply.parent, asked.id);
    assert!([queue, reading, asking].into_iter().all(|step| step.parent == reply.id), "{spans:#?}");
    assert_eq!(word.parent, asking.id);
    let took = Duration::from_nanos(word.time.1 - word.time.0);
    assert!(took >= Duration::from_millis(80) && took < Duration::from_secs(10), "{took:?}");
    assert!(asking.time.0 <= word.time.0 && word.time.1 <= asking.time.1);
    assert_eq!(reply.sender["service.name"], "parlance");
    assert_eq!(reply.sender["service.version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_of_the_clients_own_is_not_taken() {
    let (upstream, collector) = (Upstream::start().await, Collector::start().await);
    let server = collector.taking(Launch::new(&upstream)).start().await;
    let foreign = "0af7651916cd43dd8448eb211c80319c";
    let request = server.client.request(reqwest::Method::GET, "/healthz");
    let request = request.header("traceparent", format!("00-{foreign}-b7ad6b7169203331-01")).build().unwrap();
    let answer = server.client.execute(request).await;
    let own = answer.headers()["x-request-id"].to_str().unwrap();
    collector.trace(own, &["GET /healthz"]).await;
    assert!(collector.spans().iter().all(|span| span.trace != foreign));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_sent_yet_is_sent_before_the_server_goes() {
    let (upstream, collector) = (Upstream::start().await, Collector::start().await);
    let node = collector.taking(Launch::new(&upstream)).variable("OTEL_BSP_SCHEDULE_DELAY", "600000");
    let server = node.variable("OTEL_SERVICE_NAME", "chat-of-the-team").start().await;
    upstream.answer(Script::reply("Hello."));
    let (started, request) = start(&server.client, "Hello").await;
    server.client.follow_to_end(started.reply, 0).await;
    assert!(collector.spans().is_empty());
    let (took, status) = server.terminate().await;
    assert!(status.success() && took < Duration::from_secs(2), "{status}, after {took:?}");
    let spans = collector.trace(&request, &STEPS).await;
    assert_eq!(named(&spans, "reply").sender["service.name"], "chat-of-the-team");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_does_not_answer_holds_nothing_up() {
    let upstream = Upstream::start().await;
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let node = Launch::new(&upstream).variable("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
    let server = node.variable("OTEL_BSP_SCHEDULE_DELAY", "100").start().await;
    upstream.answer(Script::reply("Hello."));
    let (_, seen) = server.client.ask("Hello").await;
    assert_eq!(seen.text(), "Hello.");
    let _kept_waiting = soon("the node to deliver", silent.accept()).await;
    let (took, status) = server.terminate().await;
    assert!(status.success() && took < Duration::from_secs(2), "{status}, after {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_cannot_work_stop_the_start() {
    let upstream = Upstream::start().await;
    let node = || Launch::new(&upstream).variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
    let (status, said) = node().variable("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").fails().await;
    assert!(!status.success() && said.contains("OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf"), "{said}");
    let (status, said) = node().variable("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense").fails().await;
    assert!(!status.success() && said.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_not_there_is_one_line_in_the_log() {
    let upstream = Upstream::start().await;
    let node = Launch::new(&upstream).variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9/v1/traces");
    let server = node.variable("OTEL_BSP_SCHEDULE_DELAY", "50").start().await;
    for _ in 0..4 {
        server.client.page("/").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.logs("the collector does not take the traces").await;
    assert_eq!(server.log().matches("the collector does not take the traces").count(), 1, "{}", server.log());
}
