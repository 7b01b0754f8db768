//! Coming in by an invitation, or by open sign-up.

use leptos_axum::redirect;

use super::begin::{begin_session, checked_name, needs_sign_in, new_person};
use crate::{
    domain::{
        error::AppError,
        invitation::{Guest, Invitation, InvitationState},
        person::SignInMethod,
    },
    server::{
        access::{Person, current_person, origin, policy, secret::SecretHash, throttle},
        state::AppState,
        store::invitations::FoundInvitation,
    },
    texts::invitations as texts,
};

pub(in crate::features) async fn look(server: &AppState, secret: &str) -> Result<Invitation, AppError> {
    throttle::join(&server.store, origin().address).await?;
    let found = open(server, secret).await?;
    let guest = match current_person().filter(|person| person.session().is_some()) {
        Some(person) => Some(guest(server, &person, &found).await?),
        None => None,
    };
    Ok(Invitation {
        workspace: found.workspace_name,
        role: found.role,
        invited_by: found.invited_by,
        email: found.email,
        expires_at: found.expires_at,
        guest,
    })
}

async fn guest(server: &AppState, person: &Person, found: &FoundInvitation) -> Result<Guest, AppError> {
    let name = server.store.account(person.id).await?.person.name;
    let is_member = server.store.role_in(person.id, found.workspace).await?.is_some();
    Ok(Guest { name, is_member })
}

pub(in crate::features) async fn join(
    server: &AppState,
    secret: &str,
    name: &str,
    email: &str,
    password: String,
) -> Result<(), AppError> {
    needs_sign_in(server)?;
    throttle::join(&server.store, origin().address).await?;
    // Before the password is hashed, which is dear.
    open(server, secret).await?;
    let person = new_person(server, name, email, password).await?;
    let subject = person.email.clone();
    let who = server.store.join(SecretHash::of(secret).as_str(), person, origin()).await?;
    begin_session(server, who, SignInMethod::Link, None, &subject).await?;
    redirect("/");
    Ok(())
}

pub(in crate::features) async fn accept(server: &AppState, person: &Person, secret: &str) -> Result<(), AppError> {
    needs_sign_in(server)?;
    throttle::join(&server.store, origin().address).await?;
    let hash = SecretHash::of(secret);
    let workspace = server.store.accept_invitation(hash.as_str(), person.id, origin()).await?;
    if let Some(session) = person.session() {
        server.store.show_workspace(session, workspace).await?;
    }
    redirect("/");
    Ok(())
}

pub(in crate::features) async fn sign_up(
    server: &AppState,
    name: &str,
    email: &str,
    password: String,
    workspace: &str,
) -> Result<(), AppError> {
    needs_sign_in(server)?;
    policy::sign_up(server.access.settings().sign_up)?;
    throttle::link(&server.store, origin().address).await?;
    if !server.access.is_set_up(&server.store).await? {
        return Err(AppError::forbidden(texts::SET_UP_FIRST));
    }
    let workspace = checked_name(workspace)?;
    let person = new_person(server, name, email, password).await?;
    let subject = person.email.clone();
    let who = server.store.sign_up(person, &workspace, origin()).await?;
    begin_session(server, who, SignInMethod::Password, None, &subject).await?;
    redirect("/");
    Ok(())
}

/// The invitation with this secret, if it is open.
async fn open(server: &AppState, secret: &str) -> Result<FoundInvitation, AppError> {
    let found = server.store.invitation(SecretHash::of(secret).as_str()).await?.ok_or(AppError::NotFound)?;
    match found.state {
        InvitationState::Open => Ok(found),
        closed => Err(AppError::invalid(texts::closed(closed))),
    }
}
