//! MCP servers of a workspace, and the tools that they listed.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    error::is_unique,
    rows::{json, parse, to_json},
    tools,
    walls::hold_workspace,
};
use crate::{
    domain::{
        actor::Actor,
        audit::AuditAction,
        id::{McpServerId, WorkspaceId},
        limits::PROVIDERS_PER_WORKSPACE,
        mcp::{McpServer, McpTool},
    },
    texts::tools as texts,
};

/// A server as it is to be kept.
#[derive(Clone, Debug)]
pub struct SavedServer {
    /// Its id.
    pub id: McpServerId,
    /// Its name, cleaned.
    pub name: String,
    /// Where it answers, checked.
    pub url: String,
    /// Whether its tools may be used.
    pub enabled: bool,
    /// What becomes of its token.
    pub token: Token,
}

/// What becomes of a token.
#[derive(Clone, Debug)]
pub enum Token {
    /// It stays as it is, if the server still has this address, beside which it was kept.
    Keep(String),
    /// There is none.
    None,
    /// It is this one, sealed.
    Sealed(String),
}

/// How a server is reached.
#[derive(Clone, Debug)]
pub struct McpAccess {
    /// Where it answers.
    pub url: String,
    /// Its token, sealed.
    pub sealed_token: Option<String>,
}

/// A tool that a server listed.
#[derive(Clone, Debug)]
pub struct ListedTool {
    /// The server.
    pub server: McpServerId,
    /// Its name.
    pub server_name: String,
    /// Where it answered when it listed the tool.
    pub url: String,
    /// When its list was last read, in microseconds since 1970 UTC.
    pub listed_at: Option<i64>,
    /// The tool's name there.
    pub name: String,
    /// What it does, as the server says.
    pub description: String,
    /// What it takes, as a JSON schema.
    pub parameters: serde_json::Value,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    workspace_id: String,
    name: String,
    url: String,
    sealed_token: Option<String>,
    enabled: i64,
    listed_at: Option<i64>,
    problem: Option<String>,
}

impl Row {
    fn server(self, tools: Vec<McpTool>) -> Result<McpServer> {
        Ok(McpServer {
            id: parse(&self.id)?,
            workspace: parse(&self.workspace_id)?,
            name: self.name,
            url: self.url,
            has_token: self.sealed_token.is_some(),
            enabled: self.enabled != 0,
            listed_at: self.listed_at,
            problem: self.problem,
            tools,
        })
    }
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    id: String,
    server_name: String,
    url: String,
    listed_at: Option<i64>,
    name: String,
    description: String,
    parameters: String,
}

impl ListedRow {
    fn tool(self) -> Result<ListedTool> {
        Ok(ListedTool {
            server: parse(&self.id)?,
            server_name: self.server_name,
            url: self.url,
            listed_at: self.listed_at,
            name: self.name,
            description: self.description,
            parameters: json(&self.parameters)?,
        })
    }
}

const COLUMNS: &str = "s.id, s.workspace_id, s.name, s.url, s.sealed_token, s.enabled, s.listed_at, s.problem";

