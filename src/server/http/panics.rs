//! A fault of the program ends the request in which it happened, with an answer, and nothing else.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;

use super::{api_error, request_id};

/// Answers in place of what panicked. The log has the panic already (`telemetry/panics.rs`).
pub(super) async fn catch(request: Request, next: Next) -> Response {
    let is_api = api_error::is_api(&request);
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) if is_api => api_error::of(&request_id::internal()),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", request_id::internal())).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
        middleware,
        routing::get,
    };
    use tower::ServiceExt;

    use super::*;
    use crate::domain::error::AppError;

    #[expect(clippy::panic, reason = "what is tested is what comes of it")]
    async fn panics() -> StatusCode {
        panic!("the internal secret")
    }

    async fn asked(path: &'static str) -> (StatusCode, String, String) {
        let router = Router::new()
            .route(path, get(panics))
            .layer(middleware::from_fn(catch))
            .layer(middleware::from_fn(request_id::identify));
        let answer = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, id, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_function_that_panics_is_answered_with_an_error_that_names_the_request_and_nothing_internal() {
        let (status, id, body) = asked("/api/panics").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(serde_json::from_str::<AppError>(&body).unwrap(), AppError::Internal { request: id });
    }

    #[tokio::test]
    async fn so_is_a_page_in_words() {
        let (status, id, body) = asked("/panics").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.contains(&id) && !body.contains("secret"), "{body}");
    }
}
