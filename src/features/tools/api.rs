//! The server functions of the tools of a chat, and of their calls.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::{answer, edit};
use crate::domain::{
    error::AppError,
    form::Form,
    id::{ChatId, MessageId, WorkspaceId},
    tool::ChatTools,
};
#[cfg(feature = "ssr")]
use crate::{
    features::edge::{in_workspace, with_chat, with_message},
    server::access::{
        may,
        policy::{InWorkspace, WithChat},
    },
};

/// The tools that a chat may use which begins in the workspace that is named, or in the one that one has before oneself.
///
/// # Errors
/// `NotFound` if one is not in that workspace.
#[server(endpoint = "offered_tools", input = Form)]
pub async fn offered_tools(workspace: Option<WorkspaceId>) -> Result<ChatTools, AppError> {
    in_workspace(workspace, InWorkspace::Look, async |server, actor| Ok(server.tools.of_new(&actor).await?)).await
}

/// The tools that a chat may use, and which of them are switched on.
///
/// # Errors
/// `NotFound`.
#[server(name = LoadTools, endpoint = "chat_tools", input = Form)]
pub async fn chat_tools(chat: ChatId) -> Result<ChatTools, AppError> {
    with_chat(chat, WithChat::Read, async |server, actor| {
        let (may_write, _) = may(&server.store, &actor, chat).await?;
        Ok(server.tools.of_chat(&actor, chat, may_write).await?)
    })
    .await
}

/// Switches a tool of a chat on or off; `tool` is its key. Twice is as good as once.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid` if there is no such tool or too many are on.
#[server(endpoint = "switch_tool", input = Form)]
pub async fn switch_tool(chat: ChatId, tool: String, on: bool) -> Result<(), AppError> {
    with_chat(chat, WithChat::Write, async |server, actor| edit::switch(server, &actor, chat, &tool, on).await).await
}

/// Has every call of a tool in a chat wait for a person, or only those of tools that always do. What was allowed once and
/// for all waits again.
///
/// # Errors
/// `NotFound`, `Forbidden`.
#[server(endpoint = "ask_before_tools", input = Form)]
pub async fn ask_before_tools(chat: ChatId, ask: bool) -> Result<(), AppError> {
    with_chat(chat, WithChat::Write, async |server, actor| {
        Ok(server.store.change_tools(&actor, chat, |settings| settings.ask(ask)).await?)
    })
    .await
}

/// Allows a call that waits; `always` if no call of its tool is to wait in this chat again. Twice is as good as once.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid` if it does not wait any more.
#[server(endpoint = "allow_tool_call", input = Form)]
pub async fn allow_tool_call(reply: MessageId, number: u32, always: Option<bool>) -> Result<(), AppError> {
    with_message(reply, WithChat::Write, async |server, actor| {
        answer::allow(server, &actor, reply, number, always.unwrap_or_default()).await
    })
    .await
}

/// Declines a call that waits: the model is told, and goes on without it. Twice is as good as once.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid` if it does not wait any more.
#[server(endpoint = "decline_tool_call", input = Form)]
pub async fn decline_tool_call(reply: MessageId, number: u32) -> Result<(), AppError> {
    with_message(reply, WithChat::Write, async |server, actor| answer::decline(server, &actor, reply, number).await)
        .await
}
