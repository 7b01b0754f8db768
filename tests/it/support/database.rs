//! The database, past the server: for what a test has to find or to break in it.

use std::path::Path;

use sqlx::{AnyConnection, AssertSqlSafe, Connection, any::install_default_drivers};

async fn open(file: &Path) -> AnyConnection {
    install_default_drivers();
    AnyConnection::connect(&format!("sqlite://{}", file.display())).await.expect("a database to open")
}

/// Changes something. Returns how many rows it concerned.
pub async fn change(file: &Path, sql: &str) -> u64 {
    let mut connection = open(file).await;
    let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("a statement that works");
    connection.close().await.expect("a connection to close");
    done.rows_affected()
}

/// Looks a number up.
pub async fn value(file: &Path, sql: &str) -> i64 {
    let mut connection = open(file).await;
    let (value,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut connection).await.expect("one row");
    connection.close().await.expect("a connection to close");
    value
}
