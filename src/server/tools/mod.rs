//! Tools that models call while they write a reply: those that are built in, and those of the MCP servers of a workspace.
//! A tool runs as the person who asked for the reply, and sees what they see.

pub mod arguments;
pub mod calculator;
mod clock;
mod mcp;
mod mcp_error;
mod names;
mod search;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::SecretString;
use serde_json::{Map, Value, json};

pub use mcp_error::McpError;

use super::{
    config::{ModelSettings, ToolPatience},
    model::Offer,
    outbound::Private,
    seal::{Seal, SealError},
    store::{Result, Store, StoreError, in_time, mcp::McpAccess},
};
use crate::{
    domain::{
        actor::Actor,
        id::{ChatId, McpServerId, MessageId, WorkspaceId},
        tool::{ChatTools, ToolChoice, ToolSettings},
    },
    texts::tools as texts,
};

/// How long a server may take to list its tools: whoever saves it waits for that.
const LIST_PATIENCE: Duration = Duration::from_secs(5);
/// How old a list may be before it is read again, in microseconds.
const LIST_AGE: i64 = 24 * 60 * 60 * 1_000_000;
/// How long a list that could not be read is left alone.
const AFTER_FAILURE: Duration = Duration::from_secs(10 * 60);

/// A tool of a workspace.
#[derive(Clone, Debug)]
pub struct Tool {
    /// By what a chat knows it.
    pub key: String,
    /// What the model calls it.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What it takes, as a JSON schema.
    pub parameters: Value,
    /// The MCP server that it is of; none if it is built in.
    pub server: Option<String>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Time,
    Calculate,
    Search,
    Mcp { server: McpServerId, url: String, name: String, listed_at: Option<i64> },
}

impl Tool {
    /// Whether its calls wait for a person where nobody said anything: what leaves this server does.
    #[must_use]
    pub fn usually_waits(&self) -> bool {
        matches!(self.kind, Kind::Mcp { .. })
    }

    /// As a model is told of it.
    #[must_use]
    pub fn offer(&self) -> Offer {
        Offer { name: self.name.clone(), description: self.description.clone(), parameters: self.parameters.clone() }
    }
}

/// The tools, as one node has them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tools {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    seal: Option<Seal>,
    private: Private,
    patience: ToolPatience,
    searches: search::Turns,
    /// When this node last began to read a server's list by itself.
    refreshed: Mutex<HashMap<McpServerId, Instant>>,
}

impl Tools {
    /// Those of a server with these settings.
    ///
    /// # Errors
    /// Never, with a key of the right length.
    pub fn new(store: Store, settings: &ModelSettings) -> std::result::Result<Self, SealError> {
        let seal = settings.master_key.as_ref().map(Seal::new).transpose()?;
        let (private, patience) = (settings.private, settings.tools);
        let searches = search::Turns::default();
        let shared = Shared { store, seal, private, patience, searches, refreshed: Mutex::default() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// With what tokens are sealed, if they can be kept.
    #[must_use]
    pub fn seal(&self) -> Option<&Seal> {
        self.shared.seal.as_ref()
    }

    /// Whether servers may be at private addresses.
    #[must_use]
    pub fn private(&self) -> Private {
        self.shared.private
    }

    /// How long calls are waited for.
    #[must_use]
    pub fn patience(&self) -> ToolPatience {
        self.shared.patience
    }

    /// All tools that there are in a workspace: the built-in ones, then those of its servers.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn all(&self, workspace: WorkspaceId) -> Result<Vec<Tool>> {
        let mut tools = built_in();
        for listed in self.shared.store.mcp_tools(workspace).await? {
            let is_taken = |name: &str| tools.iter().any(|tool| tool.name == name);
            tools.push(Tool {
                key: format!("{}/{}", listed.server, listed.name),
                name: names::name(&listed.server_name, &listed.name, is_taken),
                description: listed.description,
                parameters: listed.parameters,
                server: Some(listed.server_name),
                kind: Kind::Mcp {
                    server: listed.server,
                    url: listed.url,
                    name: listed.name,
                    listed_at: listed.listed_at,
                },
            });
        }
        Ok(tools)
    }

    /// Those that are switched on. Lists that are old are read again meanwhile.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn switched_on(&self, workspace: WorkspaceId, settings: &ToolSettings) -> Result<Vec<Tool>> {
        if settings.on.is_empty() {
            return Ok(Vec::new());
        }
        let mut tools = self.all(workspace).await?;
        tools.retain(|tool| settings.on.contains(&tool.key));
        self.refresh_old(workspace, &tools);
        Ok(tools)
    }

    /// The tools of a chat, to be switched on and off.
    ///
    /// # Errors
    /// `NotFound` if the chat is not there for this actor.
    pub async fn of_chat(&self, actor: &Actor, chat: ChatId, may_change: bool) -> Result<ChatTools> {
        let settings = self.shared.store.tool_settings(actor, chat).await?;
        self.choices(actor, &settings, may_change).await
    }

