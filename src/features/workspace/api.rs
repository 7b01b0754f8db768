//! The server functions of workspaces as a whole.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{error::AppError, form::Form, id::WorkspaceId, workspace::WorkspaceOverview};
#[cfg(feature = "ssr")]
use crate::{
    domain::{id::SessionId, local_path::local_path, member::MemberRole},
    features::{edge, entry::begin::checked_name},
    server::access::{
        self, Person, origin,
        policy::{self, InWorkspace, OnAccount},
    },
    texts,
};

/// Shows another workspace on this device, and goes on at `next`, a path of this server, or at the start. A tab that shows
/// another one stays with it.
///
/// # Errors
/// `NotFound` if one is not in it, `Forbidden` on a server without sign-in or with a token.
#[server(endpoint = "switch_workspace", input = Form)]
pub async fn switch_workspace(workspace: WorkspaceId, next: Option<String>) -> Result<(), AppError> {
    edge::in_workspace(Some(workspace), InWorkspace::Look, async |server, actor| {
        let session = session_of(&access::person(OnAccount::Change)?)?;
        server.store.show_workspace(session, actor.workspace).await?;
        leptos_axum::redirect(next.as_deref().and_then(local_path).unwrap_or("/"));
        Ok(())
    })
    .await
}

/// Makes a workspace that one owns, and shows it on this device. Made twice, there are two of the same name.
///
/// # Errors
/// `Forbidden` if one owns none yet, on a server without sign-in or with a token; `Invalid` if the name does not make sense.
#[server(endpoint = "create_workspace", input = Form)]
pub async fn create_workspace(name: String) -> Result<WorkspaceId, AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        let session = session_of(&person)?;
        let name = checked_name(&name)?;
        let memberships = server.store.memberships(person.id).await?;
        let roles: Vec<MemberRole> = memberships.iter().map(|membership| membership.role).collect();
        policy::make_workspace(&roles)?;
        let workspace = server.store.create_workspace(person.id, session, &name, origin()).await?;
        leptos_axum::redirect("/workspace");
        Ok(workspace)
    })
    .await
}

/// Gives a workspace another name: the one that is named, or the one that one has before oneself.
///
/// # Errors
/// `NotFound`, `Forbidden`, or `Invalid` if the name does not make sense.
#[server(endpoint = "rename_workspace", input = Form)]
pub async fn rename_workspace(workspace: Option<WorkspaceId>, name: String) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Administer, async |server, actor| {
        let name = checked_name(&name)?;
        Ok(server.store.rename_workspace(&actor, &name).await?)
    })
    .await
}

/// What there is to know of a workspace at a glance.
///
/// # Errors
/// `NotFound` if one is not in it.
#[server(name = LookAtWorkspace, endpoint = "workspace_overview", input = Form)]
pub async fn workspace_overview(workspace: Option<WorkspaceId>) -> Result<WorkspaceOverview, AppError> {
    edge::in_workspace(workspace, InWorkspace::Look, async |server, actor| {
        Ok(server.store.workspace_overview(&actor).await?)
    })
    .await
}

#[cfg(feature = "ssr")]
fn session_of(person: &Person) -> Result<SessionId, AppError> {
    person.session().ok_or_else(|| AppError::forbidden(texts::workspace::NO_SIGN_IN))
}
