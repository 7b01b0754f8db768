//! Sends people to the OpenID provider.

use axum::http::header;
use leptos::prelude::use_context;
use leptos_axum::{ResponseOptions, redirect};

use super::begin::{needs_sign_in, transport};
use crate::{
    domain::{error::AppError, local_path::local_path},
    server::{
        access::{
            oidc::ATTEMPT,
            origin,
            secret::{Secret, SecretHash},
            throttle,
        },
        state::AppState,
    },
    texts::oidc as texts,
};

pub(super) async fn begin(server: &AppState, next: Option<String>, invitation: Option<String>) -> Result<(), AppError> {
    needs_sign_in(server)?;
    let oidc = server.access.oidc().ok_or_else(|| AppError::forbidden(texts::NOT_OFFERED))?;
    throttle::oidc(&server.store, origin().address).await?;
    let next = next.as_deref().and_then(local_path).unwrap_or("/").to_owned();
    let invitation = invitation.filter(|secret| !secret.is_empty());
    let invitation = invitation.map(|secret| SecretHash::of(&secret).as_str().to_owned());
    let (url, attempt) = oidc.begin(next, invitation).await?;
    let secret = Secret::new("")?;
    server.store.keep_attempt(secret.hash().as_str(), attempt, ATTEMPT).await?;
    if let (Some(response), Some(cookie)) =
        (use_context::<ResponseOptions>(), transport().attempt_cookie(&secret, ATTEMPT))
    {
        response.append_header(header::SET_COOKIE, cookie);
    }
    redirect(url.as_str());
    Ok(())
}
