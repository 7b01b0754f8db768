//! The server functions of the catalogue of models, for admins.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]
#![allow(clippy::too_many_arguments, reason = "a form is flat: each of its fields is an argument")]

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::edit::{self, Entered};
use crate::domain::{
    error::AppError,
    form::Form,
    id::{ModelId, ProviderId, WorkspaceId},
    model::Capability,
    model_facts::ModelDetails,
    model_filter::ModelPage,
};
#[cfg(feature = "ssr")]
use crate::{domain::model_filter::ModelFilter, features::edge::in_workspace, server::access::policy::InWorkspace};

/// A page of the models that there are for the workspace that is named, or for the one that one has before oneself: those
/// of one provider, that can do one thing, with some words in their names; each can be left out. Those are among them that
/// are gone or not offered.
///
/// # Errors
/// `NotFound` if one is not in that workspace, `Forbidden`.
#[server(endpoint = "browse_models", input = Form)]
pub async fn browse_models(
    workspace: Option<WorkspaceId>,
    provider: Option<ProviderId>,
    capability: Option<Capability>,
    words: Option<String>,
    page: Option<u64>,
) -> Result<ModelPage, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        let filter = ModelFilter { provider, capability, words };
        edit::browse(server, &actor, &filter, page.unwrap_or(1)).await
    })
    .await
}

/// A model, with what is known of it and what the admins of the workspace say in place of it.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "load_model", input = Form)]
pub async fn load_model(workspace: Option<WorkspaceId>, model: ModelId) -> Result<ModelDetails, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| edit::details(server, &actor, model).await).await
}

/// Says of a model what holds in the workspace in place of what is known, and whether people may choose it. Prices are
/// dollars for a million tokens. What is left out is as it is known.
///
/// # Errors
/// `Invalid` if a field does not fit, `NotFound` if the model is not there, `Forbidden`.
#[server(endpoint = "save_model", input = Form)]
pub async fn save_model(
    workspace: Option<WorkspaceId>,
    model: ModelId,
    enabled: bool,
    context_length: Option<String>,
    input_price: Option<String>,
    output_price: Option<String>,
    vision: Option<bool>,
    audio: Option<bool>,
    tools: Option<bool>,
    reasoning: Option<bool>,
) -> Result<(), AppError> {
    let entered = Entered { context_length, input_price, output_price, vision, audio, tools, reasoning };
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        edit::save(server, &actor, model, entered, enabled).await
    })
    .await
}

/// Lets a model be chosen in the workspace, or not.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "switch_model", input = Form)]
pub async fn switch_model(workspace: Option<WorkspaceId>, model: ModelId, enabled: bool) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        server.store.switch_model(&actor, model, enabled).await?;
        server.providers.forget(Some(actor.workspace));
        Ok(())
    })
    .await
}
