//! Asking for a link, and using it.

use leptos_axum::redirect;

use crate::{
    domain::{actor::Origin, error::AppError, person::clean_email},
    features::entry::begin::needs_sign_in,
    server::{
        access::{origin, reset, secret::SecretHash, throttle},
        mail::{Mail, Mailer},
        state::AppState,
        store::{Store, StoreError, people::Account},
    },
    texts::{audit, entry, mail, recovery as texts},
};

/// Everything that would show whether somebody has the address happens after the answer.
pub(super) async fn forgot(server: &AppState, email: &str) -> Result<(), AppError> {
    needs_sign_in(server)?;
    let mailer = server.mailer.clone().ok_or_else(|| AppError::forbidden(texts::NO_MAILS))?;
    let email = clean_email(email).ok_or_else(|| AppError::invalid(entry::NO_EMAIL))?;
    throttle::mail(&server.store, &email, origin().address).await?;
    let (store, origin) = (server.store.clone(), origin());
    tokio::spawn(async move {
        if let Err(error) = send_link(&store, &mailer, &email, origin).await {
            tracing::error!(%error, "a link for a new password could not be made");
        }
    });
    redirect("/forgot?asked=1");
    Ok(())
}

async fn send_link(store: &Store, mailer: &Mailer, email: &str, origin: Origin) -> Result<(), AppError> {
    let Some(account) = store.account_of(email).await? else { return Ok(()) };
    let link = reset::new_link(store, &account, mailer.url(), audit::BY_MAIL, origin).await?;
    let text = mail::reset(&account.person.name, &link);
    mailer.send(Mail { to: email.to_owned(), subject: mail::RESET_SUBJECT, text }).await;
    Ok(())
}

/// The account of a link that is good.
pub(super) async fn check(server: &AppState, secret: &str) -> Result<Account, AppError> {
    needs_sign_in(server)?;
    let account = server.store.reset_of(SecretHash::of(secret).as_str()).await?;
    account.ok_or_else(|| AppError::invalid(texts::BAD_LINK))
}

pub(super) async fn reset(server: &AppState, secret: &str, password: String) -> Result<(), AppError> {
    throttle::link(&server.store, origin().address).await?;
    let account = check(server, secret).await?;
    let email = account.email.unwrap_or_default();
    let hash = server.access.passwords().hash(password, &[&account.person.name, &email]).await?;
    let used = server.store.reset_password(SecretHash::of(secret).as_str(), &hash, &email, origin()).await;
    used.map_err(|error| match error {
        // Somebody was quicker with the same link.
        StoreError::NotFound => AppError::invalid(texts::BAD_LINK),
        other => other.into(),
    })?;
    // Nobody is signed in by it: whoever has the mail is to show that they know the password as well.
    redirect("/sign-in?done=reset");
    Ok(())
}
