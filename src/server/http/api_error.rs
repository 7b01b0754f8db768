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

use super::request_id;
use crate::domain::error::{AppError, UNKNOWN_REQUEST};

/// The most bytes of an error.
const ERROR_BYTES: usize = 64 * 1024;

pub(super) async fn fit_status(request: Request, next: Next) -> Response {
    if !is_api(&request) {
        return next.run(request).await;
    }
    let response = next.run(request).await;
    match response.status() {
        StatusCode::INTERNAL_SERVER_ERROR if response.headers().contains_key(SERVER_FN_ERROR_HEADER) => {
            fit(response).await
        }
        _ => response,
    }
}

/// Whether a request is for a server function, there or not.
pub(super) fn is_api(request: &Request) -> bool {
    request.uri().path().starts_with("/api/")
}

/// An error of the framework's own, which knows no request and is in no log, is replaced.
async fn fit(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, ERROR_BYTES).await.unwrap_or_default();
    match serde_json::from_slice::<AppError>(&body) {
        Ok(AppError::Internal { request }) if request == UNKNOWN_REQUEST => {
            tracing::error!("the framework could not answer a call of a server function");
            of(&request_id::internal())
        }
        Ok(error) => {
            parts.status = error.status();
            let mut response = Response::from_parts(parts, Body::from(body));
            say_when(&mut response, &error);
            response
        }
        Err(error) => {
            tracing::error!(%error, "a server function answered with an error that is none of ours");
            of(&request_id::internal())
        }
    }
}

/// An error as a server function would send it.
pub(super) fn of(error: &AppError) -> Response {
    let body = serde_json::to_string(error).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        // The browser's side of a server function reads an error by this header.
        (header::HeaderName::from_static("serverfnerror"), HeaderValue::from_static("/api")),
    ];
    let mut response = (error.status(), headers, body).into_response();
    say_when(&mut response, error);
    response
}

/// When to try again, if that is known.
pub(super) fn say_when(response: &mut Response, error: &AppError) {
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, middleware, routing::post};
    use tower::ServiceExt;

    use super::*;

    /// What comes of an error of the framework's own.
    async fn answer(body: &'static str) -> Response {
        let fail = move || async move { (StatusCode::INTERNAL_SERVER_ERROR, [(SERVER_FN_ERROR_HEADER, "/api")], body) };
        let router = Router::new()
            .route("/api/fails", post(fail))
            .layer(middleware::from_fn(fit_status))
            .layer(middleware::from_fn(request_id::identify));
        router.oneshot(Request::post("/api/fails").body(Body::empty()).unwrap()).await.unwrap()
    }

    /// The status, the id and the error of that.
    async fn fitted(body: &'static str) -> (StatusCode, String, AppError) {
        let answer = answer(body).await;
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), ERROR_BYTES).await.unwrap();
        (status, id, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn an_error_has_the_status_that_fits() {
        let (status, _, error) = fitted(r#"{"code":"chat_full"}"#).await;
        assert_eq!((status, error), (StatusCode::CONFLICT, AppError::ChatFull));
    }

    #[tokio::test]
    async fn what_passes_says_when_to_ask_again() {
        for (body, status, seconds) in [
            (r#"{"code":"too_many","seconds":7}"#, 429, Some("7")),
            (r#"{"code":"unavailable"}"#, 503, Some("5")),
            (r#"{"code":"chat_full"}"#, 409, None),
        ] {
            let answer = answer(body).await;
            let said = answer.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap());
            assert_eq!((answer.status().as_u16(), said), (status, seconds), "{body}");
        }
    }

    #[tokio::test]
    async fn an_error_that_the_framework_made_names_the_request_and_nothing_internal() {
        for body in [r#"{"code":"internal","request":"unknown"}"#, "error sending on line 7", ""] {
            let (status, id, error) = fitted(body).await;
            assert_eq!((status, error), (StatusCode::INTERNAL_SERVER_ERROR, AppError::Internal { request: id }));
        }
    }
}
