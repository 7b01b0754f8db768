//! What every server function does first and last: who is asking, may they, and an end to waiting.

use futures::StreamExt;
use leptos::prelude::use_context;
use server_fn::codec::ByteStream;

use crate::{
    domain::{
        actor::Actor,
        error::AppError,
        id::{ChatId, MessageId, WorkspaceId},
    },
    server::{
        access::{
            self, Person,
            policy::{InWorkspace, OnAccount, WithChat},
        },
        http::deadline::Deadline,
        state::AppState,
        store::walls::Ground,
    },
};

/// Answers whoever asks, known or not.
pub(super) async fn openly<T>(work: impl AsyncFnOnce(&AppState) -> Result<T, AppError>) -> Result<T, AppError> {
    let server = use_context::<AppState>().ok_or(AppError::Unavailable)?;
    Deadline::current().within(work(&server)).await.unwrap_or(Err(AppError::Unavailable))
}

/// Answers somebody about themselves.
pub(super) async fn personally<T>(
    action: OnAccount,
    work: impl AsyncFnOnce(&AppState, Person) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let person = access::person(action)?;
    openly(async |server| work(server, person).await).await
}

/// Answers somebody in a workspace: the one that is named, or the one that they have before them.
pub(super) async fn in_workspace<T>(
    workspace: Option<WorkspaceId>,
    action: InWorkspace,
    work: impl AsyncFnOnce(&AppState, Actor) -> Result<T, AppError>,
) -> Result<T, AppError> {
    openly(async |server| {
        let actor = access::in_workspace(&server.store, workspace, action).await?;
        work(server, actor).await
    })
    .await
}

/// Answers somebody about a chat.
pub(super) async fn with_chat<T>(
    chat: ChatId,
    action: WithChat,
    work: impl AsyncFnOnce(&AppState, Actor) -> Result<T, AppError>,
) -> Result<T, AppError> {
    openly(async |server| {
        let actor = access::with_chat(&server.store, chat, action).await?;
        work(server, actor).await
    })
    .await
}

/// Answers somebody about a message.
pub(super) async fn with_message<T>(
    message: MessageId,
    action: WithChat,
    work: impl AsyncFnOnce(&AppState, Actor) -> Result<T, AppError>,
) -> Result<T, AppError> {
    openly(async |server| {
        let actor = access::with_message(&server.store, message, action).await?;
        work(server, actor).await
    })
    .await
}

/// Streams an answer that somebody may read, as long as they may, and that no proxy on the way may hold back. Refused if
/// they have as many streams open as they may.
pub(super) fn stream(
    server: &AppState,
    actor: &Actor,
    chat: Option<ChatId>,
    frames: impl futures::Stream<Item = Vec<u8>> + Send + 'static,
) -> Result<ByteStream<AppError>, AppError> {
    let person = access::current_person().ok_or(AppError::SignedOut)?;
    let ground =
        Ground { user: person.id, credential: person.credential, workspace: actor.workspace, role: actor.role, chat };
    let open = server.access.open().open(ground, actor.origin.address)?;
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        let no = http::HeaderValue::from_static("no");
        response.insert_header(http::HeaderName::from_static("x-accel-buffering"), no);
    }
    Ok(ByteStream::from(frames.take_until(async move { open.ended().await })))
}
