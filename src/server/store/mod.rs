//! The database. One SQL text serves every dialect; rows stay in here, domain types come out.
//!
//! Reads go through a pool. Writes go through one connection, one after another: SQLite has one writer
//! anyway, and a queue of our own is fair and never ends in "database is locked".

pub mod append;
mod batch;
pub mod chats;
pub mod jobs;
pub mod log;
pub mod messages;
pub mod paths;
mod rows;
pub mod sqlite;

use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{Any, AnyPool, Transaction};

use crate::domain::error::AppError;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not there, or not inside the actor's wall.
    #[error("not found")]
    NotFound,
    /// The chat has a running reply.
    #[error("a reply is running in this chat")]
    ReplyRunning,
    /// The chat holds as many messages as it can.
    #[error("the chat is full")]
    ChatFull,
    /// An id that the client made is taken by something else, or does not fit what it names.
    #[error("{0}")]
    Conflict(&'static str),
    /// A row that no version of this program writes.
    #[error("corrupt row: {0}")]
    Corrupt(String),
    /// The database's own error.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Another process has this database open for itself.
    #[error("the database {0} is in use by another Parlance process")]
    InUse(String),
}

impl StoreError {
    /// What the outside sees of it; `None` if it is a fault of the server's own, for the log alone.
    #[must_use]
    pub fn public(&self) -> Option<AppError> {
        match self {
            Self::NotFound => Some(AppError::NotFound),
            Self::ReplyRunning => Some(AppError::ReplyRunning),
            Self::ChatFull => Some(AppError::ChatFull),
            Self::Conflict(message) => Some(AppError::invalid(*message)),
            Self::Database(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => Some(AppError::Unavailable),
            Self::Corrupt(_) | Self::Database(_) | Self::Migrate(_) | Self::InUse(_) => None,
        }
    }
}

/// The result of a question to the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database, opened and migrated. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: AnyPool,
    writer: AnyPool,
    /// Held as long as the store lives: one process a SQLite file.
    _lock: std::sync::Arc<std::fs::File>,
}

impl Store {
    /// Opens the database, creates it if need be, and brings its schema up to date.
    ///
    /// # Errors
    /// If it cannot be opened, is in use by another process, or its schema is newer than this program.
    pub async fn open(url: &str) -> Result<Self> {
        let store = sqlite::open(url).await?;
        sqlx::migrate!("migrations/sqlite").run(&store.writer).await?;
        Ok(store)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// Waits for running work and closes the connections.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }

    fn readers(&self) -> &AnyPool {
        &self.readers
    }

    /// Begins a transaction that writes. It takes the write lock at once, so that it never has to give up
    /// half-way because another one wrote first.
    async fn write(&self) -> Result<Transaction<'static, Any>> {
        Ok(self.writer.begin_with(sqlite::BEGIN_WRITE).await?)
    }
}

/// Now, in microseconds since 1970 UTC.
#[must_use]
pub fn now_micros() -> i64 {
    // A clock before 1970 or after the year 294,000 is not worth an error path.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
