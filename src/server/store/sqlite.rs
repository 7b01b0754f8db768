//! What is particular to SQLite.

use std::{fs::File, path::Path, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sqlx::{AnyConnection, AnyPool, Executor, any::AnyPoolOptions};

use super::{Pools, Result, StoreError, own_files};

/// Begins a transaction with the write lock.
pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// A reader in WAL mode sees the moment of its first look until its transaction ends.
pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN DEFERRED";

pub(super) const COLUMNS_OF: &str = "SELECT name, type FROM pragma_table_info($1) ORDER BY name";

/// How many reading connections: readers do not wait for each other or for the writer, so a few are enough.
const READERS: u32 = 4;

/// WAL lets readers read while the writer writes. With it, `synchronous = NORMAL` survives the death of the
/// process (`kill -9` included) without loss; the death of the machine may cost the last commits since the
/// last checkpoint, but never the file. `FULL` would wait for the disk in every commit, ten times a second.
const WRITER_PRAGMAS: &str = "PRAGMA journal_mode = WAL;
     PRAGMA synchronous = NORMAL;
     PRAGMA foreign_keys = ON;
     PRAGMA busy_timeout = 5000;
     PRAGMA temp_store = MEMORY;
     PRAGMA cache_size = -4096;";

const READER_PRAGMAS: &str = "PRAGMA query_only = ON;
     PRAGMA busy_timeout = 5000;
     PRAGMA temp_store = MEMORY;
     PRAGMA cache_size = -4096;";

/// One writer, one change after another: SQLite has one anyway, and a queue of our own is fair and never ends in
/// "database is locked". The lock lives as long as the file is in use.
pub(super) async fn open(url: &str) -> Result<(Pools, File)> {
    let path = file_of(url);
    let lock = lock(&path)?;
    // SQLite takes an empty file for one that is not there, and gives what it puts beside it the same permissions.
    own_files::make_file(Path::new(&path)).map_err(sqlx::Error::Io)?;
    // Without `//`, after which a relative path would begin with a host.
    let url = format!("sqlite:{}?mode=rwc", encoded(&path));
    // The writer first: it creates the file and switches it to WAL before a reader looks.
    let writer = pool(&url, 1, WRITER_PRAGMAS).await?;
    let readers = pool(&url, READERS, READER_PRAGMAS).await?;
    let engine_reader = pool(&url, 1, READER_PRAGMAS).await?;
    Ok((Pools { readers, writer: writer.clone(), engine: writer, engine_reader }, lock))
}

/// Opens a file that a server may have open, to look at it.
pub(super) async fn open_beside(url: &str) -> Result<Pools> {
    let path = file_of(url);
    if !Path::new(&path).is_file() {
        return Err(StoreError::NotThere(path));
    }
    // Not read-only: whoever reads a WAL has to write down how far it has come.
    let reader = pool(&format!("sqlite:{}?mode=rw", encoded(&path)), 1, READER_PRAGMAS).await?;
    Ok(Pools { readers: reader.clone(), writer: reader.clone(), engine: reader.clone(), engine_reader: reader })
}

/// A connection that changes a file that a server may have open.
pub(super) async fn open_writer_beside(url: &str) -> Result<AnyPool> {
    pool(&format!("sqlite:{}?mode=rw", encoded(&file_of(url))), 1, WRITER_PRAGMAS).await
}

/// What SQLite finds wrong with the file.
pub(super) async fn damage(connection: &mut AnyConnection) -> Result<Vec<String>> {
    let said: Vec<(String,)> =
        sqlx::query_as("SELECT integrity_check FROM pragma_integrity_check").fetch_all(connection).await?;
    Ok(said.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
}

/// Rows that refer to what is not there. The server lets none be written; other programs might.
pub(super) async fn orphans(connection: &mut AnyConnection) -> Result<Vec<String>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        r#"SELECT CAST("table" AS TEXT), CAST(parent AS TEXT), count(*) FROM pragma_foreign_key_check GROUP BY 1, 2"#,
    )
    .fetch_all(connection)
    .await?;
    let line =
        |(table, parent, number)| format!("{number} rows of {table} refer to rows of {parent} that are not there");
    Ok(rows.into_iter().map(line).collect())
}

/// The engine writes through the one connection that writes, and looks through one of its own.
pub(super) fn named(pools: &Pools) -> Vec<(&'static str, &AnyPool)> {
    vec![("readers", &pools.readers), ("writer", &pools.writer), ("engine", &pools.engine_reader)]
}

async fn pool(url: &str, connections: u32, pragmas: &'static str) -> Result<AnyPool> {
    let pool = AnyPoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(None)
        .max_lifetime(None)
        // A local file needs no ping before each use.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(pragmas).await?;
                Ok(())
            })
        })
        .connect(url)
        .await?;
    Ok(pool)
}

/// The file that a `sqlite:` URL names.
#[must_use]
pub fn file_of(url: &str) -> String {
    let rest = url.trim_start_matches("sqlite:");
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let path = rest.split('?').next().unwrap_or(rest);
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// A path as it stands in a URL.
#[must_use]
pub fn encoded(path: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');
    utf8_percent_encode(path, KEPT).to_string()
}

/// Takes the file for this process. Whoever holds it knows that every lease in the database is of a process
/// that is gone; the system lets go of it however the process ends.
pub(super) fn lock(path: &str) -> Result<File> {
    let io = |error: std::io::Error| StoreError::Database(sqlx::Error::Io(error));
    if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        own_files::make_folder(folder).map_err(io)?;
    }
    let file = own_files::options().create(true).truncate(false).open(format!("{path}.lock")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(io(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_to_write_the_url_names_the_same_file() {
        assert_eq!(file_of("sqlite://data/x.db"), "data/x.db");
        assert_eq!(file_of("sqlite:data/x.db"), "data/x.db");
        assert_eq!(file_of("sqlite:///var/x.db?mode=rwc"), "/var/x.db");
        assert_eq!(file_of(&format!("sqlite:{}", encoded("my data/50%?.db"))), "my data/50%?.db");
    }
}
