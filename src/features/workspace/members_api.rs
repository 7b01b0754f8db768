//! The server functions of the people of a workspace.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    error::AppError,
    form::Form,
    id::{UserId, WorkspaceId},
    member::{MemberList, MemberRole},
};
#[cfg(feature = "ssr")]
use crate::{
    domain::{actor::Actor, member::Member},
    features::{edge, entry::begin},
    server::{
        access::{
            self,
            policy::{self, InWorkspace, OnAccount, OnMember},
        },
        config::Auth,
        state::AppState,
        store::members::MemberChange,
    },
};

/// The people of a workspace: the one that is named, or the one that one has before oneself. Admins see addresses, and who
/// is suspended.
///
/// # Errors
/// `NotFound` if one is not in it.
#[server(endpoint = "list_members", input = Form)]
pub async fn list_members(workspace: Option<WorkspaceId>) -> Result<MemberList, AppError> {
    edge::in_workspace(workspace, InWorkspace::Look, async |server, actor| {
        let name = server.store.workspace_name(&actor).await?;
        let members = seen_by(&actor, server.store.members(&actor).await?);
        let invites = server.access.settings().auth == Auth::On;
        Ok(MemberList { workspace: actor.workspace, name, you: actor.user, role: actor.role, invites, members })
    })
    .await
}

/// Gives a member another role, at most one's own.
///
/// # Errors
/// `NotFound`; `Forbidden` for whoever is no admin, and for admins if it is about an owner; `Invalid` if no owner would be
/// left.
#[server(endpoint = "set_role", input = Form)]
pub async fn set_role(workspace: Option<WorkspaceId>, member: UserId, role: MemberRole) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Administer, async |server, actor| {
        change(server, &actor, member, OnMember::SetRole(role), MemberChange::Role(role)).await
    })
    .await
}

/// Keeps a member out for now: they are signed out everywhere, and what they read ends within five seconds.
///
/// # Errors
/// As [`set_role`]; also `Forbidden` for oneself.
#[server(endpoint = "suspend_member", input = Form)]
pub async fn suspend_member(workspace: Option<WorkspaceId>, member: UserId) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Administer, async |server, actor| {
        change(server, &actor, member, OnMember::Suspend, MemberChange::Suspend).await
    })
    .await
}

/// Lets a suspended member in again, as what they were.
///
/// # Errors
/// `NotFound`, or `Forbidden` as for [`suspend_member`].
#[server(endpoint = "reinstate_member", input = Form)]
pub async fn reinstate_member(workspace: Option<WorkspaceId>, member: UserId) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Administer, async |server, actor| {
        change(server, &actor, member, OnMember::Suspend, MemberChange::Reinstate).await
    })
    .await
}

/// Removes a member: they are signed out everywhere, and their tokens for the workspace end. Their chats stay, and are theirs
/// again if they come back.
///
/// # Errors
/// As [`suspend_member`].
#[server(endpoint = "remove_member", input = Form)]
pub async fn remove_member(workspace: Option<WorkspaceId>, member: UserId) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Administer, async |server, actor| {
        change(server, &actor, member, OnMember::Remove, MemberChange::Remove).await
    })
    .await
}

/// Leaves a workspace. Whoever is in no other one is signed out.
///
/// # Errors
/// `NotFound` if one is not in it, `Invalid` if no owner would be left.
#[server(endpoint = "leave_workspace", input = Form)]
pub async fn leave_workspace(workspace: Option<WorkspaceId>) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Leave, async |server, actor| {
        let member = server.store.member(&actor, actor.user).await?;
        server.store.change_member(&actor, &member, MemberChange::Leave).await?;
        if server.store.memberships(actor.user).await?.is_empty() {
            return begin::sign_out(server, access::person(OnAccount::Change)?).await;
        }
        leptos_axum::redirect("/");
        Ok(())
    })
    .await
}

/// Does something to a member, if the policy allows it.
#[cfg(feature = "ssr")]
async fn change(
    server: &AppState,
    actor: &Actor,
    user: UserId,
    action: OnMember,
    change: MemberChange,
) -> Result<(), AppError> {
    let member = server.store.member(actor, user).await?;
    policy::on_member(actor.role, member.role, user == actor.user, action)?;
    Ok(server.store.change_member(actor, &member, change).await?)
}

/// What an actor sees of the people.
#[cfg(feature = "ssr")]
fn seen_by(actor: &Actor, mut members: Vec<Member>) -> Vec<Member> {
    if actor.role < MemberRole::Admin {
        members.retain(|member| !member.suspended);
        members.iter_mut().for_each(|member| member.email = None);
    }
    members
}
