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

    #[test]
    fn both_databases_have_the_same_versions_and_none_takes_anything_from_programs_of_the_one_before() {
        let versions = |migrator: &Migrator| -> Vec<(i64, String)> {
            migrator.iter().map(|migration| (migration.version, migration.description.to_string())).collect()
        };
        assert_eq!(versions(&SQLITE), versions(&POSTGRES));
        for migration in SQLITE.iter().chain(POSTGRES.iter()) {
            let sql = migration.sql.as_str().to_ascii_uppercase();
            let takes =
                ["DROP ", "RENAME ", "ALTER COLUMN", "SET NOT NULL"].into_iter().find(|word| sql.contains(word));
            // One that has to says so to the programs before it.
            assert!(takes.is_none() || sql.contains("UPDATE SERVES"), "{}: {takes:?}", migration.version);
        }
    }
}
