//! The server functions of the way in. They answer whoever asks, and so count how often.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{entry::Entry, error::AppError, form::Form};
#[cfg(feature = "ssr")]
use crate::{features::edge, server::access::policy::OnAccount};

/// Which ways in there are.
///
/// # Errors
/// None of its own.
#[server(endpoint = "ways_in", input = Form)]
pub async fn ways_in() -> Result<Entry, AppError> {
    edge::openly(async |server| Ok(server.access.ways_in(server.mailer.is_some()))).await
}

/// Makes the first owner and the first workspace, and signs the owner in.
///
/// # Errors
/// `Invalid` if a field does not make sense, or if somebody was first.
#[server(endpoint = "set_up", input = Form)]
pub async fn set_up(name: String, email: String, password: String, workspace: String) -> Result<(), AppError> {
    edge::openly(async |server| super::begin::set_up(server, name, email, password, workspace).await).await
}

/// Signs somebody in on this device; a session that it had before ends.
///
/// # Errors
/// `WrongPassword`, `TooMany`, or `Forbidden` for whoever is suspended everywhere.
#[server(endpoint = "sign_in", input = Form)]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), AppError> {
    edge::openly(async |server| super::begin::sign_in(server, email, password, next).await).await
}

/// Sends somebody to the OpenID provider, from where they come back to `/oidc/return`.
///
/// # Errors
/// `Forbidden` if there is none or it is away; `TooMany`.
#[server(endpoint = "begin_oidc", input = Form)]
pub async fn begin_oidc(next: Option<String>, invitation: Option<String>) -> Result<(), AppError> {
    edge::openly(async |server| super::oidc::begin(server, next, invitation).await).await
}

/// Ends the session of this device.
///
/// # Errors
/// `SignedOut` if there is none.
#[server(endpoint = "sign_out", input = Form)]
pub async fn sign_out() -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| super::begin::sign_out(server, person).await).await
}
