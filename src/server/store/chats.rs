//! Chats: the list, and what is done to a chat as a whole.

use sqlx::AssertSqlSafe;

use super::{
    Result, Store, StoreError, now_micros,
    rows::{ChatRow, SUMMARY_COLUMNS, parse},
};
use crate::domain::{
    actor::Actor,
    chat::ChatSummary,
    id::{ChatId, MessageId},
    limits::CHATS_LISTED,
};

/// What the message queries need to know of a chat.
#[derive(Clone, Debug)]
pub(super) struct ChatHead {
    pub head: Option<MessageId>,
    pub message_count: i64,
    pub model: Option<String>,
    pub running: Option<MessageId>,
}

impl Store {
    /// Makes sure that the person and the workspace of a server without sign-in exist.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ensure_actor(&self, actor: &Actor) -> Result<()> {
        let mut tx = self.write().await?;
        for sql in [
            "INSERT INTO users (id, name, created_at) VALUES ($1, 'You', $2) ON CONFLICT DO NOTHING",
            "INSERT INTO workspaces (id, name, created_at) VALUES ($1, 'Workspace', $2) ON CONFLICT DO NOTHING",
        ] {
            let id = if sql.contains("users") { actor.user.to_string() } else { actor.workspace.to_string() };
            sqlx::query(sql).bind(id).bind(now_micros()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The actor's chats, newest activity first: those in use, or those put away.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_chats(&self, actor: &Actor, archived: bool) -> Result<Vec<ChatSummary>> {
        let put_away = if archived { "IS NOT NULL" } else { "IS NULL" };
        let sql = format!(
            "SELECT {SUMMARY_COLUMNS} FROM chats c
             WHERE c.workspace_id = $1 AND c.owner_id = $2 AND c.deleted_at IS NULL AND c.archived_at {put_away}
             ORDER BY c.active_at DESC, c.id DESC LIMIT $3"
        );
        let rows: Vec<ChatRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(actor.workspace.to_string())
            .bind(actor.user.to_string())
            .bind(CHATS_LISTED as i64)
            .fetch_all(self.readers())
            .await?;
        rows.into_iter().map(ChatRow::summary).collect()
    }

    /// One chat of the actor's.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn chat(&self, actor: &Actor, chat: ChatId) -> Result<ChatSummary> {
        let sql = format!(
            "SELECT {SUMMARY_COLUMNS} FROM chats c
             WHERE c.id = $1 AND c.workspace_id = $2 AND c.owner_id = $3 AND c.deleted_at IS NULL"
        );
        let row: Option<ChatRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.user.to_string())
            .fetch_optional(self.readers())
            .await?;
        row.ok_or(StoreError::NotFound)?.summary()
    }

    /// Gives a chat another title.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn rename_chat(&self, actor: &Actor, chat: ChatId, title: &str) -> Result<()> {
        let sql =
            "UPDATE chats SET title = $4 WHERE id = $1 AND workspace_id = $2 AND owner_id = $3 AND deleted_at IS NULL";
        self.change_chat(sql, actor, chat, title.to_owned()).await
    }

    /// Puts a chat away, or takes it out again.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn archive_chat(&self, actor: &Actor, chat: ChatId, archived: bool) -> Result<()> {
        let sql = "UPDATE chats SET archived_at = $4 WHERE id = $1 AND workspace_id = $2 AND owner_id = $3 AND deleted_at IS NULL";
        self.change_chat(sql, actor, chat, archived.then(now_micros)).await
    }

    /// Deletes a chat, so that it can still be had back: [`Store::sweep_deleted`] removes it for good.
    /// Twice is as good as once.
    ///
    /// # Errors
    /// `NotFound` if it never was there for this actor, or is gone for good.
    pub async fn delete_chat(&self, actor: &Actor, chat: ChatId) -> Result<()> {
        let sql = "UPDATE chats SET deleted_at = coalesce(deleted_at, $4) WHERE id = $1 AND workspace_id = $2 AND owner_id = $3";
        self.change_chat(sql, actor, chat, now_micros()).await
    }

    /// Takes back [`Store::delete_chat`].
    ///
    /// # Errors
    /// `NotFound` if it never was there for this actor, or is gone for good.
    pub async fn restore_chat(&self, actor: &Actor, chat: ChatId) -> Result<()> {
        let sql = "UPDATE chats SET deleted_at = $4 WHERE id = $1 AND workspace_id = $2 AND owner_id = $3";
        self.change_chat(sql, actor, chat, None::<i64>).await
    }

    async fn change_chat<'q, T>(&self, sql: &'static str, actor: &Actor, chat: ChatId, value: T) -> Result<()>
    where
        T: sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any> + Send + 'q,
    {
        let mut tx = self.write().await?;
        let done = sqlx::query(sql)
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.user.to_string())
            .bind(value)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        if done.rows_affected() == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }

    /// Removes for good what was deleted before a moment, in microseconds since 1970 UTC. Returns how many
    /// chats went. A chat whose reply still runs is left for the next sweep.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sweep_deleted(&self, before: i64) -> Result<u64> {
        let mut tx = self.write().await?;
        // Without the chain of parents, which SQLite follows a thousand messages deep and no further.
        sqlx::query(
            "UPDATE messages SET parent_id = NULL WHERE chat_id IN (SELECT id FROM chats WHERE deleted_at < $1)",
        )
        .bind(before)
        .execute(&mut *tx)
        .await?;
        let done = sqlx::query(
            "DELETE FROM chats WHERE deleted_at < $1 AND NOT EXISTS (
                 SELECT 1 FROM messages m WHERE m.chat_id = chats.id AND m.status IN ('queued', 'streaming'))",
        )
        .bind(before)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

/// The chat's head, inside the actor's wall and inside a transaction.
pub(super) async fn head(tx: &mut sqlx::AnyConnection, actor: &Actor, chat: ChatId) -> Result<ChatHead> {
    #[derive(sqlx::FromRow)]
    struct Row {
        head_id: Option<String>,
        message_count: i64,
        model: Option<String>,
        running: Option<String>,
    }
    let row: Option<Row> = sqlx::query_as(
        "SELECT c.head_id, c.message_count, c.model,
                (SELECT m.id FROM messages m WHERE m.chat_id = c.id AND m.status IN ('queued', 'streaming')) AS running
         FROM chats c
         WHERE c.id = $1 AND c.workspace_id = $2 AND c.owner_id = $3 AND c.deleted_at IS NULL",
    )
    .bind(chat.to_string())
    .bind(actor.workspace.to_string())
    .bind(actor.user.to_string())
    .fetch_optional(tx)
    .await?;
    let row = row.ok_or(StoreError::NotFound)?;
    Ok(ChatHead {
        head: row.head_id.as_deref().map(parse).transpose()?,
        message_count: row.message_count,
        model: row.model,
        running: row.running.as_deref().map(parse).transpose()?,
    })
}
