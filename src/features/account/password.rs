//! Changing one's password.

use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::{ResponseOptions, redirect};

use crate::{
    domain::{audit::AuditAction, error::AppError},
    features::entry::begin::needs_sign_in,
    server::{
        access::{Person, origin, secret::Secret, session::Transport, throttle},
        state::AppState,
        store::{audit::Entry, passwords::NewPassword, people::Account},
    },
    texts::{account as texts, audit},
};

/// The session gets another secret: whoever may have learned the old one is signed out with all the others.
pub(super) async fn change(
    server: &AppState,
    person: &Person,
    current: String,
    password: String,
) -> Result<(), AppError> {
    needs_sign_in(server)?;
    let account = server.store.account(person.id).await?;
    let email = account.email.clone().unwrap_or_default();
    let before = checked(server, &account, &email, current).await?;
    let after = server.access.passwords().hash(password, &[&account.person.name, &email]).await?;
    let secret = Secret::new("")?;
    let hash = secret.hash();
    let new = NewPassword {
        user: person.id,
        before: &before,
        after: &after,
        session: person.session().map(|session| (session, hash.as_str())),
        subject: &email,
    };
    server.store.change_password(new, origin()).await?;
    give(&secret);
    redirect("/account?saved=password");
    Ok(())
}

/// The hash of the current password, if that is what was given. Whoever found a device unlocked is not to guess it here.
async fn checked(server: &AppState, account: &Account, email: &str, current: String) -> Result<String, AppError> {
    let hash = account.password.clone().ok_or_else(|| AppError::invalid(texts::NO_PASSWORD))?;
    throttle::change_password(&server.store, account.person.id).await?;
    if server.access.passwords().verify(current, Some(hash.clone())).await? {
        return Ok(hash);
    }
    let entry = Entry::of(AuditAction::SignInRefused, email).by(account.person.id).saying(audit::CHANGE_OF_PASSWORD);
    server.store.record(entry, origin()).await?;
    Err(AppError::invalid(texts::WRONG_CURRENT))
}

fn give(secret: &Secret) {
    let parts = use_context::<Parts>();
    let transport = parts.and_then(|parts| parts.extensions.get::<Transport>().copied()).unwrap_or(Transport::Secure);
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), transport.cookie(secret)) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}
