//! The server function of the audit log.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    audit::{AuditAction, AuditPage},
    error::AppError,
    form::Form,
    id::{AuditId, UserId, WorkspaceId},
};
#[cfg(feature = "ssr")]
use crate::{
    domain::{audit::AuditFilter, day::Day},
    features::edge,
    server::access::policy::InWorkspace,
    texts,
};

/// A page of the audit log of a workspace, newest first: what was done in it, and what its people did to their accounts. Only
/// what one person did, of one kind, from one day to another (`2026-11-21`, by UTC, both included), older than one entry;
/// each can be left out.
///
/// # Errors
/// `NotFound` if one is not in the workspace, or the entry is not there any more; `Forbidden` for everybody but owners;
/// `Invalid` if a day is none.
#[server(name = ReadAuditLog, endpoint = "audit_log", input = Form)]
pub async fn audit_log(
    workspace: Option<WorkspaceId>,
    person: Option<UserId>,
    action: Option<AuditAction>,
    from: Option<String>,
    to: Option<String>,
    before: Option<AuditId>,
) -> Result<AuditPage, AppError> {
    edge::in_workspace(workspace, InWorkspace::Audit, async |server, actor| {
        let filter = AuditFilter { person, action, from: day(from)?, to: day(to)?, before };
        Ok(server.store.audit_log(&actor, &filter).await?)
    })
    .await
}

/// The day that a field names; none if it is empty.
#[cfg(feature = "ssr")]
fn day(text: Option<String>) -> Result<Option<Day>, AppError> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| AppError::invalid(texts::audit::NO_DAY))).transpose()
}
