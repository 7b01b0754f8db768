//! The figures for Prometheus, and the counting of requests.
//!
//! Nothing in them is secret, but they are nobody's business outside: a proxy keeps `/metrics` to itself.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use crate::server::{metrics::Metrics, state::AppState};

/// All figures of this node.
pub(super) async fn figures(State(state): State<AppState>) -> ([(HeaderName, &'static str); 1], String) {
    let label = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    ([label], state.metrics.render(&state.store).await)
}

/// Counts requests that are answered. One that the client gives up before is not.
pub(super) async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let status = response.status();
    let route = route.unwrap_or_else(|| unmatched(status).to_owned());
    metrics.answered(method, route, status.as_u16(), began.elapsed());
    response
}

/// A client may send any word as a method; only known ones become labels.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// What stands for a path without a route of its own, of which there are as many as somebody likes to try.
fn unmatched(status: StatusCode) -> &'static str {
    if status.is_success() || status == StatusCode::NOT_MODIFIED { "file" } else { "other" }
}
