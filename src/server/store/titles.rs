//! Titles that models give: the chats that wait for one, and what comes of it.

use std::{
    sync::{LazyLock, atomic::Ordering},
    time::Duration,
};

use sqlx::AssertSqlSafe;

use super::{
    Result, Store,
    batch::Batch,
    rows::{self, AUDIENCE_COLUMNS, parse},
    wakes::Wake,
    write::Write,
};
use crate::domain::{
    id::{ChatId, MessageId, UserId, WorkspaceId},
    model::ModelRef,
};

/// How often a model is asked for a title before the first words stay the title.
pub const ATTEMPTS: i64 = 2;

/// How many characters of each text a model is shown.
const SHOWN_CHARS: i64 = 2_000;

/// A chat that wants a title, in somebody's hands until its lease ends.
#[derive(Clone, Copy, Debug)]
pub struct TitleJob {
    /// The chat.
    pub chat: ChatId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Who asked for the reply after which it wants one.
    pub user: UserId,
    /// How often it was taken, this time included.
    pub attempts: i64,
}

/// What a title is made from.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The beginning of the first thing that somebody said.
    pub question: String,
    /// The beginning of the first reply that went well.
    pub reply: String,
    /// The model that gave it.
    pub model: ModelRef,
}

static WANT_TITLES: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["message_id", "ended_at"],
        "INSERT INTO title_jobs (chat_id, workspace_id, user_id, request_id, run_at, created_at)
         SELECT c.id, c.workspace_id, j.user_id, j.request_id, given.ended_at, given.ended_at
         FROM given JOIN messages m ON m.id = given.message_id JOIN jobs j ON j.message_id = m.id
             JOIN chats c ON c.id = m.chat_id
         WHERE c.title_by = 'words' AND m.status IN ('complete', 'length') AND NOT EXISTS (
             SELECT 1 FROM messages o WHERE o.chat_id = c.id AND o.id <> m.id AND o.role = 'assistant'
                 AND o.status IN ('complete', 'length'))
         ON CONFLICT DO NOTHING RETURNING chat_id",
    )
});

/// Notes which chats want a title now that these replies have ended, and still have their jobs.
pub(super) async fn want_titles(tx: &mut Write, ended: &[MessageId]) -> Result<()> {
    if !tx.store().shared.titles.load(Ordering::Relaxed) {
        return Ok(());
    }
    let (now, mut any) = (tx.now, false);
    for (sql, rows) in WANT_TITLES.over(ended) {
        let mut query = sqlx::query_as::<_, (String,)>(sql);
        for reply in rows {
            query = query.bind(reply.map(ToString::to_string)).bind(now);
        }
        any |= !query.fetch_all(&mut **tx).await?.is_empty();
    }
    if any {
        tx.wake(Wake::Title);
    }
    Ok(())
}

impl Store {
    /// Has chats whose first reply this node writes wait for a title.
    pub fn want_titles(&self) {
        self.shared.titles.store(true, Ordering::Relaxed);
    }

    /// Takes a chat that waits for a title, for as long as `lease`, if there is one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_title(&self, lease: Duration) -> Result<Option<TitleJob>> {
        // A look is a read; a claim is a write, which would wake the disk of an idle server.
        if !self.title_waits().await? {
            return Ok(None);
        }
        let mut tx = self.write().await?;
        let skip_locked = tx.dialect().for_update_skip_locked();
        // With `=`, not `IN`: PostgreSQL may ask what stands in `IN` again for each row, and pass over those that this very
        // statement has locked. All would be taken, and one worked on.
        let sql = format!(
            "UPDATE title_jobs SET run_at = $2, attempts = attempts + 1
             WHERE chat_id = (
                 SELECT chat_id FROM title_jobs WHERE run_at <= $1 ORDER BY run_at, chat_id LIMIT 1 {skip_locked})
             RETURNING chat_id, workspace_id, user_id, attempts"
        );
        let now = tx.now;
        let row: Option<(String, String, String, i64)> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(now).bind(later(now, lease)).fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        row.map(|(chat, workspace, user, attempts)| {
            Ok(TitleJob { chat: parse(&chat)?, workspace: parse(&workspace)?, user: parse(&user)?, attempts })
        })
        .transpose()
    }

    async fn title_waits(&self) -> Result<bool> {
        let mut reader = self.engine_reader().await?;
        let now = self.shared.dialect.now(&mut reader).await?;
        let sql = "SELECT 1 FROM title_jobs WHERE run_at <= $1 LIMIT 1";
        let row: Option<(i64,)> = sqlx::query_as(sql).bind(now).fetch_optional(&mut *reader).await?;
        Ok(row.is_some())
    }

    /// What a chat's title is to be made from; nothing if it is not to get one any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn beginning(&self, chat: ChatId) -> Result<Option<Beginning>> {
        let sql = format!(
            "SELECT substr(q.content, 1, {SHOWN_CHARS}), substr(r.content, 1, {SHOWN_CHARS}), r.provider_id, r.model
             FROM messages r JOIN chats c ON c.id = r.chat_id JOIN messages q ON q.id = r.parent_id
             WHERE c.id = $1 AND c.title_by = 'words' AND c.deleted_at IS NULL
                 AND r.role = 'assistant' AND r.status IN ('complete', 'length')
             ORDER BY r.number LIMIT 1"
        );
        let row: Option<(String, String, Option<String>, Option<String>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some((question, reply, provider, model)) = row else { return Ok(None) };
        let provider = provider.as_deref().map(parse).transpose()?;
        Ok(Some(Beginning { question, reply, model: ModelRef { provider, model: model.unwrap_or_default() } }))
    }

    /// Gives a chat the title that a model made, unless it has one that is better than the first words. Either way it waits
    /// for none any more. Returns whether it has it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn give_title(&self, chat: ChatId, title: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let sql = format!(
            "UPDATE chats SET title = $2, title_by = 'model' WHERE id = $1 AND title_by = 'words'
             RETURNING {AUDIENCE_COLUMNS}"
        );
        let given = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(title.to_owned())
            .fetch_optional(&mut *tx)
            .await?;
        forget(&mut tx, chat).await?;
        let is_given = given.is_some();
        if let Some(audience) = given {
            tx.wake(Wake::Chat(chat, rows::audience(audience)?));
        }
        tx.commit().await?;
        Ok(is_given)
    }

    /// Leaves a chat the title that it has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_title(&self, chat: ChatId) -> Result<()> {
        let mut tx = self.write().await?;
        forget(&mut tx, chat).await?;
        tx.commit().await
    }

    /// Puts a chat back among those that wait, as if it had not been taken.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_title_off(&self, chat: ChatId, wait: Duration) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE title_jobs SET run_at = $2, attempts = attempts - 1 WHERE chat_id = $1")
            .bind(chat.to_string())
            .bind(later(tx.now, wait))
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

fn later(now: i64, wait: Duration) -> i64 {
    now.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX))
}

async fn forget(tx: &mut Write, chat: ChatId) -> Result<()> {
    sqlx::query("DELETE FROM title_jobs WHERE chat_id = $1").bind(chat.to_string()).execute(&mut **tx).await?;
    Ok(())
}
