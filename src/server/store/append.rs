//! The logs of replies, written: by the holder of the lease, for all its replies in one transaction.

use std::sync::LazyLock;

use sqlx::AnyConnection;

use super::{
    Result, Store,
    batch::Batch,
    chunks::{Chunk, insert_chunks, push_chunks},
    endings::{Ending, end_messages},
    leases::{Lease, lost_leases},
    rows::{parse, position, to_json},
    stored_text::{Stored, store_texts},
    tools,
    wakes::Wake,
};
use crate::domain::{id::MessageId, reply::Event};

/// What one commit adds to one reply.
#[derive(Clone, Debug)]
pub struct Append {
    /// Under which lease.
    pub lease: Lease,
    /// The position at which the first event begins.
    pub from: u64,
    /// The events, in order, without a hole. An [`Event::End`] also ends the message and its job.
    pub events: Vec<Event>,
    /// Text to add to the stored message, if it is time to.
    pub stored: Option<Stored>,
}

/// How far a reply is in the database.
#[derive(Clone, Copy, Debug)]
pub struct LogEnd {
    /// Where its log ends.
    pub log: u64,
    /// The position that its stored text reaches.
    pub stored: u64,
}

static LOG_ENDS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["id"],
        "SELECT m.id, coalesce((
             SELECT c.sequence + CASE WHEN c.kind IN ('text', 'reasoning') THEN octet_length(c.content) ELSE 1 END
             FROM message_chunks c WHERE c.message_id = m.id ORDER BY c.sequence DESC LIMIT 1), 0), m.position
         FROM messages m WHERE m.id IN (SELECT id FROM given)",
    )
});

impl Store {
    /// Appends to many logs in one transaction, for the leases that still hold; `owner` holds them. Returns those
    /// that hold no more: nothing was written for them.
    ///
    /// # Errors
    /// If the database fails; then nothing at all was written, unless the answer to the commit was lost: ask
    /// [`Store::log_ends`]. [`StoreError::Moved`](super::StoreError::Moved) if it turns out that an earlier commit was
    /// made after all.
    pub async fn append(&self, owner: &str, appends: &[Append]) -> Result<Vec<Lease>> {
        let mut tx = self.engine_write().await?;
        let leases: Vec<Lease> = appends.iter().map(|append| append.lease).collect();
        let lost = lost_leases(&mut tx, owner, &leases).await?;
        let valid: Vec<&Append> = appends.iter().filter(|append| !lost.contains(&append.lease)).collect();
        insert_chunks(&mut tx, chunks_of(&valid)?).await?;
        let texts = valid.iter().filter_map(|append| Some((append.lease.reply, append.stored.as_ref()?)));
        store_texts(&mut tx, texts.collect()).await?;
        tools::store_calls(&mut tx, &valid).await?;
        store_usages(&mut tx, &valid).await?;
        end_messages(&mut tx, valid.iter().filter_map(|append| Ending::of(append)).collect()).await?;
        for append in valid.iter().filter(|append| !append.events.is_empty()) {
            tx.wake_others(Wake::Log(append.lease.reply));
        }
        tx.commit().await?;
        Ok(lost)
    }

    /// Where the logs of these replies end, and the positions that their stored texts reach; nothing of those that are gone.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn log_ends(&self, replies: &[MessageId]) -> Result<Vec<(MessageId, LogEnd)>> {
        let mut connection = self.shared.pools.engine.acquire().await?;
        let mut ends = Vec::with_capacity(replies.len());
        for (sql, rows) in LOG_ENDS.over(replies) {
            let mut query = sqlx::query_as::<_, (String, i64, i64)>(sql);
            for reply in rows {
                query = query.bind(reply.map(ToString::to_string));
            }
            for (reply, end, stored) in query.fetch_all(&mut *connection).await? {
                ends.push((parse(&reply)?, LogEnd { log: position(end)?, stored: position(stored)? }));
            }
        }
        Ok(ends)
    }
}

fn chunks_of(appends: &[&Append]) -> Result<Vec<Chunk>> {
    let mut chunks = Vec::new();
    for append in appends {
        push_chunks(&mut chunks, append.lease.reply, append.from, &append.events)?;
    }
    Ok(chunks)
}

async fn store_usages(tx: &mut AnyConnection, appends: &[&Append]) -> Result<()> {
    for append in appends {
        // A later one replaces an earlier one.
        let last = append.events.iter().rev().find_map(|event| match event {
            Event::Usage(usage) => Some(usage),
            _ => None,
        });
        if let Some(usage) = last {
            sqlx::query("UPDATE messages SET usage = $2 WHERE id = $1")
                .bind(append.lease.reply.to_string())
                .bind(to_json(usage)?)
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(())
}
