//! Makes a token, and hands its secret over.

use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::{ResponseOptions, redirect};

use crate::{
    domain::{
        credential::Scope,
        error::AppError,
        token::{FreshToken, TOKEN_PREFIX},
    },
    features::entry::begin::{checked_name, needs_sign_in},
    server::{
        access::{Person, origin, secret::Secret, session::Transport},
        state::AppState,
        store::api_tokens::NewToken,
    },
};

pub(super) async fn token(server: &AppState, person: Person, name: &str, scope: Scope) -> Result<FreshToken, AppError> {
    needs_sign_in(server)?;
    let name = checked_name(name)?;
    let workspace = person.workspace.ok_or(AppError::NotFound)?;
    let secret = Secret::new(TOKEN_PREFIX)?;
    let hash = secret.hash();
    let new = NewToken { user: person.id, workspace, name: &name, scope, secret_hash: hash.as_str() };
    let id = server.store.create_token(new, origin()).await?;
    let request = use_context::<Parts>();
    let cookie = request.and_then(|request| transport(&request).show_once(secret.expose()));
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    redirect("/account/tokens");
    Ok(FreshToken { id, secret: secret.expose().to_owned() })
}

pub(super) fn shown_once() -> Option<String> {
    let request = use_context::<Parts>()?;
    let transport = transport(&request);
    // A cookie of this name that is no token is nobody's business to show.
    let secret = transport.shown_once(&request.headers).filter(|secret| secret.starts_with(TOKEN_PREFIX))?;
    if let (Some(response), Some(cookie)) = (use_context::<ResponseOptions>(), transport.shown()) {
        response.append_header(header::SET_COOKIE, cookie);
    }
    Some(secret.to_owned())
}

fn transport(request: &Parts) -> Transport {
    request.extensions.get::<Transport>().copied().unwrap_or(Transport::Secure)
}
