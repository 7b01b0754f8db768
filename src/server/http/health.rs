//! For whoever watches the server: is it alive, can it serve.

use axum::{extract::State, http::StatusCode};

use crate::server::store::Store;

/// Alive: it answers at all.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the database answers, and has a schema that this program can work with. That is so at the start, and as long as no
/// newer program changes it.
pub(super) async fn ready(State(store): State<Store>) -> (StatusCode, &'static str) {
    if store.is_outgrown() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database needs a newer Parlance\n");
    }
    match store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
