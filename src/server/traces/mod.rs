//! Traces: the spans of a request and of the reply that comes of it, from the click to the first word, sent to a collector
//! by OTLP if `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` names one. Otherwise none of this runs.
//!
//! A request and its reply are one trace, whichever nodes they are on: the trace's id is the id of the request, which the
//! job of the reply keeps, and the id of the request's span follows from it ([`ids`]). Every request is sampled, since the
//! node that writes a reply must decide as the one did that was asked; fewer are kept by the collector.

mod ids;
mod sender;

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use opentelemetry::{
    Context, Key, KeyValue,
    trace::{Span as _, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, registry::LookupSpan};
use uuid::Uuid;

use self::{ids::Ids, sender::Sender};

const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"];
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

static TRACES: OnceLock<Traces> = OnceLock::new();

#[derive(Debug)]
struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// What turns the spans of the log into those of traces, if somebody wants them. To be called once, inside of the runtime
/// that is to send them.
///
/// # Errors
/// If the collector's address or another of OpenTelemetry's settings makes no sense.
pub(super) fn layer<S>() -> anyhow::Result<Option<impl Layer<S>>>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if !ENDPOINTS.into_iter().any(|name| setting(name).is_some()) {
        return Ok(None);
    }
    for name in PROTOCOLS {
        if setting(name).is_some_and(|protocol| protocol != "http/protobuf") {
            anyhow::bail!("{name} must be http/protobuf, which collectors take at port 4318");
        }
    }
    let provider = provider().context("the OTEL_EXPORTER_OTLP_… settings cannot be used")?;
    let tracer = provider.tracer("parlance");
    let traces = TRACES.get_or_init(|| Traces { provider, tracer });
    let layer = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer.clone())
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false);
    Ok(Some(layer))
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn provider() -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder().with_http().with_http_client(Sender::new()?).build()?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::AlwaysOn)
        .with_id_generator(Ids::default())
        .with_resource(resource())
        .build())
}

/// Who sends: `parlance`, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say otherwise.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let named = Resource::builder().with_attribute(version.clone()).build();
    let name = named.get(&Key::from_static_str("service.name")).unwrap_or_else(|| "unknown_service".into());
    if name.as_str().starts_with("unknown_service") {
        return Resource::builder().with_attribute(version).with_service_name("parlance").build();
    }
    named
}

/// Sends what has not been sent yet, and gives up after a while: a collector must not keep the server from going.
pub(super) async fn stop(patience: Duration) {
    let Some(traces) = TRACES.get() else { return };
    let stopped = tokio::task::spawn_blocking(move || traces.provider.shutdown_with_timeout(patience)).await;
    if !matches!(stopped, Ok(Ok(()))) {
        tracing::warn!("the last traces could not be sent in time");
    }
}

/// Begins the trace of a request, with its id. What a client says about a trace of its own (`traceparent`) is not taken:
/// clients are not trusted, and could put their requests into the traces of others.
pub(super) fn begin(span: &Span, request: Uuid, name: impl FnOnce() -> String) {
    if TRACES.get().is_some() {
        // The span gets its ids here and now.
        let context = ids::giving(request, || span.context());
        context.span().update_name(name());
    }
}

/// Notes how a request was answered.
pub(super) fn answered(span: &Span, status: u16) {
    if TRACES.get().is_some() {
        span.set_attribute("http.response.status_code", i64::from(status));
    }
}

/// Makes a span a part of the trace of the request that asked for it, by the request's id as the job has it. `waited` ago
/// it was asked for.
pub(super) fn go_on(span: &Span, request: &str, waited: Duration) {
    let Some(traces) = TRACES.get().filter(|_| !span.is_disabled()) else { return };
    if let Some(asked) = Uuid::try_parse(request).ok().and_then(ids::span_of) {
        // It fails if the span is filtered away or has begun, and is then the beginning of another trace.
        let _ = span.set_parent(Context::new().with_remote_span_context(asked));
    }
    let (tracer, now) = (&traces.tracer, SystemTime::now());
    let began = now.checked_sub(waited).unwrap_or(now);
    let waiting = tracer.span_builder("wait for a worker").with_start_time(began);
    waiting.start_with_context(tracer, &span.context()).end_with_timestamp(now);
}
