//! Leases on replies: who may write one, and the number by which whoever wrote it before is refused.

use std::{collections::HashSet, sync::LazyLock};

use sqlx::AnyConnection;

use super::{Result, batch::Batch, dialect::Dialect, postgres, write::Write};
use crate::domain::id::MessageId;

/// A lease on a reply: what is written under an older fence is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The reply.
    pub reply: MessageId,
    /// The fencing token that came with the lease.
    pub fence: i64,
}

static COUNT_LEASES: LazyLock<Batch> = LazyLock::new(|| count_leases(""));
static COUNT_LEASES_POSTGRES: LazyLock<Batch> = LazyLock::new(|| count_leases(postgres::KEEP_JOBS));

/// Counts those of the leases that hold, and keeps them from being taken before the transaction ends.
fn count_leases(keep: &str) -> Batch {
    let statement = format!(
        "SELECT count(*) FROM (
             SELECT 1 FROM given JOIN jobs ON jobs.message_id = given.message_id AND jobs.fence = given.fence {keep}) held"
    );
    Batch::new(["message_id", "fence"], &statement)
}

/// Those of the leases that `owner` holds no more. Almost always there are none, so they are only counted at first:
/// a row that is read costs more than one that is written.
pub(super) async fn lost_leases(tx: &mut Write, owner: &str, leases: &[Lease]) -> Result<Vec<Lease>> {
    let count = match tx.dialect() {
        Dialect::Sqlite => &COUNT_LEASES,
        Dialect::Postgres => &COUNT_LEASES_POSTGRES,
    };
    let mut held = 0;
    for (sql, rows) in count.over(leases) {
        let mut query = sqlx::query_as::<_, (i64,)>(sql);
        for lease in rows {
            query = query.bind(lease.map(|lease| lease.reply.to_string())).bind(lease.map(|lease| lease.fence));
        }
        held += query.fetch_one(&mut **tx).await?.0;
    }
    if held == leases.len() as i64 {
        return Ok(Vec::new());
    }
    let held = held_leases(tx, owner).await?;
    let is_lost = |lease: &&Lease| !held.contains(&(lease.reply.to_string(), lease.fence));
    Ok(leases.iter().filter(is_lost).copied().collect())
}

/// The replies that `owner` holds, each with its fence.
pub(super) async fn held_leases(tx: &mut AnyConnection, owner: &str) -> Result<HashSet<(String, i64)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT message_id, fence FROM jobs WHERE lease_owner = $1")
        .bind(owner.to_owned())
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().collect())
}
