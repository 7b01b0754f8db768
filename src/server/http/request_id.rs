//! A name for every request, in its log lines and in its response.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::prelude::use_context;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::client_address::ClientAddress;
use crate::{
    domain::error::{AppError, UNKNOWN_REQUEST},
    server::traces,
};

tokio::task_local! {
    /// Also what stands before the pages may fail, and says which request that was.
    static CURRENT: RequestId;
}

/// The id of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// As it stands in the log, in the answer and in a sentence for people: 32 digits.
    #[must_use]
    pub fn name(self) -> String {
        self.0.simple().to_string()
    }
}

/// Gives the request its id. One that the client sends is not trusted: it would be written into the log.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let name = RequestId(id).name();
    let span = span(&name, &request);
    traces::begin(&span, id, || {
        let route = request.extensions().get::<MatchedPath>().map_or("file", MatchedPath::as_str);
        format!("{} {route}", request.method())
    });
    request.extensions_mut().insert(RequestId(id));
    let mut response = CURRENT.scope(RequestId(id), next.run(request).instrument(span.clone())).await;
    let status = response.status().as_u16();
    traces::answered(&span, status);
    span.in_scope(|| tracing::debug!(status, "answered"));
    if let Ok(value) = HeaderValue::from_str(&name) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// What every line of the log about this request begins with.
fn span(id: &str, request: &Request) -> Span {
    let client =
        request.extensions().get::<ClientAddress>().map(|ClientAddress(address)| tracing::field::display(address));
    tracing::info_span!("request", id, client, method = %request.method(), path = without_secret(request.uri().path()))
}

/// The error of which the request that is being served is told no more than its own id.
pub fn internal() -> AppError {
    let id = current_request().map(RequestId::name);
    AppError::Internal { request: id.unwrap_or_else(|| UNKNOWN_REQUEST.to_owned()) }
}

/// Pages whose address ends with something that lets somebody in.
const SECRET_PAGES: [&str; 2] = ["/join/", "/reset/"];

/// A path as it may be logged.
fn without_secret(path: &str) -> String {
    match SECRET_PAGES.iter().find(|page| path.starts_with(**page)) {
        Some(page) => format!("{page}…"),
        None => path.to_owned(),
    }
}

/// The id of the request that is being served.
#[must_use]
pub fn current_request() -> Option<RequestId> {
    // Parts of a page are made in tasks of their own.
    let of_page = || use_context::<Parts>()?.extensions.get::<RequestId>().copied();
    CURRENT.try_with(|id| *id).ok().or_else(of_page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_somebody_in_is_not_in_the_log() {
        for page in SECRET_PAGES {
            for path in [format!("{page}s3cret"), format!("{page}s3cret/"), format!("{page}a/s3cret")] {
                assert_eq!(without_secret(&path), format!("{page}…"));
            }
        }
        assert_eq!(without_secret("/chats/new"), "/chats/new");
    }
}
