//! The server functions of how models are asked.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    asking::Offer,
    error::AppError,
    form::Form,
    id::{ChatId, WorkspaceId},
    settings::Effort,
};
#[cfg(feature = "ssr")]
use crate::{
    domain::settings::Settings,
    features::{
        asking::edit,
        edge::{in_workspace, with_chat},
    },
    server::access::policy::{InWorkspace, WithChat},
};

/// The models that can be chosen in the workspace that is named, or in the one that one has before oneself, and what holds
/// there where a chat says nothing.
///
/// # Errors
/// `NotFound` if one is not in that workspace.
#[server(endpoint = "offered_models", input = Form)]
pub async fn offered_models(workspace: Option<WorkspaceId>) -> Result<Offer, AppError> {
    in_workspace(workspace, InWorkspace::Look, async |server, actor| edit::offer(server, &actor).await).await
}

/// Chooses which model answers in a chat from now on: the provider's id, a slash and the model, or the model alone; none for
/// the one of the workspace.
///
/// # Errors
/// `NotFound`, `Forbidden`, `ModelGone` if it cannot be asked, `Invalid` if it is none.
#[server(endpoint = "choose_model", input = Form)]
pub async fn choose_model(chat: ChatId, model: Option<String>) -> Result<(), AppError> {
    with_chat(chat, WithChat::Write, async |server, actor| {
        let chosen = edit::chosen(Settings::default(), model)?;
        edit::check_open(server, &actor, &chosen).await?;
        Ok(server.store.choose_model(&actor, chat, chosen.model.as_ref()).await?)
    })
    .await
}

/// Says how models are asked in a chat from now on, whichever model it is. What is left out is as the workspace says.
///
/// # Errors
/// `NotFound`, `Forbidden`, or `Invalid` if one does not fit.
#[server(endpoint = "save_chat_settings", input = Form)]
pub async fn save_chat_settings(
    chat: ChatId,
    system_prompt: Option<String>,
    temperature: Option<f64>,
    max_tokens: Option<u32>,
    effort: Option<Effort>,
) -> Result<(), AppError> {
    with_chat(chat, WithChat::Write, async |server, actor| {
        let settings = Settings { model: None, system_prompt, temperature, max_tokens, effort };
        Ok(server.store.save_chat_settings(&actor, chat, edit::checked(settings)?).await?)
    })
    .await
}

/// What holds in a workspace where a chat says nothing, to be changed, and the models that can be chosen.
///
/// # Errors
/// `NotFound` if one is not in that workspace, `Forbidden`.
#[server(endpoint = "load_defaults", input = Form)]
pub async fn load_defaults(workspace: Option<WorkspaceId>) -> Result<Offer, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| edit::offer(server, &actor).await).await
}

/// Says what holds in a workspace where a chat says nothing. What is left out is as usual.
///
/// # Errors
/// As [`choose_model`] and [`save_chat_settings`].
#[server(endpoint = "save_defaults", input = Form)]
pub async fn save_defaults(
    workspace: Option<WorkspaceId>,
    model: Option<String>,
    system_prompt: Option<String>,
    temperature: Option<f64>,
    max_tokens: Option<u32>,
    effort: Option<Effort>,
) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        let settings = Settings { model: None, system_prompt, temperature, max_tokens, effort };
        let settings = edit::chosen(settings, model)?;
        edit::check_open(server, &actor, &settings).await?;
        Ok(server.store.save_workspace_settings(&actor, settings).await?)
    })
    .await
}
