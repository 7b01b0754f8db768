//! Everything of one database into another one, whatever kinds they are.

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::{Any, AnyConnection, any::AnyArguments, query::Query};

use super::{
    Store, StoreError,
    tables::{Column, TABLES, Table, Value},
};

/// The most rows and about the most bytes in one statement.
const ROWS: usize = 100;
const BYTES: usize = 1024 * 1024;

/// Why a copy was not made. The target is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something is there already.
    #[error("the target is not empty: its table {0} has rows")]
    NotEmpty(&'static str),
    /// The two schemas have other columns.
    #[error("the table {0} has other columns in the target: bring both databases up to date with the same Parlance")]
    OtherSchema(&'static str),
    /// What was read back is not what was written.
    #[error("the table {0} does not read back as it was written")]
    Differs(&'static str),
    /// One of the databases failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A table that was copied.
#[derive(Clone, Debug)]
pub struct Copied {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 of all of them, in hexadecimal: the same in both databases.
    pub sum: String,
}

/// Copies every table, in one transaction of the target, and reads all of it back before that is committed. Nobody else
/// writes to the target meanwhile; what is written to the source is not copied.
///
/// # Errors
/// If the target is not empty, differs in the end, or one of the databases fails.
pub async fn copy(from: &Store, to: &Store) -> Result<Vec<Copied>, CopyError> {
    let mut source = from.shared.pools.readers.begin_with(from.shared.dialect.begin_snapshot()).await?;
    let mut target = to.shared.pools.writer.begin_with(to.shared.dialect.begin()).await?;
    to.shared.dialect.lock(&mut target, TABLES.iter().map(|table| table.name)).await?;
    for table in TABLES {
        if !table.is_empty(&mut target).await? {
            return Err(CopyError::NotEmpty(table.name));
        }
    }
    let mut copied = Vec::new();
    for table in TABLES {
        let columns = table.columns(&mut source, from.shared.dialect).await?;
        if table.columns(&mut target, to.shared.dialect).await? != columns {
            return Err(CopyError::OtherSchema(table.name));
        }
        let written = copy_table(&mut source, &mut target, table, &columns).await?;
        copied.push(written.named(table.name));
    }
    for (table, copied) in TABLES.iter().zip(&copied) {
        let columns = table.columns(&mut target, to.shared.dialect).await?;
        let read = sum_of(&mut target, *table, &columns).await?.named(table.name);
        if (read.rows, &read.sum) != (copied.rows, &copied.sum) {
            return Err(CopyError::Differs(table.name));
        }
    }
    target.commit().await?;
    Ok(copied)
}

/// Counts rows and sums them up.
#[derive(Default)]
struct Sum {
    rows: u64,
    digest: Sha256,
}

impl Sum {
    fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        row.iter().for_each(|value| self.digest.update(value.canonical()));
    }

    fn named(self, table: &'static str) -> Copied {
        let sum = self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Copied { table, rows: self.rows, sum }
    }
}

async fn copy_table(
    source: &mut AnyConnection,
    target: &mut AnyConnection,
    table: Table,
    columns: &[Column],
) -> Result<Sum, CopyError> {
    let mut sum = Sum::default();
    let (mut waiting, mut bytes) = (Vec::new(), 0);
    let mut rows = sqlx::query(table.select(columns)).fetch(source);
    while let Some(row) = rows.try_next().await? {
        let row = values(&row, columns)?;
        sum.add(&row);
        bytes += row.iter().map(|value| value.canonical().len()).sum::<usize>();
        waiting.push(row);
        if waiting.len() == ROWS || bytes > BYTES {
            insert(target, table, columns, std::mem::take(&mut waiting)).await?;
            bytes = 0;
        }
    }
    insert(target, table, columns, waiting).await?;
    Ok(sum)
}

async fn sum_of(connection: &mut AnyConnection, table: Table, columns: &[Column]) -> Result<Sum, CopyError> {
    let mut sum = Sum::default();
    let mut rows = sqlx::query(table.select(columns)).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        sum.add(&values(&row, columns)?);
    }
    Ok(sum)
}

fn values(row: &sqlx::any::AnyRow, columns: &[Column]) -> Result<Vec<Value>, StoreError> {
    columns.iter().enumerate().map(|(at, column)| Value::of(row, at, column.kind)).collect()
}

async fn insert(
    target: &mut AnyConnection,
    table: Table,
    columns: &[Column],
    rows: Vec<Vec<Value>>,
) -> Result<(), CopyError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut query: Query<'_, Any, AnyArguments> = sqlx::query(table.insert(columns, rows.len()));
    for value in rows.into_iter().flatten() {
        query = match value {
            Value::Text(text) => query.bind(text),
            Value::Integer(number) => query.bind(number),
            Value::Real(number) => query.bind(number),
        };
    }
    query.persistent(false).execute(target).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_table_with_data_is_copied() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = Store::open(&format!("sqlite://{}/a.db", folder.path().display()), 1).await.unwrap();
        let mut reader = store.reader().await.unwrap();
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let tables: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut *reader).await.unwrap();
        let named = |name: &String| TABLES.iter().any(|table| table.name == name);
        let others: Vec<String> = tables.into_iter().map(|(name,)| name).filter(|name| !named(name)).collect();
        assert_eq!(others, ["_sqlx_migrations", "serves"], "these say what the schema is, and are made with it");
    }
}
