//! What can go wrong with the database, and what the outside sees of it.

use crate::{
    domain::{budget::OverBudget, error::AppError},
    texts::{budgets, gone},
};

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
    /// A budget has too little left for what was asked for.
    #[error("over budget")]
    OverBudget(Box<OverBudget>),
    /// An id that the client made is taken by something else, or does not fit what it names.
    #[error("{0}")]
    Conflict(&'static str),
    /// A row that no version of this program writes.
    #[error("corrupt row: {0}")]
    Corrupt(String),
    /// A log is not where its writer left it: a commit whose answer was lost has been made after all.
    #[error("a log is further than its writer knows")]
    Moved,
    /// The database did not answer in time.
    #[error("the database does not answer in time")]
    Slow,
    /// The database's own error.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A newer program has changed the schema in a way that this one cannot work with.
    #[error(
        "the database was upgraded to schema version {newest}, which needs a newer Parlance than this one (it knows up to {known})"
    )]
    TooNew {
        /// The schema's version.
        newest: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The schema is of another version; a server would bring an older one up to date.
    #[error("its schema is of version {found}, and this Parlance knows version {known}: {}", advice(*.found, *.known))]
    OtherSchema {
        /// The schema's version; 0 if there is none.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },
    /// There is no database to look at.
    #[error("there is no database at {0}")]
    NotThere(String),
    /// Another process has this database open for itself.
    #[error("the database {0} is in use by another Parlance process")]
    InUse(String),
}

/// What to do about a schema of another version.
fn advice(found: i64, known: i64) -> &'static str {
    if found > known { "use the newer Parlance that made it" } else { "start the server on it first" }
}

/// The result of a question to the store.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// Whether the same question may be answered a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Slow => true,
            Self::Database(error) => is_passing(error),
            _ => false,
        }
    }

    /// What the outside sees of it; `None` if it is a fault of the server's own, for the log alone.
    #[must_use]
    pub fn public(&self) -> Option<AppError> {
        match self {
            Self::NotFound => Some(AppError::NotFound),
            Self::ReplyRunning => Some(AppError::ReplyRunning),
            Self::ChatFull => Some(AppError::ChatFull),
            Self::OverBudget(over) => Some(AppError::OverBudget { message: budgets::over(over) }),
            Self::Conflict(message) => Some(AppError::invalid(*message)),
            passing if passing.is_passing() => Some(AppError::Unavailable),
            Self::Database(error) if is_dangling(error) => Some(AppError::invalid(gone::MEANWHILE)),
            Self::Corrupt(_)
            | Self::Moved
            | Self::Slow
            | Self::Database(_)
            | Self::Migrate(_)
            | Self::TooNew { .. }
            | Self::OtherSchema { .. }
            | Self::NotThere(_)
            | Self::InUse(_) => None,
        }
    }
}

/// Whether the same question may be answered a little later: the database is away, starting, stopping or too busy.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    use sqlx::Error;
    match error {
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::PoolTimedOut | Error::PoolClosed => true,
        Error::Database(error) => error.code().is_some_and(|code| is_passing_code(&code)),
        _ => false,
    }
}

/// PostgreSQL's codes (its manual, appendix A) for what passes: connection exceptions, insufficient resources, operator
/// intervention (a restart, a cancelled statement), transaction rollback (deadlock); a standby that is not yet the primary,
/// a transaction that had failed, idle-transaction and lock timeouts. They have five characters. SQLite's are numbers of at
/// most four digits, of which the last eight bits tell the kind (its documentation, "Result Codes"): busy, locked, full.
fn is_passing_code(code: &str) -> bool {
    if let Some(number) = code.parse::<u32>().ok().filter(|_| code.len() < 5) {
        return matches!(number & 0xff, 5 | 6 | 13);
    }
    matches!(code.get(..2), Some("08" | "53" | "57" | "40")) || matches!(code, "25006" | "25P02" | "25P03" | "55P03")
}

/// Whether a row was not written because there is one already with what only one may have.
pub(super) fn is_unique(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

/// Whether a row was not written because what it refers to was deleted since somebody looked.
fn is_dangling(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_foreign_key_violation())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_no_fault_of_the_servers() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        for error in [StoreError::Slow, sqlx::Error::Io(refused).into(), sqlx::Error::PoolTimedOut.into()] {
            assert_eq!(error.public(), Some(AppError::Unavailable), "{error}");
        }
        assert_eq!(StoreError::Database(sqlx::Error::RowNotFound).public(), None);
        assert!(["57P01", "08006", "53300", "40P01", "25P03"].into_iter().all(is_passing_code));
        assert!(!is_passing_code("23505"));
        // Of SQLite: busy, while another connection recovers, with a snapshot that is too old, on a timeout; locked; full.
        assert!(["5", "261", "517", "773", "6", "262", "13"].into_iter().all(is_passing_code));
        // An error, a constraint that is not kept, a failure of the disk of which the number begins like a class of PostgreSQL's.
        assert!(!["1", "2067", "787", "5386", "14"].into_iter().any(is_passing_code));
    }
}
