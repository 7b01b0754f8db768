//! Makes an invitation, and hands its link over.

use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::{ResponseOptions, redirect};

use crate::{
    domain::{
        actor::Actor,
        error::AppError,
        invitation::{FreshInvitation, INVITATION_PREFIX, InvitationState, JOIN_PAGE},
        member::MemberRole,
        person::clean_email,
    },
    features::entry::begin::needs_sign_in,
    server::{
        access::{
            policy,
            secret::{Secret, SecretHash},
            session::Transport,
        },
        state::AppState,
        store::invitations::NewInvitation,
    },
    texts::entry::NO_EMAIL,
};

/// For whom `email` says; empty for anybody who has the link.
pub(super) async fn make(
    server: &AppState,
    actor: &Actor,
    role: MemberRole,
    email: &str,
) -> Result<FreshInvitation, AppError> {
    needs_sign_in(server)?;
    policy::give_role(actor.role, role)?;
    let email = match email.trim() {
        "" => None,
        text => Some(clean_email(text).ok_or_else(|| AppError::invalid(NO_EMAIL))?),
    };
    let secret = Secret::new(INVITATION_PREFIX)?;
    let hash = secret.hash();
    let new = NewInvitation { secret_hash: hash.as_str(), role, email: email.as_deref() };
    let expires_at = server.store.invite(actor, new).await?;
    if let Some(request) = use_context::<Parts>() {
        set_cookie(transport(&request).show_once(secret.expose()));
    }
    redirect("/workspace/members");
    Ok(fresh(server, secret.expose(), expires_at))
}

pub(super) async fn shown_once(server: &AppState) -> Result<Option<FreshInvitation>, AppError> {
    let Some(request) = use_context::<Parts>() else { return Ok(None) };
    let transport = transport(&request);
    // What else may be on its way in that cookie is somebody else's to show.
    let secret = transport.shown_once(&request.headers).filter(|secret| secret.starts_with(INVITATION_PREFIX));
    let Some(secret) = secret else { return Ok(None) };
    set_cookie(transport.shown());
    let found = server.store.invitation(SecretHash::of(secret).as_str()).await?;
    let open = found.filter(|invitation| invitation.state == InvitationState::Open);
    Ok(open.map(|invitation| fresh(server, secret, invitation.expires_at)))
}

fn fresh(server: &AppState, secret: &str, expires_at: i64) -> FreshInvitation {
    FreshInvitation { path: format!("{JOIN_PAGE}{secret}"), server: server.access.settings().url.clone(), expires_at }
}

fn set_cookie(cookie: Option<header::HeaderValue>) {
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

fn transport(request: &Parts) -> Transport {
    request.extensions.get::<Transport>().copied().unwrap_or(Transport::Secure)
}
