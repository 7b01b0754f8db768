//! How the database's side of a node is, for whoever watches it.

use sqlx::AnyPool;

use super::{Result, Store, wakes::Wake};

/// How many connections a pool has.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// What the pool is for.
    pub pool: &'static str,
    /// Those that wait for work.
    pub idle: u32,
    /// Those that are at work.
    pub used: u32,
    /// The most there may be.
    pub limit: u32,
}

impl Connections {
    fn of((name, pool): (&'static str, &AnyPool)) -> Self {
        // The two are read one after the other.
        let (size, idle) = (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX));
        let idle = idle.min(size);
        Self { pool: name, idle, used: size - idle, limit: pool.options().get_max_connections() }
    }
}

impl Store {
    /// The connections of every pool that this node has.
    #[must_use]
    pub fn connections(&self) -> Vec<Connections> {
        self.shared.dialect.pools(&self.shared.pools).into_iter().map(Connections::of).collect()
    }

    /// How much word this node has heard from others since it started, by kind.
    pub fn heard(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Wake::KINDS.into_iter().zip(self.shared.heard.counts())
    }

    /// How many jobs wait for a node that may run now, and how many for their provider.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn waiting_jobs(&self) -> Result<(i64, i64)> {
        let waiting = sqlx::query_as(
            "SELECT count(CASE WHEN limited_by IS NULL AND run_at <= $1 THEN 1 END), count(limited_by)
             FROM jobs WHERE lease_owner IS NULL",
        )
        .bind(self.now())
        .fetch_one(&mut *self.reader().await?)
        .await?;
        Ok(waiting)
    }
}
