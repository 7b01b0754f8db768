//! The server functions of whoever forgot their password. They answer whoever asks, and so count how often.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{error::AppError, form::Form};
#[cfg(feature = "ssr")]
use crate::features::edge;

/// Has a link to choose a new password sent to an address. Whether anybody has it is not said.
///
/// # Errors
/// `Invalid` if it is no address; `Forbidden` if the server sends no mails; `TooMany`.
#[server(endpoint = "forgot_password", input = Form)]
pub async fn forgot_password(email: String) -> Result<(), AppError> {
    edge::openly(async |server| super::steps::forgot(server, &email).await).await
}

/// Whether a link to choose a new password is still good. It is not used up by this.
///
/// # Errors
/// `Invalid` if it is not.
#[server(endpoint = "check_reset", input = Form)]
pub async fn check_reset(secret: String) -> Result<(), AppError> {
    edge::openly(async |server| super::steps::check(server, &secret).await.map(drop)).await
}

/// Sets a new password by a link, which is used up, and signs its person out everywhere.
///
/// # Errors
/// `Invalid` if the link is not good any more, or the password is too short, too long or too common; `TooMany`.
#[server(endpoint = "reset_password", input = Form)]
pub async fn reset_password(secret: String, password: String) -> Result<(), AppError> {
    edge::openly(async |server| super::steps::reset(server, &secret, password).await).await
}
