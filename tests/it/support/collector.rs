//! A collector of traces, as OpenTelemetry's: it takes spans over HTTP and keeps them.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value};
use prost::Message;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::{process::Launch, wait::until};

/// A span as it came.
#[derive(Clone, Debug)]
pub struct Span {
    /// What it is of.
    pub name: String,
    /// The trace that it belongs to, in hexadecimal.
    pub trace: String,
    /// Its id.
    pub id: Vec<u8>,
    /// The id of the span around it; empty for a trace's first.
    pub parent: Vec<u8>,
    /// When it began and ended, in nanoseconds since 1970 UTC.
    pub time: (u64, u64),
    /// What is said of who sent it: `service.name` and the like.
    pub sender: HashMap<String, String>,
}

type Spans = Arc<watch::Sender<Vec<Span>>>;

/// The collector. It ends when it is dropped.
pub struct Collector {
    address: SocketAddr,
    spans: Spans,
    listening: JoinHandle<()>,
}

impl Collector {
    /// Starts one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port to listen on");
        let address = listener.local_addr().expect("an address");
        let spans = Spans::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&spans));
        let listening = tokio::spawn(async move { axum::serve(listener, router).await.expect("it listens") });
        Self { address, spans, listening }
    }

    /// A node that sends its traces here, a few times a second.
    pub fn taking(&self, node: Launch) -> Launch {
        let endpoint = format!("http://{}", self.address);
        node.variable("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint).variable("OTEL_BSP_SCHEDULE_DELAY", "100")
    }

    /// The spans of a trace, as soon as there is one of each of these names among them.
    pub async fn trace(&self, trace: &str, names: &[&str]) -> Vec<Span> {
        let of_trace = |spans: &[Span]| spans.iter().filter(|span| span.trace == trace).cloned().collect::<Vec<_>>();
        let spans = until(format!("{names:?} of {trace}"), &self.spans, |spans| {
            let spans = of_trace(spans);
            names.iter().all(|name| spans.iter().any(|span| span.name == *name))
        });
        of_trace(&spans.await)
    }

    /// All that has come.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.borrow().clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn take(State(spans): State<Spans>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).expect("what the protocol says");
    spans.send_modify(|spans| spans.extend(spans_of(request)));
}

fn spans_of(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for sender in request.resource_spans {
        let attributes = sender.resource.unwrap_or_default().attributes.into_iter();
        let said: HashMap<String, String> = attributes
            .filter_map(|attribute| match attribute.value?.value? {
                Value::StringValue(value) => Some((attribute.key, value)),
                _ => None,
            })
            .collect();
        for span in sender.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(Span {
                name: span.name,
                trace: span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect(),
                id: span.span_id,
                parent: span.parent_span_id,
                time: (span.start_time_unix_nano, span.end_time_unix_nano),
                sender: said.clone(),
            });
        }
    }
    spans
}

/// The span of this name.
///
/// # Panics
/// If there is not exactly one.
pub fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name} among {spans:#?}");
    found[0]
}
