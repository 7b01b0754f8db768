//! What every server function does first and last.

use leptos::prelude::use_context;
use server_fn::codec::ByteStream;

use crate::{
    domain::{actor::Actor, error::AppError},
    server::{access, state::AppState},
};

/// Finds out who is asking and lets `work` answer.
pub(super) async fn answer<T>(work: impl AsyncFnOnce(&AppState, Actor) -> Result<T, AppError>) -> Result<T, AppError> {
    let server = use_context::<AppState>().ok_or(AppError::Unavailable)?;
    let actor = access::actor()?;
    work(&server, actor).await
}

/// The same for an answer that is a stream, which no proxy on the way may hold back.
pub(super) async fn stream<S>(
    work: impl AsyncFnOnce(&AppState, Actor) -> Result<S, AppError>,
) -> Result<ByteStream<AppError>, AppError>
where
    S: futures::Stream<Item = Vec<u8>> + Send + 'static,
{
    let stream = answer(work).await?;
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        let no = http::HeaderValue::from_static("no");
        response.insert_header(http::HeaderName::from_static("x-accel-buffering"), no);
    }
    Ok(ByteStream::from(stream))
}
