//! Gives the errors of server functions the status that fits. The framework answers 500 for all of them, also
//! for those that it finds itself, before a function of ours is called.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use server_fn::error::SERVER_FN_ERROR_HEADER;

use crate::domain::error::AppError;

/// The most bytes of an error.
const ERROR_BYTES: usize = 64 * 1024;

pub(super) async fn fit_status(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    if !is_api {
        return response;
    }
    match response.status() {
        StatusCode::INTERNAL_SERVER_ERROR if response.headers().contains_key(SERVER_FN_ERROR_HEADER) => {
            fit(response).await
        }
        _ => response,
    }
}

async fn fit(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ERROR_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Ok(error) = serde_json::from_slice::<AppError>(&body) {
        parts.status = error.status();
    }
    Response::from_parts(parts, Body::from(body))
}

/// An error as a server function would send it.
pub(super) fn of(error: &AppError) -> Response {
    let body = serde_json::to_string(error).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        // The browser's side of a server function reads an error by this header.
        (header::HeaderName::from_static("serverfnerror"), HeaderValue::from_static("/api")),
    ];
    (error.status(), headers, body).into_response()
}
