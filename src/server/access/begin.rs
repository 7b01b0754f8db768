//! Begins a session, however the person has proven who they are.

use axum::http::{HeaderMap, HeaderValue, header, request::Parts};

use super::{
    person::origin_of,
    secret::Secret,
    session::{IDLE, Transport},
};
use crate::{
    domain::{
        error::AppError,
        limits::DEVICE_CHARS,
        person::{SignInMethod, SignedIn},
    },
    server::store::{Store, StoreError, sessions::NewSession},
};

/// Signs somebody in on the device that asks, in place of whoever was. Gives the header with its cookie; `checked` is the
/// hash against which their password was checked, if it was, and `subject` what the audit log calls them.
///
/// # Errors
/// `WrongPassword` if it was changed since it was checked; `Unavailable` if the database or the system's randomness fails.
pub async fn begin(
    store: &Store,
    request: &Parts,
    who: SignedIn,
    method: SignInMethod,
    checked: Option<&str>,
    subject: &str,
) -> Result<Option<HeaderValue>, AppError> {
    let transport = Transport::of(request);
    let before = transport.session(&request.headers);
    let secret = Secret::new("")?;
    let hash = secret.hash();
    let session = NewSession {
        who,
        secret_hash: hash.as_str(),
        replaces: before.as_ref().map(|hash| hash.as_str()),
        method,
        checked,
        device: &device(&request.headers),
        idle: IDLE,
    };
    store.begin_session(session, subject, origin_of(&request.extensions)).await.map_err(|error| match error {
        StoreError::NotFound => AppError::WrongPassword,
        error => error.into(),
    })?;
    Ok(transport.cookie(&secret))
}

/// What the browser says that it is.
fn device(headers: &HeaderMap) -> String {
    let named = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.chars().filter(|c| !c.is_control()).take(DEVICE_CHARS).collect()
}
