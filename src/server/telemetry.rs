//! The log.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::config::LogFormat;

/// Modules that speak of other people's mistakes as if they were errors of ours: what a provider sends is
/// reported by the model client in its own words.
const QUIET: &str = "async_openai=off,leptos=warn,hyper=warn,sqlx=warn,server_fn=warn";

/// Starts the log on standard error.
pub(super) fn start(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}"))
        .with_context(|| format!("PARLANCE_LOG is not a filter: {filter:?} (try info, or parlance=debug)"))?;
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).with_target(false);
    let layer = match format {
        LogFormat::Pretty => layer.compact().boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).init();
    Ok(())
}
