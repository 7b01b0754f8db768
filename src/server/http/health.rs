//! For whoever watches the server: is it alive, can it serve.

use axum::{extract::State, http::StatusCode};

use crate::server::store::Store;

/// Alive: it answers at all.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the database answers. Its schema is up to date since the start, which waits for that.
pub(super) async fn ready(State(store): State<Store>) -> (StatusCode, &'static str) {
    match store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
