//! Brings the schema up to date, once, whoever else tries at the same moment.
//!
//! Migrations only add, so that programs of two versions work side by side while one replaces the other. The table
//! `serves` says which programs can go on with a schema that is newer than they are.

use sqlx::{
    AnyConnection,
    migrate::{Migrate, Migrator},
};

use super::{Result, StoreError, dialect::Dialect};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Whether this program knows the schema as it is.
///
/// # Errors
/// [`StoreError::OtherSchema`] if it is of another version, or of another program.
pub(super) async fn check(connection: &mut AnyConnection, dialect: Dialect) -> Result<()> {
    let (found, known) = versions(connection, dialect).await;
    if found == known { Ok(()) } else { Err(StoreError::OtherSchema { found, known }) }
}

/// Whether this program can bring the schema up to date, if it is not.
///
/// # Errors
/// [`StoreError::OtherSchema`] if it is of a newer version, or of another program.
pub(super) async fn check_not_newer(connection: &mut AnyConnection, dialect: Dialect) -> Result<()> {
    let (found, known) = versions(connection, dialect).await;
    if (1..=known).contains(&found) { Ok(()) } else { Err(StoreError::OtherSchema { found, known }) }
}

/// The version of the schema, and the one that this program knows.
async fn versions(connection: &mut AnyConnection, dialect: Dialect) -> (i64, i64) {
    let migrator = of(dialect);
    // Without the table it is no database of ours.
    let applied = connection.list_applied_migrations(&migrator.table_name).await.unwrap_or_default();
    let found = newest(applied.iter().map(|migration| migration.version));
    (found, newest(migrator.iter().map(|migration| migration.version)))
}

fn of(dialect: Dialect) -> &'static Migrator {
    match dialect {
        Dialect::Sqlite => &SQLITE,
        Dialect::Postgres => &POSTGRES,
    }
}

fn newest(versions: impl Iterator<Item = i64>) -> i64 {
    versions.max().unwrap_or(0)
}

/// Whether the schema is one that this program can work with, whatever newer programs have made of it.
///
/// # Errors
/// [`StoreError::TooNew`] if it says that it is not.
pub(super) async fn check_served(connection: &mut AnyConnection, dialect: Dialect) -> Result<()> {
    let (since,): (i64,) = sqlx::query_as("SELECT since FROM serves").fetch_one(&mut *connection).await?;
    let (newest, known) = versions(connection, dialect).await;
    if since > known { Err(StoreError::TooNew { newest, known }) } else { Ok(()) }
}

/// Applies what is missing; says whether that was anything. A database that is newer than this program is left as it is.
///
/// # Errors
/// [`StoreError::TooNew`] if it is newer and says that this program cannot serve it.
pub(super) async fn run(connection: &mut AnyConnection, dialect: Dialect) -> Result<bool> {
    connection.lock().await?;
    let outcome = apply(connection, dialect).await;
    let unlocked = connection.unlock().await;
    let changed = outcome?;
    unlocked?;
    Ok(changed)
}

