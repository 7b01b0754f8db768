//! The edge: from the server's errors to the ones that the outside sees.

use axum::http::{HeaderMap, header, request::Parts};
use leptos::prelude::use_context;

use super::{http::request_id::current_request, store::StoreError};
use crate::domain::error::{AppError, UNKNOWN_REQUEST};

impl From<StoreError> for AppError {
    /// What is internal goes to the log, with the request's id; the outside gets the id alone.
    fn from(error: StoreError) -> Self {
        if error.is_passing() {
            tracing::warn!(%error, "the database does not answer");
        }
        if let Some(public) = error.public() {
            return public;
        }
        let request = current_request().map_or_else(|| UNKNOWN_REQUEST.to_owned(), |id| id.name());
        tracing::error!(%error, request, "a request failed");
        Self::Internal { request }
    }
}

/// Whether the request comes from a plain form, which wants a page in return.
#[must_use]
pub fn wants_page() -> bool {
    use_context::<Parts>().is_some_and(|parts| accepts_html(&parts.headers))
}

/// Whether the client asks for a page.
#[must_use]
pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}
