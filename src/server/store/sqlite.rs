//! What is particular to SQLite.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sqlx::{
    AnyPool, Executor,
    any::{AnyPoolOptions, install_default_drivers},
};

use super::{Result, Store, StoreError};

/// Begins a transaction with the write lock.
pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

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

pub(super) async fn open(url: &str) -> Result<Store> {
    install_default_drivers();
    let path = file_of(url);
    let lock = lock(&path)?;
    // Without `//`, after which a relative path would begin with a host.
    let url = format!("sqlite:{}?mode=rwc", encoded(&path));
    // The writer first: it creates the file and switches it to WAL before a reader looks.
    let writer = pool(&url, 1, WRITER_PRAGMAS).await?;
    let readers = pool(&url, READERS, READER_PRAGMAS).await?;
    Ok(Store { readers, writer, _lock: Arc::new(lock) })
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
fn lock(path: &str) -> Result<File> {
    let io = |error: std::io::Error| StoreError::Database(sqlx::Error::Io(error));
    if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let file = File::options().create(true).truncate(false).write(true).open(format!("{path}.lock")).map_err(io)?;
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
