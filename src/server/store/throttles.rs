//! Limits of how often, by the generic cell rate algorithm: one moment a key, at which all of the limit is there again.

use std::time::Duration;

use super::{Result, Store};

impl Store {
    /// Takes one of `burst`, of which one comes back every `every`. Returns how long to wait if there is none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take(&self, key: &str, every: Duration, burst: u32) -> Result<Option<Duration>> {
        let every = micros(every);
        let all = every.saturating_mul(i64::from(burst));
        let mut tx = self.write().await?;
        let taken: Option<(i64,)> = sqlx::query_as(
            "INSERT INTO throttles (key, full_at) VALUES ($1, $2 + $3)
             ON CONFLICT (key) DO UPDATE
             SET full_at = CASE WHEN throttles.full_at > $2 THEN throttles.full_at ELSE $2 END + $3
             WHERE CASE WHEN throttles.full_at > $2 THEN throttles.full_at ELSE $2 END + $3 <= $2 + $4
             RETURNING full_at",
        )
        .bind(key.to_owned())
        .bind(tx.now)
        .bind(every)
        .bind(all)
        .fetch_optional(&mut *tx)
        .await?;
        if taken.is_some() {
            tx.commit().await?;
            return Ok(None);
        }
        let (full_at,): (i64,) = sqlx::query_as("SELECT full_at FROM throttles WHERE key = $1")
            .bind(key.to_owned())
            .fetch_one(&mut *tx)
            .await?;
        let wait = full_at.saturating_add(every).saturating_sub(tx.now.saturating_add(all));
        Ok(Some(Duration::from_micros(u64::try_from(wait).unwrap_or_default())))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