async fn apply(connection: &mut AnyConnection, dialect: Dialect) -> Result<bool> {
    let migrator = of(dialect);
    connection.ensure_migrations_table(&migrator.table_name).await?;
    let (newest, known) = versions(connection, dialect).await;
    if newest <= known {
        let mut locked = Migrator { locking: false, ..Migrator::DEFAULT };
        locked.migrations = migrator.migrations.clone();
        locked.run_direct(None, connection, false).await?;
        return Ok(newest < known);
    }
    check_served(connection, dialect).await?;
    tracing::info!(newest, known, "the database was upgraded by a newer Parlance; this one can go on with it");
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What takes something from the programs before: a thing that they use, or that their rows are taken.
    const TAKING: [&str; 4] = ["DROP ", "RENAME ", "ALTER COLUMN", "SET NOT NULL"];
    /// How a rule begins that holds for all rows of a table.
    const RULES: [&str; 6] = ["CONSTRAINT ", "CHECK", "UNIQUE", "PRIMARY KEY", "FOREIGN KEY", "EXCLUDE"];

    /// The statements of a migration that take something from the programs before it.
    fn taken(sql: &str) -> Vec<String> {
        let sql = sql.to_ascii_uppercase();
        let words = sql.lines().filter_map(|line| line.split("--").next()).flat_map(str::split_whitespace);
        let sql = words.collect::<Vec<_>>().join(" ");
        let statements: Vec<&str> = sql.split(';').map(str::trim).collect();
        let made: Vec<&str> = statements.iter().filter_map(|statement| named(statement, "CREATE TABLE ")).collect();
        let is_old = |table: Option<&str>| table.is_none_or(|table| !made.contains(&table));
        let taken = statements.iter().filter(|statement| takes(statement, is_old));
        taken.map(|statement| (*statement).to_owned()).collect()
    }

    fn takes(statement: &str, is_old: impl Fn(Option<&str>) -> bool) -> bool {
        let is_unique = statement.starts_with("CREATE UNIQUE INDEX ");
        let is_trigger = statement.starts_with("CREATE ") && statement.contains(" TRIGGER ");
        if TAKING.iter().any(|words| statement.contains(words)) {
            true
        } else if is_unique || is_trigger {
            is_old(named(statement, " ON "))
        } else {
            let adds = statement.starts_with("ALTER TABLE ") && statement.split(" ADD ").skip(1).any(refuses);
            adds && is_old(named(statement, "ALTER TABLE "))
        }
    }

    /// Whether a table that has this added refuses rows of those who do not know of it. A column may well say what it
    /// takes, if it has a value without being told one.
    fn refuses(added: &str) -> bool {
        let is_needed = added.contains("NOT NULL") && !added.contains("DEFAULT ");
        is_needed || added.contains(" UNIQUE") || RULES.iter().any(|rule| added.starts_with(rule))
    }

    /// The name that follows these words.
    fn named<'a>(statement: &'a str, words: &str) -> Option<&'a str> {
        let (_, rest) = statement.split_once(words)?;
        let between = ["IF NOT EXISTS ", "IF EXISTS ", "ONLY "];
        let rest = between.iter().fold(rest, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        rest.split([' ', '(']).next()
    }

    #[test]
    fn both_databases_have_the_same_versions_and_none_takes_anything_from_programs_of_the_one_before() {
        let versions = |migrator: &Migrator| -> Vec<(i64, String)> {
            migrator.iter().map(|migration| (migration.version, migration.description.to_string())).collect()
        };
        assert_eq!(versions(&SQLITE), versions(&POSTGRES));
        for migration in SQLITE.iter().chain(POSTGRES.iter()) {
            let sql = migration.sql.as_str();
            let taken = taken(sql);
            // One that has to says so to the programs before it.
            let says_so = sql.to_ascii_uppercase().contains("UPDATE SERVES SET SINCE");
            assert!(taken.is_empty() || says_so, "{}: {taken:#?}", migration.version);
        }
    }

    #[test]
    fn what_would_refuse_the_rows_of_older_programs_takes_something_from_them() {
        for sql in [
            "DROP TABLE chats",
            "ALTER TABLE chats RENAME COLUMN title TO name",
            "ALTER TABLE chats ALTER COLUMN title SET NOT NULL",
            "ALTER TABLE chats ADD COLUMN colour TEXT NOT NULL",
            "alter table chats\n    add colour text not null -- DEFAULT 'blue'",
            "ALTER TABLE chats ADD COLUMN a TEXT, ADD COLUMN colour TEXT NOT NULL",
            "ALTER TABLE chats ADD COLUMN colour TEXT UNIQUE",
            "ALTER TABLE ONLY chats ADD CONSTRAINT short CHECK (length(title) < 10)",
            "ALTER TABLE chats ADD UNIQUE (title)",
            "CREATE UNIQUE INDEX chats_title ON chats (title)",
            "CREATE TABLE colours (id TEXT); CREATE UNIQUE INDEX IF NOT EXISTS chats_title ON chats(title)",
            "CREATE TRIGGER t BEFORE INSERT ON chats BEGIN SELECT raise(ABORT, 'no'); END",
            "CREATE OR REPLACE TRIGGER t AFTER UPDATE OF title ON chats EXECUTE FUNCTION f()",
        ] {
            assert_eq!(taken(sql).len(), 1, "{sql}: {:?}", taken(sql));
        }
        for sql in [
            "ALTER TABLE chats ADD COLUMN colour TEXT",
            "ALTER TABLE chats ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue' CHECK (colour IN ('blue', 'red'))",
            "CREATE INDEX chats_title ON chats (title)",
            "CREATE TABLE colours (id TEXT NOT NULL, CHECK (id <> ''));
             CREATE UNIQUE INDEX colours_id ON colours (id);
             ALTER TABLE colours ADD COLUMN name TEXT NOT NULL;
             CREATE TRIGGER t BEFORE INSERT ON colours BEGIN SELECT 1; END",
            "-- DROP TABLE chats;\nUPDATE chats SET title = title",
        ] {
            assert_eq!(taken(sql), [""; 0], "{sql}");
        }
    }
}
