//! The server function of usage.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    error::AppError,
    form::Form,
    id::WorkspaceId,
    usage::{Measure, UsagePeriod, UsageReport},
};
#[cfg(feature = "ssr")]
use crate::{
    domain::{day::Day, usage::span},
    features::edge,
    server::{access::policy::InWorkspace, charts},
};

/// What was used in a workspace: by everybody for its admins, by oneself for others. In a period that ends today (30 days if
/// none is named), or from one day to another (`2026-11-21`, by UTC, both included), which goes before a period. `measure` is
/// what the charts show.
///
/// # Errors
/// `NotFound` if one is not in the workspace; `Invalid` if a day is none, or the days are too many.
#[server(name = ReadUsage, endpoint = "usage", input = Form)]
pub async fn usage(
    workspace: Option<WorkspaceId>,
    period: Option<UsagePeriod>,
    from: Option<String>,
    to: Option<String>,
    measure: Option<Measure>,
) -> Result<UsageReport, AppError> {
    edge::in_workspace(workspace, InWorkspace::Look, async |server, actor| {
        let (from, to) = span(period, from.as_deref(), to.as_deref(), Day::of(server.store.now()))?;
        let mut report = server.store.usage(&actor, from, to).await?;
        report.charts = charts::draw(&report, measure.unwrap_or(Measure::Cost));
        Ok(report)
    })
    .await
}
