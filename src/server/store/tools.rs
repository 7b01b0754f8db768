//! The calls of tools: written with the log of the reply that makes them, answered by people, read with the message.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{
    Result, Store, StoreError,
    append::Append,
    messages,
    rows::{self, VISIBLE, parse, to_json},
    wakes::Wake,
    walls,
    write::Write,
};
use crate::{
    domain::{
        actor::{Actor, Origin},
        id::{ChatId, McpServerId, MessageId},
        limits::TOOLS_PER_CHAT,
        message::Message,
        reply::Event,
        tool::{CallStatus, ToolCall, ToolSettings},
    },
    texts::tools as texts,
};

/// Somebody answered first.
const ANSWERED: StoreError =
    StoreError::Conflict("This call does not wait for an answer any more: somebody gave one, or the reply has ended.");

const FULL: StoreError = StoreError::Conflict(texts::FULL);

/// What a reply's tools run by.
#[derive(Clone, Debug)]
pub struct ToolGround {
    /// Who asked for the reply: its tools see what they see. None if they are not in the workspace any more.
    pub asker: Option<Actor>,
    /// What the chat says of tools.
    pub settings: ToolSettings,
}

/// What the settings' columns are called, of what is called `c` in the query.
const COLUMNS: &str = "c.tools, c.tools_allowed, c.ask_tools";

type SettingsRow = (String, String, i64);

fn settings((tools, allowed, ask): SettingsRow) -> Result<ToolSettings> {
    Ok(ToolSettings { on: rows::json(&tools)?, allowed: rows::json(&allowed)?, ask: ask != 0 })
}

/// Switches tools on in a chat that begins.
pub(super) async fn begin_with(tx: &mut Write, chat: ChatId, on: &[String]) -> Result<()> {
    let sql = "UPDATE chats SET tools = $2 WHERE id = $1";
    sqlx::query(sql).bind(chat.to_string()).bind(to_json(&on)?).execute(&mut **tx).await?;
    Ok(())
}

