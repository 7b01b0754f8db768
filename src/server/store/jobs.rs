//! The queue of replies to write: leases, heartbeats, fencing.

use std::{sync::LazyLock, time::Duration};

use sqlx::AssertSqlSafe;

use super::{
    Result, Store,
    batch::Batch,
    leases::{Lease, held_leases},
    lines::HELD,
    rows::{parse, position},
    wakes::Wake,
    write::Write,
};
use crate::domain::id::{ChatId, MessageId, ProviderId};

/// A job that was claimed.
#[derive(Clone, Debug)]
pub struct Job {
    /// The lease under which its reply is written.
    pub lease: Lease,
    /// The chat of the reply.
    pub chat: ChatId,
    /// Whose model answers; none for the main provider's.
    pub provider: Option<ProviderId>,
    /// Which model.
    pub model: String,
    /// How many tokens it may write, as budgets were asked for; none if nobody said so.
    pub max_tokens: Option<u32>,
    /// Where its log ends so far: past 0 if it goes on from another one's text.
    pub position: u64,
    /// How often a worker has taken it, this time included.
    pub attempts: u32,
    /// Whether it stood in a line for its provider, and is the one that asks for all.
    pub limited: bool,
    /// When it was asked for, in microseconds since 1970 UTC by the database's clock.
    pub asked_at: i64,
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

static PROLONG: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["message_id", "fence", "lease_until"],
        "UPDATE jobs SET lease_until = given.lease_until FROM given
         WHERE jobs.message_id = given.message_id AND jobs.fence = given.fence
         RETURNING jobs.message_id, jobs.fence, jobs.stop_requested",
    )
});

impl Store {
    /// Claims up to `limit` waiting jobs for `owner`, for as long as `lease`.
    /// People take turns: whoever has the fewest replies running goes first. A reply whose chat names no model
    /// is written by `default_model`, and remembers it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_jobs(
        &self,
        owner: &str,
        lease: Duration,
        limit: usize,
        default_model: &str,
    ) -> Result<Vec<Job>> {
        let mut tx = self.engine_write().await?;
        let skip_locked = tx.dialect().for_update_skip_locked();
        let sql = format!(
            "UPDATE jobs SET lease_owner = $2, lease_until = $3, fence = fence + 1, attempts = attempts + 1
             WHERE id IN (
                 SELECT id FROM jobs WHERE lease_owner IS NULL AND id IN (
                     SELECT id FROM (
                         SELECT j.id, j.run_at,
                                (SELECT count(*) FROM jobs r WHERE r.user_id = j.user_id AND r.lease_owner IS NOT NULL)
                                    + row_number() OVER (PARTITION BY j.user_id ORDER BY j.run_at, j.id) AS turn
                         FROM jobs j WHERE j.lease_owner IS NULL AND j.run_at <= $1 AND NOT {HELD}) waiting
                     ORDER BY turn, run_at, id LIMIT $4)
                 {skip_locked})
             RETURNING message_id, fence, request_id, created_at, attempts, limited_by"
        );
        let now = tx.now;
        let rows: Vec<(String, i64, String, i64, i64, Option<String>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(now)
            .bind(owner.to_owned())
            .bind(until(now, lease))
            .bind(limit as i64)
            .fetch_all(&mut *tx)
            .await?;
        let mut jobs = Vec::with_capacity(rows.len());
        for (reply, fence, request, asked_at, attempts, limited_by) in rows {
            let Begun { chat_id, position: at, provider_id, model, max_tokens } =
                begin(&mut tx, &reply, default_model).await?;
            jobs.push(Job {
                lease: Lease { reply: parse(&reply)?, fence },
                chat: parse(&chat_id)?,
                provider: provider_id.as_deref().map(parse).transpose()?,
                model,
                max_tokens: max_tokens.and_then(|most| u32::try_from(most).ok()),
                position: position(at)?,
                attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
                limited: limited_by.is_some(),
                asked_at,
                request,
            });
        }
        tx.commit().await?;
        Ok(jobs)
    }

    /// Prolongs leases, to as long as `lease` from now, and returns those that still hold.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn heartbeat(&self, leases: &[Lease], lease: Duration) -> Result<Vec<Held>> {
        let mut tx = self.engine_write().await?;
        let until = until(tx.now, lease);
        let mut held = Vec::with_capacity(leases.len());
        for (sql, rows) in PROLONG.over(leases) {
            let mut query = sqlx::query_as::<_, (String, i64, i64)>(sql);
            for lease in rows {
                let (reply, fence) = (lease.map(|lease| lease.reply.to_string()), lease.map(|lease| lease.fence));
                query = query.bind(reply).bind(fence).bind(until);
            }
            for (reply, fence, stop) in query.fetch_all(&mut *tx).await? {
                held.push(Held { lease: Lease { reply: parse(&reply)?, fence }, stop_requested: stop != 0 });
            }
        }
        tx.commit().await?;
        Ok(held)
    }

    /// Gives back what `owner` holds besides `known`: a claim whose answer was lost is in the database, but nobody knows
    /// of it. Returns how many there were.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn give_back_unknown(&self, owner: &str, known: &[Lease]) -> Result<usize> {
        let mut tx = self.engine_write().await?;
        let mut given = 0;
        for (reply, fence) in held_leases(&mut tx, owner).await? {
            let lease = Lease { reply: parse(&reply)?, fence };
            if !known.contains(&lease) && give_back(&mut tx, owner, lease).await? {
                given += 1;
            }
        }
        tx.commit().await?;
        Ok(given)
    }

    /// Puts a reply of which nothing was written back into the queue, for whoever is next. Returns false if `owner` does
    /// not hold the lease any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn give_back(&self, owner: &str, lease: Lease) -> Result<bool> {
        let mut tx = self.engine_write().await?;
        let given = give_back(&mut tx, owner, lease).await?;
        tx.commit().await?;
        Ok(given)
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
        tx.wake(Wake::Stop(reply));
        tx.commit().await
    }

    /// The replies whose lease ran out before a moment, in microseconds since 1970 UTC.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lapsed(&self, before: i64) -> Result<Vec<MessageId>> {
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT message_id FROM jobs WHERE lease_owner IS NOT NULL AND lease_until < $1")
                .bind(before)
                .fetch_all(&mut *self.engine_reader().await?)
                .await?;
        rows.iter().map(|(reply,)| parse(reply)).collect()
    }

    /// Whether a job waits that may run now.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn job_waits(&self) -> Result<bool> {
        let sql = format!("SELECT 1 FROM jobs j WHERE j.lease_owner IS NULL AND j.run_at <= $1 AND NOT {HELD} LIMIT 1");
        let mut reader = self.engine_reader().await?;
        // Exactly: a word that a job is there comes once, and must not find it due in a moment.
        let now = self.shared.dialect.now(&mut reader).await?;
        let row: Option<(i64,)> = sqlx::query_as(AssertSqlSafe(sql)).bind(now).fetch_optional(&mut *reader).await?;
        Ok(row.is_some())
    }
}

