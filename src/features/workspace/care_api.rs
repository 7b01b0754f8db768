//! The server functions of what admins settle for all chats of a workspace: titles, and the check of messages.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{care::Care, error::AppError, form::Form, id::WorkspaceId};
#[cfg(feature = "ssr")]
use crate::{
    domain::{
        actor::Actor,
        care::{self, Offer},
        model::ModelRef,
        settings::Settings,
    },
    features::edge,
    server::{access::policy::InWorkspace, replies::Terms, state::AppState},
    texts::care as texts,
};

/// Who makes titles in a workspace, and whether messages are checked: the one that is named, or the one that one has before
/// oneself.
///
/// # Errors
/// `NotFound` if one is not in it, `Forbidden` for whoever is no admin.
#[server(name = LoadCare, endpoint = "workspace_care", input = Form)]
pub async fn workspace_care(workspace: Option<WorkspaceId>) -> Result<Care, AppError> {
    edge::in_workspace(workspace, InWorkspace::LookAfter, async |server, actor| load(server, &actor).await).await
}

/// Says which model makes titles: the provider's id, a space, and what the provider calls the model; nothing to leave it to
/// the server.
///
/// # Errors
/// `NotFound` if one is not in the workspace, `Forbidden` for whoever is no admin, `Invalid` if there is no such model to
/// be asked.
#[server(endpoint = "set_title_model", input = Form)]
pub async fn set_title_model(workspace: Option<WorkspaceId>, model: Option<String>) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        let model = match model {
            Some(text) => Some(open_model(server, &actor, &text).await?),
            None => None,
        };
        Ok(server.store.set_title_model(&actor, model).await?)
    })
    .await
}

/// Has messages checked by the provider before they are sent to its model, or not any more.
///
/// # Errors
/// `NotFound` if one is not in the workspace, `Forbidden` for whoever is no admin.
#[server(endpoint = "set_moderation", input = Form)]
pub async fn set_moderation(workspace: Option<WorkspaceId>, moderation: bool) -> Result<(), AppError> {
    edge::in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        server.store.set_moderation(&actor, moderation).await?;
        tracing::info!(workspace = %actor.workspace, moderation, "the check of messages was set");
        Ok(())
    })
    .await
}

#[cfg(feature = "ssr")]
async fn load(server: &AppState, actor: &Actor) -> Result<Care, AppError> {
    let chosen = server.store.title_model(actor.workspace).await?;
    let catalogue = server.providers.catalogue(actor.workspace).await?;
    let open = catalogue.models.iter().filter(|model| model.is_open());
    let mut models: Vec<Offer> = open
        .map(|model| Offer {
            model: care::written(&model.reference()),
            name: format!("{} · {}", model.provider_name, model.name),
        })
        .collect();
    let title_model = chosen.as_ref().map(care::written);
    if let (Some(chosen), Some(model)) = (chosen, &title_model)
        && models.iter().all(|offer| offer.model != *model)
    {
        models.push(Offer { model: model.clone(), name: chosen.model });
    }
    Ok(Care { moderation: server.store.moderation(actor).await?, title_model, models })
}

/// The model that is meant, if it can be asked in the actor's workspace.
#[cfg(feature = "ssr")]
async fn open_model(server: &AppState, actor: &Actor, text: &str) -> Result<ModelRef, AppError> {
    let model = care::read(text).ok_or_else(|| AppError::invalid(texts::NO_MODEL))?;
    let catalogue = server.providers.catalogue(actor.workspace).await?;
    let wanted = Settings { model: Some(model), ..Settings::default() };
    let terms = Terms::settle(wanted, &catalogue, server.providers.default_model());
    terms.map(|terms| terms.model).map_err(|_| AppError::invalid(texts::NO_MODEL))
}