/// Has every call of a server's tools wait for a person again, in all chats of the workspace.
pub(super) async fn ask_again(tx: &mut Write, actor: &Actor, server: McpServerId) -> Result<()> {
    let keys = format!("{server}/");
    // Held until it is written back, so that what somebody allows meanwhile is not lost; in one order, so that two of these
    // do not wait for each other.
    let sql = format!(
        "SELECT id, tools_allowed FROM chats WHERE workspace_id = $1 AND tools_allowed LIKE $2 ORDER BY id {}",
        tx.dialect().for_update()
    );
    let rows: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(actor.workspace.to_string())
        .bind(format!("%{keys}%"))
        .fetch_all(&mut **tx)
        .await?;
    for (chat, allowed) in rows {
        let mut allowed: Vec<String> = rows::json(&allowed)?;
        allowed.retain(|key| !key.starts_with(&keys));
        sqlx::query("UPDATE chats SET tools_allowed = $2 WHERE id = $1")
            .bind(chat)
            .bind(to_json(&allowed)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Writes the calls of what is appended, each as it last stands. An answer that somebody gave meanwhile stays.
pub(super) async fn store_calls(tx: &mut Write, appends: &[&Append]) -> Result<()> {
    for append in appends {
        let mut last: HashMap<u32, &ToolCall> = HashMap::new();
        for event in &append.events {
            if let Event::Tool(call) = event {
                last.insert(call.number, call);
            }
        }
        for call in last.into_values() {
            store_call(tx, append.lease.reply, call).await?;
        }
    }
    Ok(())
}

async fn store_call(tx: &mut Write, reply: MessageId, call: &ToolCall) -> Result<()> {
    let now = tx.now;
    let has_begun = matches!(call.status, CallStatus::Running | CallStatus::Done);
    sqlx::query(
        "INSERT INTO tool_calls
             (message_id, number, round, call_id, name, arguments, result, status, created_at, started_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (message_id, number) DO UPDATE SET status = excluded.status, result = excluded.result,
             started_at = coalesce(tool_calls.started_at, excluded.started_at), ended_at = excluded.ended_at
         WHERE excluded.status <> 'asked'",
    )
    .bind(reply.to_string())
    .bind(i64::from(call.number))
    .bind(i64::from(call.round))
    .bind(call.call_id.clone())
    .bind(call.name.clone())
    .bind(call.arguments.clone())
    .bind(call.result.clone())
    .bind(call.status.as_str())
    .bind(now)
    .bind(has_begun.then_some(now))
    .bind(call.status.is_over().then_some(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes the calls with which a continued reply begins.
pub(super) async fn plant_calls(tx: &mut Write, reply: MessageId, seed: &[Event]) -> Result<()> {
    for event in seed {
        if let Event::Tool(call) = event {
            store_call(tx, reply, call).await?;
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct CallRow {
    message_id: String,
    number: i64,
    round: i64,
    call_id: String,
    name: String,
    arguments: String,
    status: String,
    result: Option<String>,
}

impl CallRow {
    fn call(self) -> Result<ToolCall> {
        let small = |number: i64| u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("call {number}")));
        Ok(ToolCall {
            number: small(self.number)?,
            round: small(self.round)?,
            call_id: self.call_id,
            name: self.name,
            arguments: self.arguments,
            status: status(&self.status)?,
            result: self.result,
        })
    }
}

fn status(word: &str) -> Result<CallStatus> {
    CallStatus::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("a call is {word:?}")))
}

/// Where a call stands, if it is there.
async fn stands(connection: &mut AnyConnection, reply: MessageId, number: u32) -> Result<Option<CallStatus>> {
    let row: Option<(String,)> = sqlx::query_as("SELECT status FROM tool_calls WHERE message_id = $1 AND number = $2")
        .bind(reply.to_string())
        .bind(i64::from(number))
        .fetch_optional(connection)
        .await?;
    row.map(|(word,)| status(&word)).transpose()
}

const CALL_COLUMNS: &str = "t.message_id, t.number, t.round, t.call_id, t.name, t.arguments, t.status, t.result";

/// The calls of one reply.
pub(super) async fn calls_of(connection: &mut AnyConnection, reply: MessageId) -> Result<Vec<ToolCall>> {
    let sql = format!("SELECT {CALL_COLUMNS} FROM tool_calls t WHERE t.message_id = $1 ORDER BY t.number");
    let rows: Vec<CallRow> = sqlx::query_as(AssertSqlSafe(sql)).bind(reply.to_string()).fetch_all(connection).await?;
    rows.into_iter().map(CallRow::call).collect()
}

/// Adds the calls to messages of one chat, which stand in the order of their numbers.
pub(super) async fn add_calls(connection: &mut AnyConnection, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let sql = format!(
        "SELECT {CALL_COLUMNS} FROM messages m JOIN tool_calls t ON t.message_id = m.id
         WHERE m.chat_id = (SELECT f.chat_id FROM messages f WHERE f.id = $1) AND m.number >= $2 AND m.number <= $3
         ORDER BY t.message_id, t.number"
    );
    let rows: Vec<CallRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(first.id.to_string())
        .bind(first.number)
        .bind(last.number)
        .fetch_all(connection)
        .await?;
    let mut calls: HashMap<MessageId, Vec<ToolCall>> = HashMap::new();
    for row in rows {
        calls.entry(parse(&row.message_id)?).or_default().push(row.call()?);
    }
    for message in messages {
        message.tool_calls = calls.remove(&message.id).unwrap_or_default();
    }
    Ok(())
}

impl Store {
    /// What the tools of a reply run by, as it is now.
    ///
    /// # Errors
    /// `NotFound` if the reply is gone.
    pub async fn tool_ground(&self, reply: MessageId) -> Result<ToolGround> {
        let sql = format!(
            "SELECT m.author_id, c.workspace_id, p.role, {COLUMNS} FROM messages m JOIN chats c ON c.id = m.chat_id
             LEFT JOIN members p ON p.workspace_id = c.workspace_id AND p.user_id = m.author_id AND p.suspended_at IS NULL
             WHERE m.id = $1"
        );
        let row: Option<(String, String, Option<String>, String, String, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(reply.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let (user, workspace, role, tools, allowed, ask) = row.ok_or(StoreError::NotFound)?;
        let asker = role.map(|role| {
            let (user, workspace) = (parse(&user)?, parse(&workspace)?);
            Ok::<_, StoreError>(Actor { user, workspace, role: walls::role(&role)?, origin: Origin::SERVER })
        });
        Ok(ToolGround { asker: asker.transpose()?, settings: settings((tools, allowed, ask))? })
    }

    /// Where a call stands in the database; `None` if it is not there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn call_status(&self, reply: MessageId, number: u32) -> Result<Option<CallStatus>> {
        stands(&mut *self.reader().await?, reply, number).await
    }

    /// The name of the tool that a call is of.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn called_tool(&self, actor: &Actor, reply: MessageId, number: u32) -> Result<String> {
        let mut reader = self.reader().await?;
        messages::find(&mut reader, actor, reply).await?;
        let row: Option<(String,)> =
            sqlx::query_as("SELECT name FROM tool_calls WHERE message_id = $1 AND number = $2")
                .bind(reply.to_string())
                .bind(i64::from(number))
                .fetch_optional(&mut *reader)
                .await?;
        row.map(|(name,)| name).ok_or(StoreError::NotFound)
    }

    /// Answers a call that waits for a person; `always` is the key of its tool if it is never to wait again in this chat.
    /// The same answer twice is as good as once.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor, `Conflict` if it does not wait.
    pub async fn answer_call(
        &self,
        actor: &Actor,
        reply: MessageId,
        number: u32,
        allowed: bool,
        always: Option<&str>,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let found = messages::find(&mut tx, actor, reply).await?;
        // Looked for first: a call that is written only after the update did not find it must not look like an answered one.
        stands(&mut tx, reply, number).await?.ok_or(StoreError::NotFound)?;
        let answer = if allowed { CallStatus::Allowed } else { CallStatus::Declined };
        let done = sqlx::query(
            "UPDATE tool_calls SET status = $4 WHERE message_id = $1 AND number = $5 AND status = 'asked' AND EXISTS (
                 SELECT 1 FROM messages m JOIN chats c ON c.id = m.chat_id
                 WHERE m.id = $1 AND m.status = 'streaming' AND c.workspace_id = $2 AND c.deleted_at IS NULL
                     AND (c.owner_id = $3 OR c.sharing = 'write'))",
        )
        .bind(reply.to_string())
        .bind(actor.workspace.to_string())
        .bind(actor.creator().to_string())
        .bind(answer.as_str())
        .bind(i64::from(number))
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            let known = stands(&mut tx, reply, number).await?.ok_or(StoreError::NotFound)?;
            let same = match known {
                CallStatus::Allowed | CallStatus::Running | CallStatus::Done => allowed,
                CallStatus::Declined => !allowed,
                CallStatus::Asked | CallStatus::Failed => false,
            };
            return if same { Ok(()) } else { Err(ANSWERED) };
        }
        if let Some(key) = always.filter(|_| allowed) {
            change_settings(&mut tx, actor, found.chat, |settings| settings.allow(key)).await?;
        }
        // Whoever writes the reply looks, as those do who follow it.
        tx.wake(Wake::Log(reply));
        tx.commit().await
    }

    /// What a chat that the actor may see says of tools.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn tool_settings(&self, actor: &Actor, chat: ChatId) -> Result<ToolSettings> {
        let sql = format!("SELECT {COLUMNS} FROM chats c WHERE c.id = $1 AND {VISIBLE} AND c.deleted_at IS NULL");
        let row: Option<SettingsRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        settings(row.ok_or(StoreError::NotFound)?)
    }

    /// Changes what a chat says of tools, in which the actor may write.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor, `Conflict` if that were too many.
    pub async fn change_tools(
        &self,
        actor: &Actor,
        chat: ChatId,
        change: impl FnOnce(&mut ToolSettings) + Send,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        change_settings(&mut tx, actor, chat, change).await?;
        tx.commit().await
    }
}

/// Changes them, and holds the chat's row meanwhile.
async fn change_settings(
    tx: &mut Write,
    actor: &Actor,
    chat: ChatId,
    change: impl FnOnce(&mut ToolSettings),
) -> Result<()> {
    let sql = format!(
        "UPDATE chats AS c SET ask_tools = c.ask_tools WHERE c.id = $1 AND c.workspace_id = $2
             AND (c.owner_id = $3 OR c.sharing = 'write') AND c.deleted_at IS NULL
         RETURNING {}",
        COLUMNS.replace("c.", "")
    );
    let row: Option<SettingsRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(chat.to_string())
        .bind(actor.workspace.to_string())
        .bind(actor.creator().to_string())
        .fetch_optional(&mut **tx)
        .await?;
    let mut settings = settings(row.ok_or(StoreError::NotFound)?)?;
    change(&mut settings);
    if settings.on.len() > TOOLS_PER_CHAT {
        return Err(FULL);
    }
    sqlx::query("UPDATE chats SET tools = $2, tools_allowed = $3, ask_tools = $4 WHERE id = $1")
        .bind(chat.to_string())
        .bind(to_json(&settings.on)?)
        .bind(to_json(&settings.allowed)?)
        .bind(i64::from(settings.ask))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
