//! Replies that nobody holds a lease on, ended: those that still wait, and those whose lease has run out.

use std::sync::LazyLock;

use super::{
    Result, Store,
    batch::Batch,
    chunks::{insert_chunks, push_chunks},
    dialect::Dialect,
    endings::{Ending, end_messages},
    postgres,
    rows::parse,
    stored_text::{rest_of, store_texts, stored_to},
    wakes::Wake,
    write::Write,
};
use crate::domain::{
    id::MessageId,
    reply::{End, Event},
};

static RELEASE_LAPSED: LazyLock<Batch> = LazyLock::new(|| release_lapsed(""));
static RELEASE_LAPSED_POSTGRES: LazyLock<Batch> = LazyLock::new(|| release_lapsed(postgres::SKIP_LOCKED_JOBS));

/// Takes the jobs away whose leases have run out, but for those that somebody else is just about to end.
fn release_lapsed(skip: &str) -> Batch {
    let statement = format!(
        "DELETE FROM jobs WHERE message_id IN (
             SELECT jobs.message_id FROM jobs JOIN given ON jobs.message_id = given.message_id
             WHERE jobs.lease_owner IS NOT NULL AND jobs.lease_until < given.before {skip})
         RETURNING message_id"
    );
    Batch::new(["message_id", "before"], &statement)
}

impl Store {
    /// Ends a reply that still waits in the queue. Returns false if it does not, or not any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_waiting(&self, reply: MessageId, end: &End) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM jobs WHERE message_id = $1 AND lease_owner IS NULL")
            .bind(reply.to_string())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        end_released(&mut tx, &[reply], end).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends those of the replies whose lease ran out before a moment (microseconds since 1970 UTC), with a status and all
    /// that their logs hold, in one transaction. Returns which these were: others have ended, or somebody is ending them.
    ///
    /// # Errors
    /// If the database fails; then none has ended.
    pub async fn end_lapsed(&self, replies: &[MessageId], end: &End, before: i64) -> Result<Vec<MessageId>> {
        let mut tx = self.engine_write_beside().await?;
        let batch = match tx.dialect() {
            Dialect::Sqlite => &RELEASE_LAPSED,
            Dialect::Postgres => &RELEASE_LAPSED_POSTGRES,
        };
        let mut released = Vec::with_capacity(replies.len());
        for (sql, rows) in batch.over(replies) {
            let mut query = sqlx::query_as::<_, (String,)>(sql);
            for reply in rows {
                query = query.bind(reply.map(ToString::to_string)).bind(before);
            }
            for (reply,) in query.fetch_all(&mut *tx).await? {
                released.push(parse(&reply)?);
            }
        }
        end_released(&mut tx, &released, end).await?;
        tx.commit().await?;
        Ok(released)
    }
}

/// Ends replies of which the jobs were taken away, whoever did that: it gives the right to.
async fn end_released(tx: &mut Write, replies: &[MessageId], end: &End) -> Result<()> {
    let mut chunks = Vec::new();
    let mut texts = Vec::with_capacity(replies.len());
    for (reply, reached) in stored_to(tx, replies).await? {
        let mut stored = rest_of(tx, reply, reached).await?;
        stored.position = push_chunks(&mut chunks, reply, stored.position, &[Event::End(end.clone())])?;
        texts.push((reply, stored));
    }
    insert_chunks(tx, chunks).await?;
    store_texts(tx, texts.iter().map(|(reply, stored)| (*reply, stored)).collect()).await?;
    end_messages(tx, replies.iter().map(|reply| Ending { reply: *reply, end }).collect()).await?;
    replies.iter().for_each(|reply| tx.wake(Wake::Log(*reply)));
    Ok(())
}
