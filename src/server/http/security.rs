//! Headers that keep a page to itself.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use leptos::prelude::{use_context, use_nonce};

use super::api_error;
use crate::{
    domain::error::AppError,
    server::{
        access::{current_person, oidc::Oidc},
        state::AppState,
    },
};

/// On every response. A page sets a policy of its own, with its nonce; everything else may do nothing at all.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Adds what is missing.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The policy of a page, with the nonce of its scripts.
#[must_use]
pub fn page_policy() -> Option<HeaderValue> {
    let nonce = use_nonce()?;
    // While cargo-leptos watches, its script connects to another port of this machine.
    let reload = if std::env::var_os("LEPTOS_WATCH").is_some() { " ws:" } else { "" };
    let elsewhere = provider_origins();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'{reload}; manifest-src 'self'; \
         form-action 'self'{elsewhere}; object-src 'none'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

/// Where the form that begins a sign-in may end, besides here: browsers hold a form to its page's policy also when the
/// answer is a redirect. Whoever is signed in needs no such form.
fn provider_origins() -> String {
    let server = use_context::<AppState>().filter(|_| current_person().is_none());
    let origins = server.iter().filter_map(|server| server.access.oidc()).flat_map(Oidc::origins);
    origins.map(|origin| format!(" {origin}")).collect()
}

/// The answer to a request that another site made in a person's name.
pub(super) fn refused() -> Response {
    let mut response = api_error::of(&AppError::invalid("This request comes from another site and was refused."));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}
