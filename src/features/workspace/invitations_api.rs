//! The server functions of invitations. Some answer whoever asks, and so count how often.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    error::AppError,
    form::Form,
    id::{InvitationId, WorkspaceId},
    invitation::{FreshInvitation, Invitation, PendingInvitation},
    member::MemberRole,
};
#[cfg(feature = "ssr")]
use crate::{
    features::{edge, entry::joining},
    server::access::policy::{InWorkspace, OnAccount},
};

/// The open invitations to a workspace: the one that is named, or the one that one has before oneself.
///
/// # Errors
/// `NotFound` if one is not in it, `Forbidden` for whoever is no admin.
#[server(endpoint = "list_invitations", input = Form)]
pub async fn list_invitations(workspace: Option<WorkspaceId>) -> Result<Vec<PendingInvitation>, AppError> {
    edge::in_workspace(workspace, InWorkspace::LookAfter, async |server, actor| {
        Ok(server.store.invitations(&actor).await?)
    })
    .await
}

/// Invites somebody, to be at most what one is oneself. The link is in the answer, and shown once on the page to which a form
/// is sent on. `email` is a note; nothing is sent.
///
/// # Errors
/// `Forbidden` for whoever is no admin, for admins who invite an owner, and on a server without sign-in; `Invalid` if the
/// address is none, or too many invitations are open.
#[server(endpoint = "invite", input = Form)]
pub async fn invite(
    workspace: Option<WorkspaceId>,
    role: MemberRole,
    email: Option<String>,
) -> Result<FreshInvitation, AppError> {
    edge::in_workspace(workspace, InWorkspace::Administer, async |server, actor| {
        super::invitations_fresh::make(server, &actor, role, email.as_deref().unwrap_or_default()).await
    })
    .await
}

/// The invitation that this browser has just made, once; then its link is gone.
///
/// # Errors
/// `Forbidden` with a token.
#[server(name = LoadFreshInvitation, endpoint = "fresh_invitation", input = Form)]
pub async fn fresh_invitation() -> Result<Option<FreshInvitation>, AppError> {
    edge::personally(OnAccount::Change, async |server, _| super::invitations_fresh::shown_once(server).await).await
}

/// Takes an invitation back. Twice is as good as once.
///
/// # Errors
/// `NotFound`; `Forbidden` for whoever is no admin; `Invalid` if somebody came in by it.
#[server(endpoint = "revoke_invitation", input = Form)]
pub async fn revoke_invitation(workspace: Option<WorkspaceId>, invitation: InvitationId) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Administer, async |server, actor| {
        Ok(server.store.revoke_invitation(&actor, invitation).await?)
    })
    .await
}

/// What the invitation with this secret is, while it is open.
///
/// # Errors
/// `NotFound` if there is none; `Invalid` if it is over, was used or was taken back, which the sentence says; `TooMany`.
#[server(name = LookAtInvitation, endpoint = "invitation", input = Form)]
pub async fn invitation(secret: String) -> Result<Invitation, AppError> {
    edge::openly(async |server| joining::look(server, &secret).await).await
}

/// Makes an account by an invitation, and signs its person in.
///
/// # Errors
/// As [`invitation`]; also `Invalid` if a field does not make sense or the address is somebody's already.
#[server(endpoint = "join", input = Form)]
pub async fn join(secret: String, name: String, email: String, password: String) -> Result<(), AppError> {
    edge::openly(async |server| joining::join(server, &secret, &name, &email, password).await).await
}

/// Comes into one more workspace by an invitation, and shows it on this device.
///
/// # Errors
/// As [`invitation`]; also `SignedOut`, and `Invalid` if one is in the workspace already.
#[server(endpoint = "accept_invitation", input = Form)]
pub async fn accept_invitation(secret: String) -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| joining::accept(server, &person, &secret).await).await
}

/// Makes an account and a workspace of its own, on a server that is open to all, and signs its person in.
///
/// # Errors
/// `Forbidden` if one has to be invited; `Invalid` if a field does not make sense or the address is somebody's already;
/// `TooMany`.
#[server(endpoint = "sign_up", input = Form)]
pub async fn sign_up(name: String, email: String, password: String, workspace: String) -> Result<(), AppError> {
    edge::openly(async |server| joining::sign_up(server, &name, &email, password, &workspace).await).await
}
