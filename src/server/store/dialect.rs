//! Which database it is. Everything that is asked of a dialect is answered in its own file.

use sqlx::{AnyConnection, AnyPool};

use super::{Pools, Result, now_micros, postgres, wakes::Wake};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub fn of_url(url: &str) -> Self {
        if postgres::is_url(url) { Self::Postgres } else { Self::Sqlite }
    }

    /// Begins a transaction that writes.
    pub fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => super::sqlite::BEGIN_WRITE,
            Self::Postgres => postgres::BEGIN_WRITE,
        }
    }

    /// Begins a transaction that sees one moment, whatever is written meanwhile.
    pub fn begin_snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => super::sqlite::BEGIN_SNAPSHOT,
            Self::Postgres => postgres::BEGIN_SNAPSHOT,
        }
    }

    /// The names and kinds of the columns of the table `$1`, by name.
    pub fn columns_of(self) -> &'static str {
        match self {
            Self::Sqlite => super::sqlite::COLUMNS_OF,
            Self::Postgres => postgres::COLUMNS_OF,
        }
    }

    /// What the database itself finds wrong with its files and with what its rows refer to.
    pub async fn damage(self, connection: &mut AnyConnection) -> Result<Vec<String>> {
        match self {
            Self::Sqlite => {
                let mut damage = super::sqlite::damage(connection).await?;
                damage.extend(super::sqlite::orphans(connection).await?);
                Ok(damage)
            }
            // Its own tools look after that: page checksums, pg_amcheck.
            Self::Postgres => Ok(Vec::new()),
        }
    }

    /// Keeps everybody else from writing into these tables until the transaction ends.
    pub async fn lock(self, connection: &mut AnyConnection, tables: impl Iterator<Item = &'static str>) -> Result<()> {
        match self {
            // Whoever writes is alone.
            Self::Sqlite => Ok(()),
            Self::Postgres => postgres::lock(connection, tables).await,
        }
    }

    /// The pools as they really are, each with its name.
    pub fn pools(self, pools: &Pools) -> Vec<(&'static str, &AnyPool)> {
        match self {
            Self::Sqlite => super::sqlite::named(pools),
            Self::Postgres => postgres::named(pools),
        }
    }

    /// Now, in microseconds since 1970 UTC, by the one clock that all nodes share.
    pub async fn now(self, connection: &mut AnyConnection) -> Result<i64> {
        match self {
            // The database is in this process, and so is its clock.
            Self::Sqlite => Ok(now_micros()),
            Self::Postgres => postgres::now(connection).await,
        }
    }

    /// Tells other nodes, as soon as the transaction is committed.
    pub async fn announce(self, connection: &mut AnyConnection, origin: &str, wakes: &[Wake]) -> Result<()> {
        match self {
            // There is no other node.
            Self::Sqlite => Ok(()),
            Self::Postgres => postgres::announce(connection, origin, wakes).await,
        }
    }

    /// What a subquery ends with that picks rows to change, so that two nodes never wait for each other's choice.
    pub fn for_update_skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => postgres::SKIP_LOCKED,
        }
    }

    /// What a query ends with whose rows nobody else may refer to anew until the transaction ends.
    pub fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => postgres::FOR_UPDATE,
        }
    }

    /// What a query ends with whose rows must stay as they are until the transaction ends.
    pub fn for_share(self) -> &'static str {
        match self {
            // Whoever writes is alone.
            Self::Sqlite => "",
            Self::Postgres => postgres::FOR_SHARE,
        }
    }
}
