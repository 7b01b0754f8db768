//! Chats: the list, and what is done to a chat as a whole.

use sqlx::AssertSqlSafe;

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    rows::{self, AUDIENCE_COLUMNS, ChatRow, OTHER_CREATORS, SUMMARY_COLUMNS, VISIBLE, parse},
    wakes::Wake,
    write::Write,
};
use crate::domain::{
    actor::Actor,
    audience::Audience,
    audit::AuditAction,
    chat::{ChatSummary, Sharing},
    id::{ChatId, MessageId},
    limits::CHATS_LISTED,
    member::MemberRole,
};

/// How many deleted chats are removed in one transaction: each takes its messages and their logs with it.
const SWEPT_AT_ONCE: i64 = 20;

/// What the message queries need to know of a chat.
#[derive(Clone, Debug)]
pub(super) struct ChatHead {
    pub head: Option<MessageId>,
    pub message_count: i64,
    pub running: Option<MessageId>,
    pub audience: Audience,
}

impl Store {
    /// The chats that the actor may see, newest activity first: those in use, or those put away.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_chats(&self, actor: &Actor, archived: bool) -> Result<Vec<ChatSummary>> {
        let put_away = if archived { "IS NOT NULL" } else { "IS NULL" };
        let sql = format!(
            "SELECT {SUMMARY_COLUMNS} FROM chats c {OTHER_CREATORS}
             WHERE {VISIBLE} AND c.deleted_at IS NULL AND c.archived_at {put_away}
             ORDER BY c.active_at DESC, c.id DESC LIMIT $1"
        );
        let rows: Vec<ChatRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(CHATS_LISTED as i64)
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.into_iter().map(ChatRow::summary).collect()
    }

    /// One chat that the actor may see.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn chat(&self, actor: &Actor, chat: ChatId) -> Result<ChatSummary> {
        let sql = format!(
            "SELECT {SUMMARY_COLUMNS} FROM chats c {OTHER_CREATORS}
             WHERE c.id = $1 AND {VISIBLE} AND c.deleted_at IS NULL"
        );
        let row: Option<ChatRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.ok_or(StoreError::NotFound)?.summary()
    }

    /// Gives a chat another title.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn rename_chat(&self, actor: &Actor, chat: ChatId, title: &str) -> Result<()> {
        self.change_chat("title = $4, title_by = 'person'", actor, chat, |_| title.to_owned()).await
    }

    /// Puts a chat away, or takes it out again.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn archive_chat(&self, actor: &Actor, chat: ChatId, archived: bool) -> Result<()> {
        self.change_chat("archived_at = $4", actor, chat, |now| archived.then_some(now)).await
    }

    /// Says who else in the workspace sees a chat. Those who lose sight of it hear of that too.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn share_chat(&self, actor: &Actor, chat: ChatId, sharing: Sharing) -> Result<()> {
        let mut tx = self.write().await?;
        let managed = managed(actor);
        let sql = format!("UPDATE chats SET sharing = $4 WHERE {managed} {IN_USE} AND sharing <> $4 RETURNING title");
        let changed: Option<(String,)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .bind(sharing.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some((title,)) = changed else {
            // As it is already, if it is there.
            return head(&mut tx, actor, chat).await.map(drop);
        };
        let entry = audit::Entry::of(AuditAction::ChatShared, &title).by_actor(actor).saying(sharing.as_str());
        audit::record(&mut tx, entry, actor.origin).await?;
        tx.wake(Wake::Chat(chat, Audience::everybody(actor.workspace)));
        tx.commit().await
    }

    /// Deletes a chat, so that it can still be had back: [`Store::sweep_deleted`] removes it for good.
    /// Twice is as good as once.
    ///
    /// # Errors
    /// `NotFound` if it never was there for this actor, or is gone for good.
    pub async fn delete_chat(&self, actor: &Actor, chat: ChatId) -> Result<()> {
        let mut tx = self.write().await?;
        let now = tx.now;
        let sql = format!(
            "UPDATE chats SET deleted_at = coalesce(deleted_at, $4) WHERE {} RETURNING title, sharing, deleted_at",
            managed(actor)
        );
        let row: Option<(String, String, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
        let (title, word, deleted_at) = row.ok_or(StoreError::NotFound)?;
        let sharing = rows::sharing(&word)?;
        if deleted_at == now {
            let entry = Entry::of(AuditAction::ChatDeleted, subject(&title, sharing));
            audit::record(&mut tx, entry.by_actor(actor).saying(&chat.to_string()), actor.origin).await?;
        }
        tx.wake(Wake::Chat(chat, Audience::of(actor.workspace, actor.creator(), sharing)));
        tx.commit().await
    }

    /// Takes back [`Store::delete_chat`]. A chat that is not deleted stays as it is.
    ///
    /// # Errors
    /// `NotFound` if it never was there for this actor, or is gone for good.
    pub async fn restore_chat(&self, actor: &Actor, chat: ChatId) -> Result<()> {
        let mut tx = self.write().await?;
        // Held, so that of two who do so at once one is told of.
        let sql = format!(
            "UPDATE chats SET deleted_at = deleted_at WHERE {} RETURNING title, sharing, deleted_at",
            managed(actor)
        );
        let row: Option<(String, String, Option<i64>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .fetch_optional(&mut *tx)
            .await?;
        let (title, word, deleted_at) = row.ok_or(StoreError::NotFound)?;
        if deleted_at.is_none() {
            return Ok(());
        }
        let sharing = rows::sharing(&word)?;
        let sql = "UPDATE chats SET deleted_at = NULL WHERE id = $1";
        sqlx::query(sql).bind(chat.to_string()).execute(&mut *tx).await?;
        let entry = Entry::of(AuditAction::ChatRestored, subject(&title, sharing));
        audit::record(&mut tx, entry.by_actor(actor).saying(&chat.to_string()), actor.origin).await?;
        tx.wake(Wake::Chat(chat, Audience::of(actor.workspace, actor.creator(), sharing)));
        tx.commit().await
    }

    /// Of a chat that is not deleted. `$4` is a value that may depend on the moment of the change.
    async fn change_chat<'q, T>(
        &self,
        change: &'static str,
        actor: &Actor,
        chat: ChatId,
        value: impl FnOnce(i64) -> T,
    ) -> Result<()>
    where
        T: sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any> + Send + 'q,
    {
        let mut tx = self.write().await?;
        let managed = managed(actor);
        let sql = format!("UPDATE chats SET {change} WHERE {managed} {IN_USE} RETURNING {AUDIENCE_COLUMNS}");
        let changed = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .bind(value(tx.now))
            .fetch_optional(&mut *tx)
            .await?;
        let audience = rows::audience(changed.ok_or(StoreError::NotFound)?)?;
        tx.wake(Wake::Chat(chat, audience));
        tx.commit().await
    }

    /// Removes for good what was deleted before a moment, in microseconds since 1970 UTC, a few chats at a time. Returns
    /// how many went. A chat whose reply still runs is left for a later sweep.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sweep_deleted(&self, before: i64) -> Result<u64> {
        let mut tx = self.engine_write_beside().await?;
        // What is changed is held until the commit: nobody takes the deletion back between these statements.
        let going: Vec<(String,)> = sqlx::query_as(
            "UPDATE chats SET deleted_at = deleted_at WHERE deleted_at < $1 AND id IN (
                 SELECT c.id FROM chats c WHERE c.deleted_at < $1 AND NOT EXISTS (
                     SELECT 1 FROM messages m WHERE m.chat_id = c.id AND m.status IN ('queued', 'streaming'))
                 ORDER BY c.deleted_at LIMIT $2)
             RETURNING id",
        )
        .bind(before)
        .bind(SWEPT_AT_ONCE)
        .fetch_all(&mut *tx)
        .await?;
        for (chat,) in &going {
            // Without the chain of parents, which SQLite follows a thousand messages deep and no further.
            for sql in ["UPDATE messages SET parent_id = NULL WHERE chat_id = $1", "DELETE FROM chats WHERE id = $1"] {
                sqlx::query(sql).bind(chat.clone()).execute(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        Ok(going.len() as u64)
    }
}

/// What the audit log calls a chat: owners do not read private ones, nor what they are about.
fn subject(title: &str, sharing: Sharing) -> &str {
    if sharing == Sharing::Private { crate::texts::audit::PRIVATE_CHAT } else { title }
}

/// Not a deleted one.
const IN_USE: &str = "AND deleted_at IS NULL";

/// The chat `$1` of the workspace `$2`, if the actor, of whom `$3` is [`Actor::creator`], may manage it: their own, and as an
/// owner a shared one that nobody looks after any more.
fn managed(actor: &Actor) -> &'static str {
    match actor.role {
        MemberRole::Owner => {
            "id = $1 AND workspace_id = $2 AND (owner_id = $3 OR (sharing <> 'private' AND NOT EXISTS (
                 SELECT 1 FROM members o
                 WHERE o.workspace_id = chats.workspace_id AND o.user_id = chats.owner_id AND o.role <> 'viewer')))"
        }
        _ => "id = $1 AND workspace_id = $2 AND owner_id = $3",
    }
}

