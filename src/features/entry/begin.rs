//! Begins and ends sessions, and gives the browser its cookie.

use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::{ResponseOptions, redirect};

use crate::{
    domain::{
        audit::AuditAction,
        error::AppError,
        invitation::{InvitationState, JOIN_PAGE},
        local_path::local_path,
        person::{SignInMethod, SignedIn, clean_email, clean_name},
    },
    server::{
        access::{self, Person, begin::begin, origin, secret::SecretHash, session::Transport, throttle},
        config::Auth,
        state::AppState,
        store::{audit::Entry, people::NewPerson},
    },
    texts::entry as texts,
};

pub(super) async fn set_up(
    server: &AppState,
    name: String,
    email: String,
    password: String,
    workspace: String,
) -> Result<(), AppError> {
    needs_sign_in(server)?;
    throttle::link(&server.store, origin().address).await?;
    if server.access.is_set_up(&server.store).await? {
        return Err(AppError::invalid(texts::SET_UP_ALREADY));
    }
    let workspace = checked_name(&workspace)?;
    let owner = new_person(server, &name, &email, password).await?;
    let subject = owner.email.clone();
    server.store.set_up(access::FIRST, owner, &workspace, origin()).await?;
    tracing::info!("the server was set up");
    begin_session(server, access::FIRST, SignInMethod::Password, None, &subject).await?;
    redirect("/");
    Ok(())
}

pub(super) async fn sign_in(
    server: &AppState,
    email: String,
    password: String,
    next: Option<String>,
) -> Result<(), AppError> {
    needs_sign_in(server)?;
    // One that cannot be an address is nobody's, and treated as such.
    let email = clean_email(&email).unwrap_or_default();
    throttle::sign_in(&server.store, &email, origin().address).await?;
    let account = server.store.account_of(&email).await?;
    let (user, hash) = match account {
        Some(account) => (Some(account.person.id), account.password),
        None => (None, None),
    };
    let is_right = server.access.passwords().verify(password, hash.clone()).await?;
    let Some(user) = user.filter(|_| is_right) else {
        let entry = Entry::of(AuditAction::SignInRefused, &email);
        let entry = user.into_iter().fold(entry, Entry::by);
        server.store.record(entry, origin()).await?;
        return Err(AppError::WrongPassword);
    };
    let memberships = server.store.memberships(user).await?;
    let next = next.as_deref().and_then(local_path);
    if memberships.is_empty() && !leads_in(server, next).await? {
        return Err(AppError::forbidden(texts::NO_WORKSPACE));
    }
    let who = SignedIn { user, workspace: None };
    begin_session(server, who, SignInMethod::Password, hash.as_deref(), &email).await?;
    redirect(next.unwrap_or("/"));
    Ok(())
}

/// Whether somebody is on their way to an invitation that is open: also whoever is in no workspace has to sign in for it.
async fn leads_in(server: &AppState, next: Option<&str>) -> Result<bool, AppError> {
    let Some(secret) = next.and_then(|next| next.strip_prefix(JOIN_PAGE)) else { return Ok(false) };
    let found = server.store.invitation(SecretHash::of(secret).as_str()).await?;
    Ok(found.is_some_and(|invitation| invitation.state == InvitationState::Open))
}

pub(in crate::features) async fn sign_out(server: &AppState, person: Person) -> Result<(), AppError> {
    if let Some(session) = person.session() {
        server.store.end_session(person.id, session, AuditAction::SignedOut, origin()).await?;
    }
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), transport().no_cookie()) {
        response.append_header(header::SET_COOKIE, cookie);
        // The browser forgets what it kept of the person's pages.
        let everything = header::HeaderValue::from_static("\"cache\", \"storage\"");
        response.append_header(header::HeaderName::from_static("clear-site-data"), everything);
    }
    redirect("/sign-in");
    Ok(())
}

/// Signs somebody in on the device that asks. `checked` is the hash against which their password was checked, if it was.
pub(in crate::features) async fn begin_session(
    server: &AppState,
    who: SignedIn,
    method: SignInMethod,
    checked: Option<&str>,
    subject: &str,
) -> Result<(), AppError> {
    let request = use_context::<Parts>().ok_or(AppError::Unavailable)?;
    let cookie = begin(&server.store, &request, who, method, checked, subject).await?;
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    Ok(())
}

/// A person as a form describes them, checked, with the hash of their password.
pub(in crate::features) async fn new_person(
    server: &AppState,
    name: &str,
    email: &str,
    password: String,
) -> Result<NewPerson, AppError> {
    let name = checked_name(name)?;
    let email = clean_email(email).ok_or_else(|| AppError::invalid(texts::NO_EMAIL))?;
    let hash = server.access.passwords().hash(password, &[&name, &email]).await?;
    Ok(NewPerson { name, email, password: Some(hash) })
}

/// A name, checked.
pub(in crate::features) fn checked_name(name: &str) -> Result<String, AppError> {
    clean_name(name).ok_or_else(|| AppError::invalid(texts::bad_name()))
}

/// There is no way in where everybody is in already.
pub(in crate::features) fn needs_sign_in(server: &AppState) -> Result<(), AppError> {
    match server.access.settings().auth {
        Auth::On => Ok(()),
        Auth::Off => Err(AppError::forbidden(texts::NO_SIGN_IN)),
    }
}

/// How the browser that asks reaches the server.
pub(super) fn transport() -> Transport {
    use_context::<Parts>().map_or(Transport::Secure, |request| Transport::of(&request))
}
