//! The server functions of the list of chats.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;
use server_fn::codec::{ByteStream, Streaming};

use crate::domain::{
    chat::{ChatList, Sharing},
    error::AppError,
    form::Form,
    id::{ChatId, WorkspaceId},
};
#[cfg(feature = "ssr")]
use crate::{
    features::{chats::changes::changes, edge},
    server::access::policy::{InWorkspace, WithChat},
};

/// The chats in use, or those put away, newest activity first, in the workspace that is named or in the one that one has
/// before oneself.
///
/// # Errors
/// `NotFound` if one is not in that workspace.
#[server(endpoint = "list_chats", input = Form)]
pub async fn list_chats(workspace: Option<WorkspaceId>, archived: bool) -> Result<ChatList, AppError> {
    edge::in_workspace(workspace, InWorkspace::Look, async |server, actor| {
        // The moment before the look: a change that the look missed is after it.
        let now = server.store.now();
        let chats = server.store.list_chats(&actor, archived).await?;
        Ok(ChatList { workspace: actor.workspace, chats, now })
    })
    .await
}

/// Gives a chat another title.
///
/// # Errors
/// `NotFound`, or `Invalid` if nothing is left of the title.
#[server(endpoint = "rename_chat", input = Form)]
pub async fn rename_chat(chat: ChatId, title: String) -> Result<(), AppError> {
    use crate::{domain::chat::clean_title, texts::chats as texts};
    edge::with_chat(chat, WithChat::Manage, async |server, actor| {
        let title = clean_title(&title).ok_or_else(|| AppError::invalid(texts::NEEDS_TITLE))?;
        Ok(server.store.rename_chat(&actor, chat, &title).await?)
    })
    .await
}

/// Puts a chat away, or takes it out again.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "archive_chat", input = Form)]
pub async fn archive_chat(chat: ChatId, archived: bool) -> Result<(), AppError> {
    edge::with_chat(chat, WithChat::Manage, async |server, actor| {
        Ok(server.store.archive_chat(&actor, chat, archived).await?)
    })
    .await
}

/// Says who else in the workspace sees a chat: nobody, everybody, or everybody with those who may write doing so together.
///
/// # Errors
/// `NotFound`, or `Forbidden` if somebody else began it.
#[server(endpoint = "share_chat", input = Form)]
pub async fn share_chat(chat: ChatId, sharing: Sharing) -> Result<(), AppError> {
    edge::with_chat(chat, WithChat::Manage, async |server, actor| {
        Ok(server.store.share_chat(&actor, chat, sharing).await?)
    })
    .await
}

/// Deletes a chat, its running reply included. It can be had back for an hour.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "delete_chat", input = Form)]
pub async fn delete_chat(chat: ChatId) -> Result<(), AppError> {
    use crate::server::store::StoreError;
    edge::with_chat(chat, WithChat::Manage, async |server, actor| {
        match server.store.running_reply(&actor, chat).await {
            Ok(Some(reply)) => server.engine.stop(&actor, reply).await?,
            // Deleted before: twice is as good as once.
            Ok(None) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(server.store.delete_chat(&actor, chat).await?)
    })
    .await
}

/// Takes a deletion back.
///
/// # Errors
/// `NotFound`, also after the hour.
#[server(endpoint = "restore_chat", input = Form)]
pub async fn restore_chat(chat: ChatId) -> Result<(), AppError> {
    edge::with_chat(chat, WithChat::Manage, async |server, actor| Ok(server.store.restore_chat(&actor, chat).await?))
        .await
}

/// Word of changes to the chats that one may see: a stream of [changes](crate::domain::change). The first says whether there were any since
/// a moment, in microseconds since 1970 UTC by the server's clock: [`Change::Everything`] or [`Change::Nothing`].
///
/// [`Change::Everything`]: crate::domain::change::Change::Everything
/// [`Change::Nothing`]: crate::domain::change::Change::Nothing
///
/// # Errors
/// `NotFound` if one is not in that workspace; `TooManyStreams`.
#[server(endpoint = "follow_changes", input = Form, output = Streaming)]
pub async fn follow_changes(workspace: Option<WorkspaceId>, since: i64) -> Result<ByteStream<AppError>, AppError> {
    edge::in_workspace(workspace, InWorkspace::Look, async |server, actor| {
        edge::stream(server, &actor, None, changes(server, actor, since))
    })
    .await
}