/// Begins to add to a chat: whoever else wants to, on whatever node, waits until this transaction has ended. Returns the
/// chat's head.
pub(super) async fn extend(tx: &mut Write, actor: &Actor, chat: ChatId) -> Result<ChatHead> {
    let done = sqlx::query(
        "UPDATE chats SET active_at = $4
         WHERE id = $1 AND workspace_id = $2 AND (owner_id = $3 OR sharing = 'write') AND deleted_at IS NULL",
    )
    .bind(chat.to_string())
    .bind(actor.workspace.to_string())
    .bind(actor.creator().to_string())
    .bind(tx.now)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::NotFound);
    }
    // Only now, when nobody else can change it.
    head(tx, actor, chat).await
}

/// The chat's head, inside the actor's wall.
pub(super) async fn head(tx: &mut sqlx::AnyConnection, actor: &Actor, chat: ChatId) -> Result<ChatHead> {
    #[derive(sqlx::FromRow)]
    struct Row {
        head_id: Option<String>,
        message_count: i64,
        owner_id: String,
        sharing: String,
        running: Option<String>,
    }
    let sql = format!(
        "SELECT c.head_id, c.message_count, c.owner_id, c.sharing,
                (SELECT m.id FROM messages m WHERE m.chat_id = c.id AND m.status IN ('queued', 'streaming')) AS running
         FROM chats c
         WHERE c.id = $1 AND {VISIBLE} AND c.deleted_at IS NULL"
    );
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(chat.to_string())
        .bind(actor.workspace.to_string())
        .bind(actor.creator().to_string())
        .fetch_optional(tx)
        .await?;
    let row = row.ok_or(StoreError::NotFound)?;
    Ok(ChatHead {
        head: row.head_id.as_deref().map(parse).transpose()?,
        message_count: row.message_count,
        running: row.running.as_deref().map(parse).transpose()?,
        audience: Audience::of(actor.workspace, parse(&row.owner_id)?, rows::sharing(&row.sharing)?),
    })
}
