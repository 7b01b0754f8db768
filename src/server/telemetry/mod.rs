//! The log, and what becomes traces of it.

mod escape;
mod panics;
#[cfg(test)]
mod tests;

use std::io::{IsTerminal, stderr};

use anyhow::Context;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use self::escape::{Fields, JsonLines};
use super::{config::LogFormat, traces};

/// Modules that speak of other people's mistakes as if they were errors of ours: what a provider sends is
/// reported by the model client in its own words, and what an MCP server sends on the page of its admins.
const QUIET: &str = "async_openai=off,rmcp=off,leptos=warn,hyper=warn,sqlx=warn,server_fn=warn";

/// Starts the log on standard error, and the traces if they are wanted.
pub(super) fn start(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}"))
        .with_context(|| format!("PARLANCE_LOG is not a filter: {filter:?} (try info, or parlance=debug)"))?;
    let lines = lines(format, stderr().is_terminal(), stderr);
    // For all layers at once: sqlx asks whether a line would be logged and then logs none, after which a filter of one
    // layer alone drops the next line of anybody's.
    tracing_subscriber::registry().with(filter).with(lines).with(traces::layer()?).init();
    panics::log();
    Ok(())
}

/// What writes the lines. Nothing that is logged can break out of its own.
fn lines<S, W>(format: LogFormat, colours: bool, to: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(to).with_ansi(colours).with_target(false);
    match format {
        LogFormat::Pretty => layer.compact().fmt_fields(Fields).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).map_event_format(JsonLines).boxed(),
    }
}