/// The end of a lease that begins now, in microseconds since 1970 UTC.
fn until(now: i64, lease: Duration) -> i64 {
    now.saturating_add(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX))
}

pub(super) async fn give_back(tx: &mut Write, owner: &str, lease: Lease) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE jobs SET lease_owner = NULL, lease_until = NULL
         WHERE message_id = $1 AND fence = $2 AND lease_owner = $3",
    )
    .bind(lease.reply.to_string())
    .bind(lease.fence)
    .bind(owner.to_owned())
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("UPDATE messages SET status = 'queued', started_at = NULL WHERE id = $1 AND status = 'streaming'")
        .bind(lease.reply.to_string())
        .execute(&mut **tx)
        .await?;
    tx.wake(Wake::Job);
    Ok(true)
}

/// A reply that begins.
#[derive(sqlx::FromRow)]
struct Begun {
    chat_id: String,
    position: i64,
    provider_id: Option<String>,
    model: String,
    max_tokens: Option<i64>,
}

async fn begin(tx: &mut Write, reply: &str, default_model: &str) -> Result<Begun> {
    let begun = sqlx::query_as(
        "UPDATE messages SET status = 'streaming', started_at = $2, model = coalesce(model, $3)
         WHERE id = $1 RETURNING chat_id, position, provider_id, model, max_tokens",
    )
    .bind(reply.to_owned())
    .bind(tx.now)
    .bind(default_model.to_owned())
    .fetch_one(&mut **tx)
    .await?;
    Ok(begun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::in_time;

    #[tokio::test]
    async fn the_engine_looks_for_work_while_requests_have_every_reader() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = Store::open(&format!("sqlite://{}/a.db", folder.path().display()), 1).await.unwrap();
        let readers = &store.shared.pools.readers;
        let mut held = Vec::new();
        for _ in 0..readers.options().get_max_connections() {
            held.push(store.reader().await.unwrap());
        }
        assert!(readers.try_acquire().is_none(), "no request finds a reader");
        let looks = async {
            store.read_clock().await?;
            store.look_at_schema().await?;
            Ok((
                store.job_waits().await?,
                store.lapsed(i64::MAX).await?,
                store.claim_title(Duration::from_secs(1)).await?,
            ))
        };
        let (waits, lapsed, title) = in_time(looks).await.unwrap();
        assert!(!waits && lapsed.is_empty() && title.is_none());
    }
}