impl Store {
    /// The servers of the actor's workspace with their tools, both by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mcp_servers(&self, actor: &Actor) -> Result<Vec<McpServer>> {
        let sql = format!("SELECT {COLUMNS} FROM mcp_servers s WHERE s.workspace_id = $1 ORDER BY lower(s.name), s.id");
        let mut reader = self.reader().await?;
        let rows: Vec<Row> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(actor.workspace.to_string()).fetch_all(&mut *reader).await?;
        let listed: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT t.server_id, t.name, t.description FROM mcp_tools t JOIN mcp_servers s ON s.id = t.server_id
             WHERE s.workspace_id = $1 ORDER BY t.name",
        )
        .bind(actor.workspace.to_string())
        .fetch_all(&mut *reader)
        .await?;
        let mut tools: HashMap<String, Vec<McpTool>> = HashMap::new();
        for (server, name, description) in listed {
            tools.entry(server).or_default().push(McpTool { name, description });
        }
        rows.into_iter()
            .map(|row| {
                let tools = tools.remove(&row.id).unwrap_or_default();
                row.server(tools)
            })
            .collect()
    }

    /// A server of the actor's workspace.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn mcp_server(&self, actor: &Actor, server: McpServerId) -> Result<McpServer> {
        let servers = self.mcp_servers(actor).await?;
        servers.into_iter().find(|found| found.id == server).ok_or(StoreError::NotFound)
    }

    /// Keeps a server, new or changed. What another address listed is forgotten, and so is what was allowed once and for all. Twice is as good as once.
    ///
    /// # Errors
    /// `NotFound` if the id is one of another workspace; `Conflict` if there are too many, or the name is taken.
    pub async fn save_mcp_server(&self, actor: &Actor, server: SavedServer) -> Result<()> {
        let mut tx = self.write().await?;
        let (id, workspace) = (server.id.to_string(), actor.workspace.to_string());
        hold_workspace(&mut tx, actor).await?;
        let (others,): (i64,) = sqlx::query_as("SELECT count(*) FROM mcp_servers WHERE workspace_id = $1 AND id <> $2")
            .bind(workspace.clone())
            .bind(id.clone())
            .fetch_one(&mut *tx)
            .await?;
        if others >= PROVIDERS_PER_WORKSPACE {
            return Err(StoreError::Conflict(texts::TOO_MANY_SERVERS));
        }
        // Held before its tools are touched, as whoever keeps its list does.
        let before: Option<(String,)> = sqlx::query_as(
            "UPDATE mcp_servers SET updated_at = updated_at WHERE id = $1 AND workspace_id = $2 RETURNING url",
        )
        .bind(id.clone())
        .bind(workspace.clone())
        .fetch_optional(&mut *tx)
        .await?;
        if before.is_some_and(|(before,)| before != server.url) {
            let sql = "DELETE FROM mcp_tools WHERE server_id = $1";
            sqlx::query(sql).bind(id.clone()).execute(&mut *tx).await?;
            tools::ask_again(&mut tx, actor, server.id).await?;
        }
        let (keep, beside, sealed) = match server.token {
            Token::Keep(beside) => (1_i64, Some(beside), None),
            Token::None => (0, None, None),
            Token::Sealed(sealed) => (0, None, Some(sealed)),
        };
        let kept: Option<(i64,)> = sqlx::query_as(
            "INSERT INTO mcp_servers (id, workspace_id, name, url, sealed_token, enabled, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, enabled = excluded.enabled,
                 sealed_token = CASE WHEN $8 = 0 THEN excluded.sealed_token
                     WHEN mcp_servers.url = $9 THEN mcp_servers.sealed_token ELSE NULL END,
                 listed_at = CASE WHEN mcp_servers.url = excluded.url THEN mcp_servers.listed_at ELSE NULL END,
                 problem = NULL, updated_at = excluded.updated_at
             WHERE mcp_servers.workspace_id = excluded.workspace_id
             RETURNING CASE WHEN created_at = updated_at THEN 1 ELSE 0 END",
        )
        .bind(id)
        .bind(workspace)
        .bind(server.name.clone())
        .bind(server.url.clone())
        .bind(sealed)
        .bind(i64::from(server.enabled))
        .bind(tx.now)
        .bind(keep)
        .bind(beside.unwrap_or_default())
        .fetch_optional(&mut *tx)
        .await
        .map_err(|error| if is_unique(&error) { StoreError::Conflict(texts::NAME_TAKEN) } else { error.into() })?;
        let (is_new,) = kept.ok_or(StoreError::NotFound)?;
        let action = if is_new != 0 { AuditAction::McpServerAdded } else { AuditAction::McpServerChanged };
        audit::record(&mut tx, Entry::of(action, &server.name).by_actor(actor).saying(&server.url), actor.origin)
            .await?;
        tx.commit().await
    }

    /// Deletes a server. Twice is as good as once, for whoever could see it before.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn delete_mcp_server(&self, actor: &Actor, server: McpServerId) -> Result<()> {
        let mut tx = self.write().await?;
        let deleted: Option<(String,)> =
            sqlx::query_as("DELETE FROM mcp_servers WHERE id = $1 AND workspace_id = $2 RETURNING name")
                .bind(server.to_string())
                .bind(actor.workspace.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        let (name,) = deleted.ok_or(StoreError::NotFound)?;
        audit::record(&mut tx, Entry::of(AuditAction::McpServerDeleted, &name).by_actor(actor), actor.origin).await?;
        tx.commit().await
    }

    /// How a server of a workspace is reached, if its tools may be used; also one that is switched off, if `any`.
    ///
    /// # Errors
    /// `NotFound` if there is no such server.
    pub async fn mcp_access(&self, workspace: WorkspaceId, server: McpServerId, any: bool) -> Result<McpAccess> {
        let row: Option<(String, Option<String>)> = sqlx::query_as(
            "SELECT s.url, s.sealed_token FROM mcp_servers s
             WHERE s.id = $1 AND s.workspace_id = $2 AND (s.enabled = 1 OR $3 = 1)",
        )
        .bind(server.to_string())
        .bind(workspace.to_string())
        .bind(i64::from(any))
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        let (url, sealed_token) = row.ok_or(StoreError::NotFound)?;
        Ok(McpAccess { url, sealed_token })
    }

    /// The tools of a workspace's servers that may be used: by server, then by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mcp_tools(&self, workspace: WorkspaceId) -> Result<Vec<ListedTool>> {
        let rows: Vec<ListedRow> = sqlx::query_as(
            "SELECT s.id, s.name AS server_name, s.url, s.listed_at, t.name, t.description, t.parameters
             FROM mcp_servers s JOIN mcp_tools t ON t.server_id = s.id
             WHERE s.workspace_id = $1 AND s.enabled = 1 ORDER BY lower(s.name), s.id, t.name",
        )
        .bind(workspace.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(ListedRow::tool).collect()
    }

    /// Keeps what a server that answers at `url` listed, or the sentence that says why it did not. Of one that has moved
    /// meanwhile nothing is kept.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_mcp_list(
        &self,
        server: McpServerId,
        url: &str,
        listed: std::result::Result<&[(McpTool, serde_json::Value)], &str>,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let now = tx.now;
        let (listed_at, problem) = match listed {
            Ok(_) => (Some(now), None),
            Err(problem) => (None, Some(problem.to_owned())),
        };
        let there = sqlx::query(
            "UPDATE mcp_servers SET listed_at = coalesce($3, listed_at), problem = $4 WHERE id = $1 AND url = $2",
        )
        .bind(server.to_string())
        .bind(url.to_owned())
        .bind(listed_at)
        .bind(problem)
        .execute(&mut *tx)
        .await?;
        if there.rows_affected() == 0 {
            return Ok(());
        }
        if let Ok(tools) = listed {
            sqlx::query("DELETE FROM mcp_tools WHERE server_id = $1")
                .bind(server.to_string())
                .execute(&mut *tx)
                .await?;
            for (tool, parameters) in tools {
                sqlx::query(
                    "INSERT INTO mcp_tools (server_id, name, description, parameters) VALUES ($1, $2, $3, $4)
                     ON CONFLICT DO NOTHING",
                )
                .bind(server.to_string())
                .bind(tool.name.clone())
                .bind(tool.description.clone())
                .bind(to_json(parameters)?)
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await
    }
}
