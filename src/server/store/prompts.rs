//! What a reply was asked with: how much its messages are, what of them was left out, what the model did not take.

use std::{collections::HashMap, sync::LazyLock};

use sqlx::AssertSqlSafe;

use super::{
    Result, Store,
    batch::Batch,
    rows::{self, AUDIENCE_COLUMNS, parse, to_i64, to_json},
    wakes::Wake,
    write::Write,
};
use crate::domain::{
    id::{ChatId, MessageId},
    parameter::Parameter,
};

static KEEP_TOKENS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(["id", "tokens"], "UPDATE messages SET tokens = given.tokens FROM given WHERE messages.id = given.id")
});

impl Store {
    /// How many tokens the messages of a chat are, of which that was counted.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tokens_in(&self, chat: ChatId) -> Result<HashMap<MessageId, u64>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT m.id, m.tokens FROM messages m WHERE m.chat_id = $1 AND m.tokens IS NOT NULL")
                .bind(chat.to_string())
                .fetch_all(&mut *self.reader().await?)
                .await?;
        rows.iter().map(|(message, tokens)| Ok((parse(message)?, tokens.unsigned_abs()))).collect()
    }

    /// Keeps how many tokens messages are, so that nobody counts them again.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_tokens(&self, counted: &[(MessageId, u64)]) -> Result<()> {
        let mut tx = self.engine_write().await?;
        for (sql, rows) in KEEP_TOKENS.over(counted) {
            let mut query = sqlx::query(sql);
            for row in rows {
                query = query
                    .bind(row.map(|(message, _)| message.to_string()))
                    .bind(row.map(|(_, tokens)| to_i64(*tokens)));
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// Notes with how many tokens a reply is asked for, and how many messages were left out; of those its readers hear.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_prompt(&self, reply: MessageId, tokens: u64, left_out: u32) -> Result<()> {
        let mut tx = self.engine_write().await?;
        let chat: Option<(String,)> =
            sqlx::query_as("UPDATE messages SET prompt_tokens = $2, left_out = $3 WHERE id = $1 RETURNING chat_id")
                .bind(reply.to_string())
                .bind(to_i64(tokens))
                .bind(i64::from(left_out))
                .fetch_optional(&mut *tx)
                .await?;
        if left_out > 0 {
            tell(&mut tx, chat).await?;
        }
        tx.commit().await
    }

    /// Notes what the model of a reply did not take; its readers hear of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_dropped(&self, reply: MessageId, dropped: &[Parameter]) -> Result<()> {
        let mut tx = self.engine_write().await?;
        let chat = sqlx::query_as("UPDATE messages SET dropped = $2 WHERE id = $1 RETURNING chat_id")
            .bind(reply.to_string())
            .bind(to_json(&dropped)?)
            .fetch_optional(&mut *tx)
            .await?;
        tell(&mut tx, chat).await?;
        tx.commit().await
    }
}

/// Has word of a chat sent to whom it concerns.
async fn tell(tx: &mut Write, chat: Option<(String,)>) -> Result<()> {
    let Some((chat,)) = chat else { return Ok(()) };
    let sql = format!("SELECT {AUDIENCE_COLUMNS} FROM chats WHERE id = $1");
    let row: Option<_> = sqlx::query_as(AssertSqlSafe(sql)).bind(chat.clone()).fetch_optional(&mut **tx).await?;
    if let Some(row) = row {
        tx.wake(Wake::Chat(parse(&chat)?, rows::audience(row)?));
    }
    Ok(())
}
