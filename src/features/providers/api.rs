//! The server functions of providers.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::edit::{self, Entered};
use crate::domain::{
    error::AppError,
    form::Form,
    id::{ProviderId, WorkspaceId},
    provider::{Provider, ProviderDetails, TestedProvider},
};
#[cfg(feature = "ssr")]
use crate::{features::edge::in_workspace, server::access::policy::InWorkspace};

/// The providers that there are for the workspace that is named, or for the one that one has before oneself: the operator's
/// first, then by name.
///
/// # Errors
/// `NotFound` if one is not in that workspace, `Forbidden`.
#[server(endpoint = "list_providers", input = Form)]
pub async fn list_providers(workspace: Option<WorkspaceId>) -> Result<Vec<Provider>, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        let providers = server.store.providers(actor.workspace).await?;
        Ok(providers.into_iter().filter(Provider::is_set).collect())
    })
    .await
}

/// A provider; a blank one with an id of its own if none is named.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "load_provider", input = Form)]
pub async fn load_provider(
    workspace: Option<WorkspaceId>,
    provider: Option<ProviderId>,
) -> Result<ProviderDetails, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| edit::details(server, &actor, provider).await)
        .await
}

/// Keeps a provider, new or changed, and reads its list of models. The client makes the id of a new one: sent twice, it is
/// there once. Without a key the one stays that is kept, unless the address is another. A model is named of a provider that
/// lists none.
///
/// # Errors
/// `Invalid` if a field does not fit, the address may not be reached, keys cannot be kept, or there are too many;
/// `NotFound` if the id is not one's to use, `Forbidden`.
#[server(endpoint = "save_provider", input = Form)]
pub async fn save_provider(
    workspace: Option<WorkspaceId>,
    provider: ProviderId,
    name: Option<String>,
    base_url: String,
    key: Option<String>,
    model: Option<String>,
) -> Result<(), AppError> {
    let entered = Entered { provider, name, base_url, key, model };
    let server = in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        edit::save(server, &actor, entered).await?;
        Ok(server.clone())
    })
    .await?;
    // Whatever comes of it, the provider's page says it.
    server.providers.read_list(provider).await?;
    edit::show(provider);
    Ok(())
}

/// Tries what is entered, without keeping it: lists the models, and where everybody gets that list or there is none, has the
/// model that is named say a word. Without a key it is the one that is kept for this address.
///
/// # Errors
/// `Invalid` with what is wrong; `NotFound`, `Forbidden`.
#[server(endpoint = "test_provider", input = Form)]
pub async fn test_provider(
    workspace: Option<WorkspaceId>,
    provider: ProviderId,
    name: Option<String>,
    base_url: String,
    key: Option<String>,
    model: Option<String>,
) -> Result<TestedProvider, AppError> {
    let entered = Entered { provider, name, base_url, key, model };
    let trial =
        in_workspace(workspace, InWorkspace::Curate, async |server, actor| edit::trial(server, &actor, entered).await)
            .await?;
    // It may take longer than the database may.
    trial.run().await
}

/// Reads a provider's list of models anew. Answers how many it has.
///
/// # Errors
/// `Invalid` if it cannot be read, with what is wrong, or was a moment ago; `NotFound`, `Forbidden`.
#[server(endpoint = "refresh_provider", input = Form)]
pub async fn refresh_provider(workspace: Option<WorkspaceId>, provider: ProviderId) -> Result<u64, AppError> {
    let server = in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        server.store.provider(&actor, provider).await?;
        Ok(server.clone())
    })
    .await?;
    edit::refresh(&server, provider).await
}

/// Lets the models of a provider be chosen, or not.
///
/// # Errors
/// `NotFound` if it is not there or the operator's, `Forbidden`.
#[server(endpoint = "switch_provider", input = Form)]
pub async fn switch_provider(
    workspace: Option<WorkspaceId>,
    provider: ProviderId,
    enabled: bool,
) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        server.store.switch_provider(&actor, provider, enabled).await?;
        server.providers.forget(Some(actor.workspace));
        Ok(())
    })
    .await
}

/// Deletes a provider, with its key and its models. What they answered stays.
///
/// # Errors
/// `NotFound` if it is not there or the operator's, `Forbidden`.
#[server(endpoint = "delete_provider", input = Form)]
pub async fn delete_provider(workspace: Option<WorkspaceId>, provider: ProviderId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        server.store.delete_provider(&actor, provider).await?;
        server.providers.forget(Some(actor.workspace));
        leptos_axum::redirect(edit::PROVIDERS);
        Ok(())
    })
    .await
}
