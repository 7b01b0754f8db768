//! The server functions of the list of chats.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;
use server_fn::codec::{ByteStream, Streaming};

use crate::domain::{chat::ChatList, error::AppError, id::ChatId};
#[cfg(feature = "ssr")]
use crate::{domain::actor::Actor, features::edge, server::state::AppState};

/// The chats in use, or those put away, newest activity first.
///
/// # Errors
/// None of its own.
#[server(endpoint = "list_chats")]
pub async fn list_chats(archived: bool) -> Result<ChatList, AppError> {
    use crate::server::store::now_micros;
    edge::answer(async |server, actor| {
        // The moment before the look: a change that the look missed is after it.
        let now = now_micros();
        Ok(ChatList { chats: server.store.list_chats(&actor, archived).await?, now })
    })
    .await
}

/// Gives a chat another title.
///
/// # Errors
/// `NotFound`, or `Invalid` if nothing is left of the title.
#[server(endpoint = "rename_chat")]
pub async fn rename_chat(chat: ChatId, title: String) -> Result<(), AppError> {
    use crate::domain::chat::clean_title;
    change(chat, async |server, actor| {
        let title = clean_title(&title).ok_or_else(|| AppError::invalid("A chat needs a title."))?;
        Ok(server.store.rename_chat(&actor, chat, &title).await?)
    })
    .await
}

/// Puts a chat away, or takes it out again.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "archive_chat")]
pub async fn archive_chat(chat: ChatId, archived: bool) -> Result<(), AppError> {
    change(chat, async |server, actor| Ok(server.store.archive_chat(&actor, chat, archived).await?)).await
}

/// Deletes a chat, its running reply included. It can be had back for an hour.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "delete_chat")]
pub async fn delete_chat(chat: ChatId) -> Result<(), AppError> {
    change(chat, async |server, actor| {
        if let Ok(Some(reply)) = server.store.running_reply(&actor, chat).await {
            server.engine.stop(&actor, reply).await?;
        }
        Ok(server.store.delete_chat(&actor, chat).await?)
    })
    .await
}

/// Takes a deletion back.
///
/// # Errors
/// `NotFound`, also after the hour.
#[server(endpoint = "restore_chat")]
pub async fn restore_chat(chat: ChatId) -> Result<(), AppError> {
    change(chat, async |server, actor| Ok(server.store.restore_chat(&actor, chat).await?)).await
}

/// Word of changes to chats: a stream of [changes](crate::domain::change). The first says whether there were any since
/// a moment, in microseconds since 1970 UTC by the server's clock: [`Change::Everything`] or [`Change::Nothing`].
///
/// [`Change::Everything`]: crate::domain::change::Change::Everything
/// [`Change::Nothing`]: crate::domain::change::Change::Nothing
///
/// # Errors
/// None of its own.
#[server(endpoint = "follow_changes", output = Streaming)]
pub async fn follow_changes(since: i64) -> Result<ByteStream<AppError>, AppError> {
    edge::stream(async |server, _| Ok(changes(server, since))).await
}

#[cfg(feature = "ssr")]
async fn change(
    chat: ChatId,
    work: impl AsyncFnOnce(&AppState, Actor) -> Result<(), AppError>,
) -> Result<(), AppError> {
    edge::answer(async |server, actor| {
        work(server, actor).await?;
        server.engine.changes().publish(chat);
        Ok(())
    })
    .await
}

#[cfg(feature = "ssr")]
fn changes(server: &AppState, since: i64) -> impl futures::Stream<Item = Vec<u8>> + Send + 'static + use<> {
    use std::time::Duration;

    use tokio::{sync::broadcast::error::RecvError, time::timeout};

    use crate::domain::change::Change;

    const SILENCE: Duration = Duration::from_secs(15);
    let listening = server.engine.changes().listen();
    let leaving = server.engine.leaving().clone();
    // Asked after the listening began, so that nothing falls between the two.
    let first = if server.engine.changes().any_since(since) { Change::Everything } else { Change::Nothing };
    futures::stream::unfold((listening, leaving, Some(first)), async |(mut listening, leaving, first)| {
        let change = if let Some(first) = first {
            first
        } else {
            tokio::select! {
                word = timeout(SILENCE, listening.recv()) => match word {
                    Ok(Ok(chat)) => Change::Chat(chat),
                    Ok(Err(RecvError::Lagged(_))) => Change::Everything,
                    Ok(Err(RecvError::Closed)) => return None,
                    Err(_) => Change::Nothing,
                },
                () = leaving.cancelled() => return None,
            }
        };
        Some((change.to_bytes().to_vec(), (listening, leaving, None)))
    })
}
