//! A name for every request, in its log lines and in its response.

use axum::{
    extract::Request,
    http::{HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::prelude::use_context;
use tracing::Instrument;
use uuid::Uuid;

/// The id of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

/// Gives the request its id. One that the client sends is not trusted: it would be written into the log.
pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let name = id.simple().to_string();
    let span = tracing::info_span!("request", id = name, method = %request.method(), path = request.uri().path());
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&name) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// The id of the request that is being served, inside of a page or a server function.
#[must_use]
pub fn current_request() -> Option<RequestId> {
    use_context::<Parts>()?.extensions.get::<RequestId>().copied()
}
