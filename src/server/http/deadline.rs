//! An end to waiting: one for all that a request asks of the database, from who is asking to the answer.

use std::{future::Future, time::Duration};

use axum::http::{Extensions, request::Parts};
use leptos::prelude::use_context;
use tokio::time::{Instant, timeout_at};

/// How long an answer may take before whoever asked is told to try again.
const PATIENCE: Duration = Duration::from_secs(8);

/// Until when a request is to be answered. The middleware that finds out who is asking leaves one with each.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub(super) fn begin() -> Self {
        Self(Instant::now() + PATIENCE)
    }

    /// That of a request.
    pub(super) fn of(request: &Extensions) -> Self {
        request.get().copied().unwrap_or_else(Self::begin)
    }

    /// That of the request that is being served, inside of a page or a server function.
    #[must_use]
    pub fn current() -> Self {
        use_context::<Parts>().map_or_else(Self::begin, |request| Self::of(&request.extensions))
    }

    /// What comes of the work; `None` if that takes too long.
    pub async fn within<T>(self, work: impl Future<Output = T>) -> Option<T> {
        let outcome = timeout_at(self.0, work).await.ok();
        if outcome.is_none() {
            tracing::warn!("a request was given up: the database does not answer in time");
        }
        outcome
    }
}
