//! The server functions of products and experts.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::edit;
use crate::domain::{
    catalogue::{Expert, ExpertSummary, Product, ProductSummary},
    error::AppError,
    form::Form,
    id::{ExpertId, ProductId, ProviderId, WorkspaceId},
    upload::{FromUpload, Parts, Upload, UploadError},
};
#[cfg(feature = "ssr")]
use crate::{domain::model::ModelRef, features::edge::in_workspace, server::access::policy::InWorkspace};

/// The products of the workspace that is named, or of the one that one has before oneself, by name; those in the archive
/// too if they are asked for, which is for admins.
///
/// # Errors
/// `NotFound` if one is not in that workspace, `Forbidden`.
#[server(endpoint = "list_products", input = Form)]
pub async fn list_products(workspace: Option<WorkspaceId>, archived: bool) -> Result<Vec<ProductSummary>, AppError> {
    in_workspace(workspace, edit::to_list(archived), async |server, actor| {
        Ok(server.store.list_products(&actor, archived).await?)
    })
    .await
}

/// The experts, as [`list_products`].
///
/// # Errors
/// As [`list_products`].
#[server(endpoint = "list_experts", input = Form)]
pub async fn list_experts(workspace: Option<WorkspaceId>, archived: bool) -> Result<Vec<ExpertSummary>, AppError> {
    in_workspace(workspace, edit::to_list(archived), async |server, actor| {
        Ok(server.store.list_experts(&actor, archived).await?)
    })
    .await
}

/// A product to be changed; a blank one with an id of its own if none is named.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "load_product", input = Form)]
pub async fn load_product(workspace: Option<WorkspaceId>, product: Option<ProductId>) -> Result<Product, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| match product {
        Some(product) => Ok(server.store.product(&actor, product).await?),
        None => Ok(edit::blank_product(&actor)),
    })
    .await
}

/// An expert to be changed, as [`load_product`].
///
/// # Errors
/// As [`load_product`].
#[server(endpoint = "load_expert", input = Form)]
pub async fn load_expert(workspace: Option<WorkspaceId>, expert: Option<ExpertId>) -> Result<Expert, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| match expert {
        Some(expert) => Ok(server.store.expert(&actor, expert).await?),
        None => Ok(edit::blank_expert(&actor)),
    })
    .await
}

/// Keeps a product, new or changed. The client makes the id of a new one: sent twice, it is there once. Later replies of
/// chats about it are told of the change.
///
/// # Errors
/// `Invalid` if a field does not fit or there are too many, `NotFound` if the id is not one's to use, `Forbidden`.
#[server(endpoint = "save_product", input = Form)]
pub async fn save_product(
    workspace: Option<WorkspaceId>,
    product: ProductId,
    name: String,
    description: String,
    facts: String,
) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        let workspace = actor.workspace;
        let product = Product { id: product, workspace, name, description, facts, archived: false };
        edit::save_product(server, &actor, product).await
    })
    .await
}

/// Keeps an expert, new or changed, as [`save_product`]. Chats that have begun keep their model.
///
/// # Errors
/// As [`save_product`]; also `ModelGone` if the model that is named cannot be asked.
#[server(endpoint = "save_expert", input = Form)]
pub async fn save_expert(
    workspace: Option<WorkspaceId>,
    expert: ExpertId,
    name: String,
    title: String,
    instructions: String,
    provider: Option<ProviderId>,
    model: Option<String>,
) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        let model = model.map(|model| ModelRef { provider, model });
        let summary = ExpertSummary { id: expert, name, title, portrait: None, model, archived: false };
        let expert = Expert { summary, workspace: actor.workspace, instructions };
        edit::save_expert(server, &actor, expert).await
    })
    .await
}

/// Deletes a product. One that chats use is archived: they go on, new ones cannot choose it.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "delete_product", input = Form)]
pub async fn delete_product(workspace: Option<WorkspaceId>, product: ProductId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        server.store.delete_product(&actor, product).await?;
        leptos_axum::redirect(edit::PRODUCTS);
        Ok(())
    })
    .await
}

/// Deletes an expert, as [`delete_product`].
///
/// # Errors
/// As [`delete_product`].
#[server(endpoint = "delete_expert", input = Form)]
pub async fn delete_expert(workspace: Option<WorkspaceId>, expert: ExpertId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        server.store.delete_expert(&actor, expert).await?;
        leptos_axum::redirect(edit::EXPERTS);
        Ok(())
    })
    .await
}

/// Takes a product out of the archive.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "restore_product", input = Form)]
pub async fn restore_product(workspace: Option<WorkspaceId>, product: ProductId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        Ok(server.store.restore_product(&actor, product).await?)
    })
    .await
}

/// Takes an expert out of the archive.
///
/// # Errors
/// `NotFound` if they are not there, `Forbidden`.
#[server(endpoint = "restore_expert", input = Form)]
pub async fn restore_expert(workspace: Option<WorkspaceId>, expert: ExpertId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        Ok(server.store.restore_expert(&actor, expert).await?)
    })
    .await
}

/// Shows another picture of an expert: a form with the file `picture`, PNG, JPEG or WebP.
///
/// # Errors
/// `Invalid` if it is none of them, broken or too large; `NotFound` if the expert is not there, `Forbidden`.
#[server(endpoint = "set_portrait", input = Upload, input_derive = (Clone,))]
pub async fn set_portrait(workspace: Option<WorkspaceId>, expert: ExpertId, picture: Vec<u8>) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        edit::set_portrait(server, &actor, expert, picture).await
    })
    .await
}

impl FromUpload for SetPortrait {
    fn from_upload(parts: &mut Parts) -> Result<Self, UploadError> {
        let workspace = Some(parts.field("workspace")?);
        Ok(Self { workspace, expert: parts.field("expert")?, picture: parts.file("picture")? })
    }
}

/// Shows no picture of an expert any more.
///
/// # Errors
/// `NotFound` if the expert is not there, `Forbidden`.
#[server(endpoint = "remove_portrait", input = Form)]
pub async fn remove_portrait(workspace: Option<WorkspaceId>, expert: ExpertId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        Ok(server.store.set_portrait(&actor, expert, None).await?)
    })
    .await
}
