//! The database of a test, and a way to it past the server: for what a test has to find or to break in it.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection, any::install_default_drivers, migrate::Migrator};

/// A database that exists for one test and is gone after it. All tests run on SQLite; with `PARLANCE_TEST_DATABASE=postgres`
/// they run on the server of `PARLANCE_TEST_POSTGRES`.
#[derive(Debug)]
pub enum TestDatabase {
    /// A file, made by whoever opens it first.
    Sqlite(String),
    /// One of a server's.
    Postgres {
        /// The server, by another database of it.
        server: String,
        /// Its name.
        name: String,
    },
}

impl TestDatabase {
    /// One of the kind that this run is about; a file goes into `folder`.
    pub fn new(folder: &Path) -> Self {
        if is_postgres() { Self::postgres() } else { Self::sqlite(folder) }
    }

    /// A file in `folder`.
    pub fn sqlite(folder: &Path) -> Self {
        Self::Sqlite(format!("sqlite://{}", folder.join("parlance.db").display()))
    }

    /// One of the PostgreSQL server that the tests share.
    pub fn postgres() -> Self {
        let server = std::env::var("PARLANCE_TEST_POSTGRES");
        Self::postgres_of(&server.expect("PARLANCE_TEST_POSTGRES names a server: run the tests with bin/test"))
    }

    /// One of this PostgreSQL server.
    pub fn postgres_of(server: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        blocking(server, format!("CREATE DATABASE {name}"));
        Self::Postgres { server: server.to_owned(), name }
    }

    /// How a server is told to use it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(url) => url.clone(),
            Self::Postgres { server, name } => {
                let (host, _) = server.rsplit_once('/').expect("a URL with a database");
                format!("{host}/{name}")
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self
            && !thread::panicking()
        {
            blocking(server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Where a PostgreSQL server listens, and the name of the database, of a URL.
pub fn address_and_name(url: &str) -> (&str, &str) {
    let (_, rest) = url.split_once('@').expect("a URL with a role");
    rest.split_once('/').expect("a URL with a database")
}

/// Whether this run is about PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var("PARLANCE_TEST_DATABASE").is_ok_and(|kind| kind == "postgres")
}

/// Where there is no runtime to wait in: in a constructor, in a destructor.
fn blocking(server: &str, sql: String) {
    let server = server.to_owned();
    let work = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(change(&server, &sql))
    });
    work.join().expect("a statement that works");
}

async fn open(url: &str) -> AnyConnection {
    install_default_drivers();
    AnyConnection::connect(url).await.expect("a database to open")
}

/// Changes something. Returns how many rows it concerned.
pub async fn change(url: &str, sql: &str) -> u64 {
    let mut connection = open(url).await;
    let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("a statement that works");
    connection.close().await.expect("a connection to close");
    done.rows_affected()
}

/// Changes something that the database would not let anybody change: rows may refer to what is not there.
pub async fn force(url: &str, sql: &str) -> u64 {
    let mut connection = open(url).await;
    let is_postgres = url.starts_with("postgres");
    let unlock = if is_postgres { "SET session_replication_role = replica" } else { "PRAGMA foreign_keys = OFF" };
    sqlx::query(AssertSqlSafe(unlock)).execute(&mut connection).await.expect("somebody who may do so");
    let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("a statement that works");
    connection.close().await.expect("a connection to close");
    done.rows_affected()
}

/// Makes a database as the program that knew this version of the schema did, with one person and their chat, in which a
/// message was answered.
pub async fn of_version(url: &str, version: i64) {
    install_default_drivers();
    let (url, all) = if url.starts_with("postgres") {
        (url.to_owned(), sqlx::migrate!("migrations/postgres"))
    } else {
        (format!("{url}?mode=rwc"), sqlx::migrate!("migrations/sqlite"))
    };
    let mut connection = AnyConnection::connect(&url).await.expect("a database to make");
    let older: Vec<_> = all.iter().filter(|migration| migration.version <= version).cloned().collect();
    let migrator = Migrator { migrations: older.into(), ..Migrator::DEFAULT };
    migrator.run(&mut connection).await.expect("a schema");
    for sql in [
        "INSERT INTO users (id, name, created_at) VALUES ('00000000-0000-7000-8000-000000000001', 'You', 1)",
        "INSERT INTO workspaces (id, name, created_at) VALUES ('00000000-0000-7000-8000-000000000002', 'Workspace', 1)",
        "INSERT INTO chats (id, workspace_id, owner_id, title, created_at, active_at)
         SELECT '01900000-0000-7000-8000-000000000003', w.id, u.id, 'An old chat', 1, 1 FROM users u, workspaces w",
        "INSERT INTO messages (id, chat_id, number, role, author_id, status, content, created_at, ended_at)
         SELECT '01900000-0000-7000-8000-000000000004', c.id, 1, 'user', c.owner_id, 'complete', 'Old?', 1, 1 FROM chats c",
        "INSERT INTO messages (id, chat_id, parent_id, number, role, author_id, status, content, position, created_at, ended_at)
         SELECT '01900000-0000-7000-8000-000000000005', m.chat_id, m.id, 2, 'assistant', m.author_id, 'complete', 'Yes.', 5, 1, 1
         FROM messages m",
        "INSERT INTO message_chunks (message_id, sequence, kind, content)
         VALUES ('01900000-0000-7000-8000-000000000005', 0, 'text', 'Yes.'),
                ('01900000-0000-7000-8000-000000000005', 4, 'end', '{\"status\":\"complete\",\"failure\":null}')",
        "UPDATE chats SET head_id = '01900000-0000-7000-8000-000000000005', message_count = 2",
    ] {
        sqlx::query(sql).execute(&mut connection).await.expect("a statement that works");
    }
    connection.close().await.expect("a connection to close");
}

/// Keeps everybody from a table for as long as the connection lives: who reads it waits. For PostgreSQL alone.
pub async fn hold(url: &str, table: &str) -> AnyConnection {
    let mut connection = open(url).await;
    for sql in ["BEGIN".to_owned(), format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("a statement that works");
    }
    connection
}

/// Looks a number up.
pub async fn value(url: &str, sql: &str) -> i64 {
    let mut connection = open(url).await;
    let (value,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut connection).await.expect("one row");
    connection.close().await.expect("a connection to close");
    value
}
