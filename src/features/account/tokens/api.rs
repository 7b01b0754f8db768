//! The server functions of one's API tokens. A token cannot be used for any that changes something.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    credential::Scope,
    error::AppError,
    form::Form,
    id::TokenId,
    token::{FreshToken, Token},
};
#[cfg(feature = "ssr")]
use crate::{
    features::edge,
    server::access::{origin, policy::OnAccount},
};

/// One's tokens that are not revoked, the newest first.
///
/// # Errors
/// `SignedOut`.
#[server(endpoint = "list_tokens", input = Form)]
pub async fn list_tokens() -> Result<Vec<Token>, AppError> {
    edge::personally(OnAccount::Read, async |server, person| {
        let mut tokens = server.store.tokens(person.id).await?;
        tokens.retain(|token| person.reaches(token.workspace));
        Ok(tokens)
    })
    .await
}

/// Makes a token for the workspace that one has before oneself. Its secret is in the answer, and shown once on the page to
/// which a plain form is sent on.
///
/// # Errors
/// `Forbidden` with a token or on a server without sign-in, `NotFound` for whoever is in no workspace, or `Invalid` if the
/// name does not make sense or there are too many.
#[server(endpoint = "create_token", input = Form)]
pub async fn create_token(name: String, scope: Scope) -> Result<FreshToken, AppError> {
    edge::personally(OnAccount::Change, async |server, person| super::make::token(server, person, &name, scope).await)
        .await
}

/// The secret of the token that this browser has just made, once; then it is gone.
///
/// # Errors
/// `Forbidden` with a token.
#[server(name = LoadFreshToken, endpoint = "fresh_token", input = Form)]
pub async fn fresh_token() -> Result<Option<String>, AppError> {
    edge::personally(OnAccount::Change, async |_, _| Ok(super::make::shown_once())).await
}

/// Revokes one of one's tokens; streams that were opened with it end. Twice is as good as once.
///
/// # Errors
/// `NotFound`, or `Forbidden` with a token.
#[server(endpoint = "revoke_token", input = Form)]
pub async fn revoke_token(token: TokenId) -> Result<(), AppError> {
    edge::personally(OnAccount::Change, async |server, person| {
        Ok(server.store.revoke_token(person.id, token, origin()).await?)
    })
    .await
}
