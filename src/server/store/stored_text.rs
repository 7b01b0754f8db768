//! The text of a reply in its message: what its log says up to a position, brought up from time to time.

use std::sync::LazyLock;

use sqlx::AnyConnection;

use super::{
    Result, StoreError,
    batch::Batch,
    log::read_all,
    rows::{parse, position, to_i64},
};
use crate::domain::{id::MessageId, reply::Event};

/// What has come since a message's stored text was last brought up to date.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// The position that text and reasoning reached before.
    pub from: u64,
    /// More text.
    pub text: String,
    /// More reasoning.
    pub reasoning: String,
    /// The position that text and reasoning then reach.
    pub position: u64,
}

static STORE_TEXT: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["id", "reached", "content", "reasoning", "position"],
        "UPDATE messages SET content = messages.content || given.content,
             reasoning = messages.reasoning || given.reasoning, position = given.position
         FROM given WHERE messages.id = given.id AND messages.position = given.reached",
    )
});
static STORED_TO: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(["id"], "SELECT m.id, m.position FROM messages m WHERE m.id IN (SELECT id FROM given)")
});

/// Adds to stored texts; [`StoreError::Moved`] if one is not where it is taken to be.
pub(super) async fn store_texts(tx: &mut AnyConnection, texts: Vec<(MessageId, &Stored)>) -> Result<()> {
    for (sql, rows) in STORE_TEXT.over(&texts) {
        let (mut query, mut expected) = (sqlx::query(sql), 0);
        for text in rows {
            expected += u64::from(text.is_some());
            query = query
                .bind(text.map(|(reply, _)| reply.to_string()))
                .bind(text.map(|(_, stored)| to_i64(stored.from)))
                .bind(text.map(|(_, stored)| stored.text.clone()))
                .bind(text.map(|(_, stored)| stored.reasoning.clone()))
                .bind(text.map(|(_, stored)| to_i64(stored.position)));
        }
        if query.execute(&mut *tx).await?.rows_affected() != expected {
            return Err(StoreError::Moved);
        }
    }
    Ok(())
}

/// The positions that the stored texts of replies reach.
pub(super) async fn stored_to(tx: &mut AnyConnection, replies: &[MessageId]) -> Result<Vec<(MessageId, u64)>> {
    let mut reached = Vec::with_capacity(replies.len());
    for (sql, rows) in STORED_TO.over(replies) {
        let mut query = sqlx::query_as::<_, (String, i64)>(sql);
        for reply in rows {
            query = query.bind(reply.map(ToString::to_string));
        }
        for (reply, at) in query.fetch_all(&mut *tx).await? {
            reached.push((parse(&reply)?, position(at)?));
        }
    }
    Ok(reached)
}

/// What the log of a reply has past its stored text.
pub(super) async fn rest_of(tx: &mut AnyConnection, reply: MessageId, reached: u64) -> Result<Stored> {
    let mut stored = Stored { from: reached, position: reached, ..Stored::default() };
    let rest = match read_all(tx, reply, reached).await {
        // What is stored reaches further than the log, which is what holds.
        Err(StoreError::Corrupt(_)) => {
            (stored.from, stored.position) = (0, 0);
            forget_text(tx, reply).await?;
            read_all(tx, reply, 0).await?
        }
        rest => rest?,
    };
    for event in rest {
        stored.position += event.length();
        match event {
            Event::Text(text) => stored.text.push_str(&text),
            Event::Reasoning(text) => stored.reasoning.push_str(&text),
            Event::Tool(_) | Event::Usage(_) | Event::End(_) => {}
        }
    }
    Ok(stored)
}

async fn forget_text(tx: &mut AnyConnection, reply: MessageId) -> Result<()> {
    sqlx::query("UPDATE messages SET content = '', reasoning = '', position = 0 WHERE id = $1")
        .bind(reply.to_string())
        .execute(tx)
        .await?;
    Ok(())
}
