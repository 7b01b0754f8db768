//! The server functions of MCP servers.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::edit;
use crate::domain::{
    error::AppError,
    form::Form,
    id::{McpServerId, WorkspaceId},
    mcp::McpServer,
};
#[cfg(feature = "ssr")]
use crate::{features::edge::in_workspace, server::access::policy::InWorkspace};

/// The MCP servers of the workspace that is named, or of the one that one has before oneself, by name. For admins.
///
/// # Errors
/// `NotFound` if one is not in that workspace, `Forbidden`.
#[server(endpoint = "list_mcp_servers", input = Form)]
pub async fn list_mcp_servers(workspace: Option<WorkspaceId>) -> Result<Vec<McpServer>, AppError> {
    in_workspace(workspace, InWorkspace::LookAfter, async |server, actor| Ok(server.store.mcp_servers(&actor).await?))
        .await
}

/// An MCP server to be changed; a blank one with an id of its own if none is named.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "load_mcp_server", input = Form)]
pub async fn load_mcp_server(
    workspace: Option<WorkspaceId>,
    server: Option<McpServerId>,
) -> Result<McpServer, AppError> {
    in_workspace(workspace, InWorkspace::LookAfter, async |state, actor| match server {
        Some(server) => Ok(state.store.mcp_server(&actor, server).await?),
        None => Ok(edit::blank(actor.workspace)),
    })
    .await
}

/// Keeps an MCP server, new or changed, and reads its list of tools. An empty token leaves the one that is kept, unless it
/// is to be forgotten. The client makes the id of a new one: sent twice, it is there once.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid` if a field does not fit, the name is taken or there are too many.
#[server(endpoint = "save_mcp_server", input = Form)]
pub async fn save_mcp_server(
    workspace: Option<WorkspaceId>,
    server: McpServerId,
    name: String,
    url: String,
    token: Option<String>,
    forget_token: Option<bool>,
    enabled: Option<bool>,
) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |state, actor| {
        let fields = edit::Fields {
            id: server,
            name,
            url,
            token: token.unwrap_or_default(),
            forget_token: forget_token.unwrap_or_default(),
            enabled: enabled.unwrap_or_default(),
        };
        edit::save(state, &actor, fields).await
    })
    .await
}

/// Deletes an MCP server, and its tools from every chat.
///
/// # Errors
/// `NotFound`, `Forbidden`.
#[server(endpoint = "delete_mcp_server", input = Form)]
pub async fn delete_mcp_server(workspace: Option<WorkspaceId>, server: McpServerId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |state, actor| {
        state.store.delete_mcp_server(&actor, server).await?;
        leptos_axum::redirect(edit::SERVERS);
        Ok(())
    })
    .await
}

/// Reads an MCP server's list of tools again. What went wrong, if anything did, is said of the server.
///
/// # Errors
/// `NotFound`, `Forbidden`.
#[server(endpoint = "refresh_mcp_server", input = Form)]
pub async fn refresh_mcp_server(workspace: Option<WorkspaceId>, server: McpServerId) -> Result<McpServer, AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |state, actor| {
        state.tools.refresh(actor.workspace, server).await?;
        Ok(state.store.mcp_server(&actor, server).await?)
    })
    .await
}
