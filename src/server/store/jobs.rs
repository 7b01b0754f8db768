//! The queue of replies to write: leases, heartbeats, fencing.

use sqlx::AnyConnection;

use super::{
    Result, Store,
    append::Lease,
    now_micros,
    rows::{parse, position},
};
use crate::domain::id::{ChatId, MessageId};

/// A job that was claimed.
#[derive(Clone, Debug)]
pub struct Job {
    /// The lease under which its reply is written.
    pub lease: Lease,
    /// The chat of the reply.
    pub chat: ChatId,
    /// Where its log ends so far: past 0 if it goes on from another one's text.
    pub position: u64,
    /// The request that asked for it, for the log.
    pub request: String,
}

/// What a heartbeat learns about a lease that is still held.
#[derive(Clone, Debug)]
pub struct Held {
    /// The lease.
    pub lease: Lease,
    /// Whether somebody asked for the reply to stop.
    pub stop_requested: bool,
}

impl Store {
    /// Claims up to `limit` waiting jobs for `owner`, until `lease_until` (microseconds since 1970 UTC).
    /// People take turns: whoever has the fewest replies running goes first. A reply whose chat names no model
    /// is written by `default_model`, and remembers it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_jobs(
        &self,
        owner: &str,
        lease_until: i64,
        limit: usize,
        default_model: &str,
    ) -> Result<Vec<Job>> {
        let mut tx = self.write().await?;
        let now = now_micros();
        let rows: Vec<(String, i64, String)> = sqlx::query_as(
            "UPDATE jobs SET lease_owner = $1, lease_until = $2, fence = fence + 1, attempts = attempts + 1
             WHERE id IN (
                 SELECT id FROM (
                     SELECT j.id, j.run_at,
                            (SELECT count(*) FROM jobs r WHERE r.user_id = j.user_id AND r.lease_owner IS NOT NULL)
                                + row_number() OVER (PARTITION BY j.user_id ORDER BY j.run_at, j.id) AS turn
                     FROM jobs j WHERE j.lease_owner IS NULL AND j.run_at <= $3) waiting
                 ORDER BY turn, run_at, id LIMIT $4)
             RETURNING message_id, fence, request_id",
        )
        .bind(owner.to_owned())
        .bind(lease_until)
        .bind(now)
        .bind(limit as i64)
        .fetch_all(&mut *tx)
        .await?;
        let mut jobs = Vec::with_capacity(rows.len());
        for (reply, fence, request) in rows {
            let (chat, position) = begin(&mut tx, &reply, now, default_model).await?;
            jobs.push(Job { lease: Lease { reply: parse(&reply)?, fence }, chat, position, request });
        }
        tx.commit().await?;
        Ok(jobs)
    }

    /// Prolongs every lease of `owner` and returns those it still holds.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn heartbeat(&self, owner: &str, lease_until: i64) -> Result<Vec<Held>> {
        let mut tx = self.write().await?;
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "UPDATE jobs SET lease_until = $2 WHERE lease_owner = $1 RETURNING message_id, fence, stop_requested",
        )
        .bind(owner.to_owned())
        .bind(lease_until)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.into_iter()
            .map(|(reply, fence, stop)| {
                Ok(Held { lease: Lease { reply: parse(&reply)?, fence }, stop_requested: stop != 0 })
            })
            .collect()
    }

    /// Leaves a note for the holder of a reply's lease, wherever it is, to stop.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn request_stop(&self, reply: MessageId) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE jobs SET stop_requested = 1 WHERE message_id = $1")
            .bind(reply.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The replies whose lease ran out before a moment, in microseconds since 1970 UTC.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lapsed(&self, before: i64) -> Result<Vec<MessageId>> {
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT message_id FROM jobs WHERE lease_owner IS NOT NULL AND lease_until < $1")
                .bind(before)
                .fetch_all(self.readers())
                .await?;
        rows.iter().map(|(reply,)| parse(reply)).collect()
    }

    /// Whether a job waits that may run now.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn job_waits(&self) -> Result<bool> {
        let row: Option<(i64,)> =
            sqlx::query_as("SELECT 1 FROM jobs WHERE lease_owner IS NULL AND run_at <= $1 LIMIT 1")
                .bind(now_micros())
                .fetch_optional(self.readers())
                .await?;
        Ok(row.is_some())
    }
}

async fn begin(tx: &mut AnyConnection, reply: &str, now: i64, default_model: &str) -> Result<(ChatId, u64)> {
    let (chat, at): (String, i64) = sqlx::query_as(
        "UPDATE messages SET status = 'streaming', started_at = $2, model = coalesce(model, $3)
         WHERE id = $1 RETURNING chat_id, position",
    )
    .bind(reply.to_owned())
    .bind(now)
    .bind(default_model.to_owned())
    .fetch_one(tx)
    .await?;
    Ok((parse(&chat)?, position(at)?))
}
