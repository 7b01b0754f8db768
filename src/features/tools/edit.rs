//! Changes which tools a chat uses, and the MCP servers of a workspace.

use leptos_axum::redirect;
use reqwest::Url;
use secrecy::SecretString;

use crate::{
    domain::{
        actor::Actor,
        error::AppError,
        id::{ChatId, McpServerId, MessageId, WorkspaceId},
        limits::{TOOLS_PER_CHAT, URL_CHARS},
        mcp::{McpServer, Misfit, cleaned_name, cleaned_token},
        tool::ToolSettings,
    },
    server::{
        outbound::checked_url,
        state::AppState,
        store::{
            StoreError,
            mcp::{SavedServer, Token},
        },
    },
    texts::{outbound, tools as texts},
};

/// The page of all servers.
pub(super) const SERVERS: &str = "/workspace/tools";

/// The keys of the tools with which a chat is to begin, as its form names them, one a line.
pub(in crate::features) async fn begun_with(
    server: &AppState,
    actor: &Actor,
    named: Option<&str>,
) -> Result<Vec<String>, AppError> {
    let mut keys: Vec<String> = Vec::new();
    for key in named.into_iter().flat_map(str::lines).map(str::trim).filter(|key| !key.is_empty()) {
        if keys.iter().all(|known| known != key) {
            keys.push(key.to_owned());
        }
    }
    if keys.is_empty() {
        return Ok(keys);
    }
    if keys.len() > TOOLS_PER_CHAT {
        return Err(AppError::invalid(texts::FULL));
    }
    let known = server.tools.all(actor.workspace).await?;
    if keys.iter().any(|key| known.iter().all(|tool| tool.key != *key)) {
        return Err(AppError::invalid(texts::NO_SUCH_TOOL));
    }
    Ok(keys)
}

pub(super) async fn switch(
    server: &AppState,
    actor: &Actor,
    chat: ChatId,
    tool: &str,
    on: bool,
) -> Result<(), AppError> {
    let known: Vec<String> = server.tools.all(actor.workspace).await?.into_iter().map(|tool| tool.key).collect();
    if on && known.iter().all(|key| key != tool) {
        return Err(AppError::invalid(texts::NO_SUCH_TOOL));
    }
    let change = |settings: &mut ToolSettings| {
        settings.switch(tool, on);
        // Those of servers that are gone make room.
        if settings.on.len() > TOOLS_PER_CHAT {
            settings.on.retain(|key| known.contains(key));
        }
    };
    Ok(server.store.change_tools(actor, chat, change).await?)
}

/// The key of the tool that a call is of, if there is such a tool by now.
pub(super) async fn key_of_call(
    server: &AppState,
    actor: &Actor,
    reply: MessageId,
    number: u32,
) -> Result<Option<String>, AppError> {
    let name = server.store.called_tool(actor, reply, number).await?;
    let all = server.tools.all(actor.workspace).await?;
    Ok(all.into_iter().find(|tool| tool.name == name).map(|tool| tool.key))
}

/// The fields of a server, as they were sent.
pub(super) struct Fields {
    pub id: McpServerId,
    pub name: String,
    pub url: String,
    pub token: String,
    pub forget_token: bool,
    pub enabled: bool,
}

pub(super) fn blank(workspace: WorkspaceId) -> McpServer {
    McpServer {
        id: McpServerId::new(),
        workspace,
        name: String::new(),
        url: String::new(),
        has_token: false,
        enabled: true,
        listed_at: None,
        problem: None,
        tools: Vec::new(),
    }
}

/// Keeps a server, then asks it for its tools. Whether it answers is said on its page.
pub(super) async fn save(server: &AppState, actor: &Actor, fields: Fields) -> Result<(), AppError> {
    let unfit = |misfit: Misfit| AppError::invalid(texts::misfit(misfit));
    let Fields { id, enabled, .. } = fields;
    let name = cleaned_name(&fields.name).map_err(unfit)?;
    if fields.url.chars().count() > URL_CHARS {
        return Err(AppError::invalid(outbound::NOT_A_URL));
    }
    let url = checked_url(&fields.url, server.tools.private()).map_err(|error| AppError::invalid(error.to_string()))?;
    let before = match server.store.mcp_server(actor, id).await {
        Ok(before) => Some(before),
        Err(StoreError::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let token = match cleaned_token(&fields.token).map_err(unfit)? {
        Some(token) => {
            let seal = server.tools.seal().ok_or_else(|| AppError::invalid(texts::NO_MASTER_KEY))?;
            let sealed = seal.close(&SecretString::from(token), &id.to_string()).map_err(|error| {
                tracing::error!(%error, "a token could not be sealed");
                AppError::Unavailable
            })?;
            Token::Sealed(sealed)
        }
        None if fields.forget_token => Token::None,
        None => {
            // A token goes to no host but the one that it was entered for.
            let keeps = before.as_ref().filter(|before| before.has_token);
            if keeps.is_some_and(|before| !same_origin(&before.url, &url)) {
                return Err(AppError::invalid(texts::TOKEN_ELSEWHERE));
            }
            Token::Keep(before.as_ref().map(|before| before.url.clone()).unwrap_or_default())
        }
    };
    server.store.save_mcp_server(actor, SavedServer { id, name, url, enabled, token }).await?;
    server.tools.refresh(actor.workspace, id).await?;
    redirect(&format!("{SERVERS}/{id}"));
    Ok(())
}

fn same_origin(before: &str, now: &str) -> bool {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
    origin(before).is_some() && origin(before) == origin(now)
}
