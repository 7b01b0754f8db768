//! The replies that wait for a provider which takes no more for now. Those that want the same model of the same provider
//! stand in a line, in the order in which they were asked for: the first asks again, and once it is answered the next one
//! does. So a provider that had enough is asked by one at a time, whatever waits, on however many nodes.

use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{Result, Store, jobs::give_back, leases::Lease, wakes::Wake};
use crate::domain::{
    id::{MessageId, ProviderId},
    waiting::Waiting,
};

/// Whether a job `j` has to let others of its line go first: one that asks just now, one that was asked for earlier, or
/// all together as long as the provider wants to be left alone. `$1` is now.
pub(super) const HELD: &str = "(j.limited_by IS NOT NULL AND EXISTS (
     SELECT 1 FROM jobs l WHERE l.limited_by = j.limited_by AND l.id <> j.id
         AND (l.lease_owner IS NOT NULL OR l.run_at > $1 OR l.created_at < j.created_at
              OR (l.created_at = j.created_at AND l.id < j.id))))";

/// The name of the line for a model: limits are a model's more often than a provider's.
#[must_use]
pub fn line_of(provider: Option<ProviderId>, model: &str) -> String {
    let provider = provider.map(|provider| provider.to_string()).unwrap_or_default();
    format!("{provider} {model}")
}

/// What became of a reply that was to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It waits.
    Yes,
    /// It waits, but somebody has asked for it to stop.
    ToBeStopped,
    /// It is not its worker's any more.
    Lost,
}

impl Store {
    /// Puts a reply of which nothing was written back into the queue, for as long as its provider wants to be left alone.
    /// Whatever waits for the same stands in line with it from then on.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn wait_in_line(
        &self,
        owner: &str,
        lease: Lease,
        (provider, model): (Option<ProviderId>, &str),
        wait: Duration,
    ) -> Result<Waits> {
        let mut tx = self.engine_write().await?;
        if !give_back(&mut tx, owner, lease).await? {
            return Ok(Waits::Lost);
        }
        let line = line_of(provider, model);
        let until = tx.now.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
        let (stop,): (i64,) = sqlx::query_as(
            "UPDATE jobs SET limited_by = $2, run_at = $3 WHERE message_id = $1 RETURNING stop_requested",
        )
        .bind(lease.reply.to_string())
        .bind(line.clone())
        .bind(until)
        .fetch_one(&mut *tx)
        .await?;
        // Whom another node has just claimed asks once more, and joins then.
        let skip_locked = tx.dialect().for_update_skip_locked();
        // All of them wait that long: the first may be stopped, and the next is not to ask before.
        let sql = format!(
            "UPDATE jobs SET limited_by = $1, run_at = CASE WHEN run_at < $4 THEN $4 ELSE run_at END WHERE id IN (
                 SELECT j.id FROM jobs j
                 WHERE j.lease_owner IS NULL AND (j.limited_by = $1 OR (j.limited_by IS NULL AND EXISTS (
                     SELECT 1 FROM messages m
                     WHERE m.id = j.message_id AND coalesce(m.provider_id, '') = $2 AND m.model = $3)))
                 {skip_locked})"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(line)
            .bind(provider.map(|provider| provider.to_string()).unwrap_or_default())
            .bind(model.to_owned())
            .bind(until)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(if stop == 0 { Waits::Yes } else { Waits::ToBeStopped })
    }

    /// Notes that the provider has begun to answer one of a line: it leaves, and the next may ask.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn leave_line(&self, lease: Lease, line: &str) -> Result<()> {
        let mut tx = self.engine_write().await?;
        sqlx::query("UPDATE jobs SET limited_by = NULL WHERE message_id = $1 AND fence = $2")
            .bind(lease.reply.to_string())
            .bind(lease.fence)
            .execute(&mut *tx)
            .await?;
        let skip_locked = tx.dialect().for_update_skip_locked();
        let sql = format!(
            "UPDATE jobs SET run_at = $2 WHERE id IN (
                 SELECT id FROM jobs WHERE limited_by = $1 AND run_at > $2 {skip_locked})"
        );
        let now = tx.now;
        sqlx::query(AssertSqlSafe(sql)).bind(line.to_owned()).bind(now).execute(&mut *tx).await?;
        tx.wake(Wake::Job);
        tx.commit().await
    }

    /// Where a reply stands in its line; nothing if it waits for no provider.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn place_in_line(&self, reply: MessageId) -> Result<Option<Waiting>> {
        let row: Option<(i64, i64)> = sqlx::query_as(
            "SELECT (SELECT count(*) FROM jobs b WHERE b.limited_by = j.limited_by AND b.lease_owner IS NULL
                         AND (b.created_at < j.created_at OR (b.created_at = j.created_at AND b.id < j.id))),
                    (SELECT max(l.run_at) FROM jobs l WHERE l.limited_by = j.limited_by)
             FROM jobs j WHERE j.message_id = $1 AND j.lease_owner IS NULL AND j.limited_by IS NOT NULL",
        )
        .bind(reply.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(row.map(|(before, asked_at)| Waiting::new(before, asked_at, self.now())))
    }

    /// Whether a provider is known to take no more for a model.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn has_line(&self, line: &str) -> Result<bool> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT 1 FROM jobs WHERE limited_by = $1 LIMIT 1")
            .bind(line.to_owned())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(row.is_some())
    }
}