    /// The same for a chat that is about to begin.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn of_new(&self, actor: &Actor) -> Result<ChatTools> {
        self.choices(actor, &ToolSettings::default(), true).await
    }

    async fn choices(&self, actor: &Actor, settings: &ToolSettings, may_change: bool) -> Result<ChatTools> {
        let choice = |tool: Tool| ToolChoice {
            on: settings.on.contains(&tool.key),
            waits: settings.waits(&tool.key, tool.usually_waits()),
            key: tool.key,
            name: tool.name,
            description: tool.description,
            server: tool.server,
        };
        let tools = self.all(actor.workspace).await?.into_iter().map(choice).collect();
        Ok(ChatTools { tools, ask: settings.ask, may_change })
    }

    /// Carries a tool out for whoever asked for the reply `asking`.
    ///
    /// # Errors
    /// What the model is told if it failed, in a sentence.
    pub async fn run(
        &self,
        tool: &Tool,
        arguments: Map<String, Value>,
        asker: &Actor,
        asking: MessageId,
    ) -> std::result::Result<String, String> {
        let word = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let store = &self.shared.store;
        match &tool.kind {
            Kind::Time => clock::tell(store.now(), word("utc_offset")).map_err(|error| error.to_string()),
            Kind::Calculate => calculator::calculate(word("expression")).map_err(|error| error.to_string()),
            Kind::Search => {
                let found = search::search(store, &self.shared.searches, asker, asking, word("query")).await;
                found.map_err(|error| {
                    tracing::warn!(%error, "the chats could not be searched");
                    texts::BROKEN.to_owned()
                })
            }
            Kind::Mcp { server, url, name, .. } => {
                let access = store.mcp_access(asker.workspace, *server, false).await;
                let reach = access.and_then(|access| self.reach(*server, access)).map_err(|error| {
                    tracing::warn!(%error, "an MCP server could not be asked");
                    texts::BROKEN.to_owned()
                })?;
                // It has moved since the model was told of the tool: the other address has not listed it, nor did anybody
                // allow a call of it there.
                if reach.url != *url {
                    return Err(texts::NOT_THERE.to_owned());
                }
                let given = reach.call(name, arguments).await.map_err(|error| error.to_string())?;
                if given.is_error { Err(given.text) } else { Ok(given.text) }
            }
        }
    }

    fn reach(&self, server: McpServerId, access: McpAccess) -> Result<mcp::Reach> {
        let open = |sealed: String| -> Result<SecretString> {
            let seal =
                self.seal().ok_or_else(|| StoreError::Corrupt("a token is sealed, without a master key".into()))?;
            seal.open(&sealed, &server.to_string()).map_err(|error| StoreError::Corrupt(error.to_string()))
        };
        let token = access.sealed_token.map(open).transpose()?;
        Ok(mcp::Reach { url: access.url, token, private: self.shared.private })
    }

    /// Reads the list of a server of a workspace, and keeps it or what went wrong.
    ///
    /// # Errors
    /// If the database fails or there is no such server.
    pub async fn refresh(&self, workspace: WorkspaceId, server: McpServerId) -> Result<()> {
        let store = &self.shared.store;
        let access = in_time(store.mcp_access(workspace, server, true)).await?;
        let url = access.url.clone();
        let listed = match self.reach(server, access) {
            Ok(reach) => reach.list(LIST_PATIENCE).await.map_err(|error| error.to_string()),
            Err(error) => {
                tracing::warn!(%error, "the token of an MCP server cannot be opened");
                Err(texts::TOKEN_LOST.to_owned())
            }
        };
        in_time(store.keep_mcp_list(server, &url, listed.as_deref().map_err(String::as_str))).await
    }

    /// Reads the lists of these tools' servers again that are old, beside whatever goes on.
    fn refresh_old(&self, workspace: WorkspaceId, tools: &[Tool]) {
        let before = self.shared.store.now().saturating_sub(LIST_AGE);
        let mut refreshed = self.shared.refreshed.lock().unwrap_or_else(PoisonError::into_inner);
        refreshed.retain(|_, at| at.elapsed() < AFTER_FAILURE);
        for tool in tools {
            let &Kind::Mcp { server, listed_at, .. } = &tool.kind else { continue };
            if listed_at.is_some_and(|at| at > before) || refreshed.contains_key(&server) {
                continue;
            }
            refreshed.insert(server, Instant::now());
            let tools = self.clone();
            tokio::spawn(async move {
                if let Err(error) = tools.refresh(workspace, server).await {
                    tracing::warn!(%error, "the tools of an MCP server could not be listed");
                }
            });
        }
    }
}

fn built_in() -> Vec<Tool> {
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let tool = |name: &str, description: &str, parameters: Value, kind: Kind| Tool {
        key: name.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        parameters,
        server: None,
        kind,
    };
    let offset = json!({"utc_offset": {
        "type": "string", "description": "The place's offset from UTC, like +02:00. UTC if it is left out.",
    }});
    let expression = json!({"expression": {
        "type": "string", "description": "For example (1200 * 1.19) / 12, 2^10, sqrt(2), max(3, 7) or 17 % 5.",
    }});
    let query = json!({"query": {
        "type": "string", "description": "A few words: what has all of them is found.",
    }});
    vec![
        tool("current_time", texts::CURRENT_TIME, object(offset, &[]), Kind::Time),
        tool("calculate", texts::CALCULATE, object(expression, &["expression"]), Kind::Calculate),
        tool("search_chats", texts::SEARCH_CHATS, object(query, &["query"]), Kind::Search),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::BUILT_IN_TOOL_BYTES;

    #[test]
    fn budgets_reserve_for_what_is_told_of_the_built_in_tools() {
        let told: usize = built_in().iter().map(|tool| tool.offer().text().len()).sum();
        assert!(told as u64 <= BUILT_IN_TOOL_BYTES, "{told}");
    }
}
