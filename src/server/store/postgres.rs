//! What is particular to PostgreSQL.

use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use sqlx::{
    AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor,
    any::AnyPoolOptions,
    postgres::{PgListener, PgNotification},
};
use tokio::time::{sleep, timeout};

use super::{
    Pools, Result, Store, StoreError,
    error::is_passing,
    wakes::{self, Wake},
};

/// How many connections requests share, if nothing else is said.
pub const DEFAULT_CONNECTIONS: u32 = 8;

/// Begins a transaction, whatever the database's own default is: what is read after a lock was waited for must be new.
pub(super) const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

pub(super) const COLUMNS_OF: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name::text COLLATE \"C\"";

/// Keeps the jobs of a query from being deleted, and so the right to write their replies from being taken, without
/// standing in the way of heartbeats.
pub(super) const KEEP_JOBS: &str = "FOR KEY SHARE OF jobs";

pub(super) const SKIP_LOCKED: &str = "FOR UPDATE SKIP LOCKED";

/// The same for the jobs of a query that reads something else besides.
pub(super) const SKIP_LOCKED_JOBS: &str = "FOR UPDATE OF jobs SKIP LOCKED";

pub(super) const FOR_SHARE: &str = "FOR SHARE";

pub(super) const FOR_UPDATE: &str = "FOR UPDATE";

/// How many connections the engine may have. Four may be in use at once: by its changes, which take one at a time
/// (`Store::engine_write`); by the worker's looks for jobs and by those for chats that want a title, each for about a
/// millisecond; and by the reaper, which may wait five seconds for a lock (`Store::engine_write_beside`). One more, because one
/// that is lost with its network may be given back only much later.
const ENGINE_CONNECTIONS: u32 = 5;
/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long the start waits for a database that is just starting, too.
const STARTING: Duration = Duration::from_secs(30);
/// A connection that was idle for longer is tried before it is used.
const FRESH: Duration = Duration::from_secs(1);
/// How long trying may take.
const TRY: Duration = Duration::from_secs(2);

/// For the commands that read everything, which may take long.
pub(super) const UNHURRIED: &str = "SET application_name = 'parlance';
     SET client_min_messages = error;
     SET statement_timeout = 0;
     SET idle_in_transaction_session_timeout = 0";

/// Whoever is frozen with the lock of the migrations must not keep all others from starting.
const MIGRATING: &str = "SET application_name = 'parlance migrations';
     SET client_min_messages = error;
     SET lock_timeout = '60s';
     SET idle_session_timeout = '60s';
     SET idle_in_transaction_session_timeout = '60s'";

/// What a node that is frozen or cut off holds is let go of after five seconds, long before its leases lapse; the
/// server ends what its client has long given up.
pub(super) const SERVING: &str = "SET application_name = 'parlance';
     SET client_min_messages = error;
     SET statement_timeout = '10s';
     SET lock_timeout = '5s';
     SET idle_in_transaction_session_timeout = '5s';
     SET tcp_keepalives_idle = 10;
     SET tcp_keepalives_interval = 5;
     SET tcp_keepalives_count = 3";

/// The channel of all word between nodes.
const CHANNEL: &str = "parlance";
/// How often a connection on which nothing is heard is tried. A node that cannot be heard on it though the database answers
/// takes it every time that everything has changed.
const LISTEN_FOR: Duration = Duration::from_secs(10);
/// The waits between two tries to listen.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Whether a URL names a PostgreSQL database.
#[must_use]
pub fn is_url(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// A connection to a database that may be starting only now.
pub(super) async fn wait_for(url: &str) -> Result<AnyConnection> {
    let began = Instant::now();
    let mut wait = FIRST_WAIT;
    loop {
        let error = match timeout(ACQUIRE, AnyConnection::connect(url)).await {
            Ok(Ok(mut connection)) => {
                connection.execute(MIGRATING).await?;
                return Ok(connection);
            }
            Ok(Err(error)) if is_passing(&error) => StoreError::Database(error),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => StoreError::Slow,
        };
        if began.elapsed() > STARTING {
            return Err(error);
        }
        tracing::warn!(%error, "the database does not answer yet; waiting for it");
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Opens a pool for requests and one for the engine; each connection begins with the statements of `session`.
pub(super) async fn open(url: &str, connections: u32, session: &'static str) -> Result<Pools> {
    let requests = pool(url, connections, session).await?;
    let engine = pool(url, ENGINE_CONNECTIONS, session).await?;
    Ok(Pools { readers: requests.clone(), writer: requests, engine_reader: engine.clone(), engine })
}

/// Requests read and write through the same connections, and so does the engine through its own.
pub(super) fn named(pools: &Pools) -> Vec<(&'static str, &AnyPool)> {
    vec![("requests", &pools.readers), ("engine", &pools.engine)]
}

async fn pool(url: &str, connections: u32, session: &'static str) -> Result<AnyPool> {
    let pool = AnyPoolOptions::new()
        // None is held open by a task of the pool's own, which would wait minutes for a network that is gone.
        .min_connections(0)
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(session).await?;
                Ok(())
            })
        })
        .before_acquire(|connection, use_| {
            Box::pin(async move { Ok(use_.idle_for < FRESH || answers(connection).await) })
        })
        // A question that was given up leaves a connection that may never answer again, or is in a transaction that nobody
        // knows of.
        .after_release(|connection, _| Box::pin(async move { Ok(is_reset(connection).await) }))
        .connect(url)
        .await?;
    Ok(pool)
}

async fn answers(connection: &mut AnyConnection) -> bool {
    timeout(TRY, connection.ping()).await.is_ok_and(|answer| answer.is_ok())
}

async fn is_reset(connection: &mut AnyConnection) -> bool {
    timeout(TRY, connection.execute("ROLLBACK")).await.is_ok_and(|answer| answer.is_ok())
}

pub(super) async fn now(connection: &mut AnyConnection) -> Result<i64> {
    let (now,): (i64,) = sqlx::query_as("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        .fetch_one(connection)
        .await?;
    Ok(now)
}

/// Whoever has written waits for its own end first, and so is seen after that; whoever wants to write waits.
pub(super) async fn lock(connection: &mut AnyConnection, tables: impl Iterator<Item = &'static str>) -> Result<()> {
    let tables: Vec<&str> = tables.collect();
    let sql = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", "));
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(())
}

pub(super) async fn announce(connection: &mut AnyConnection, origin: &str, wakes: &[Wake]) -> Result<()> {
    for payload in wakes::payloads(origin, wakes) {
        sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Listens to the other nodes until the store is closed. After every interruption anything may have happened.
pub(super) async fn listen(store: Store) {
    let mut wait = FIRST_WAIT;
    let mut said_at = Instant::now();
    let listening = async {
        loop {
            if let Err(error) = listen_once(&store, &mut wait).await {
                tracing::warn!(%error, "the other nodes cannot be heard; trying again");
            }
            // While the others have a database, things happen there.
            if said_at.elapsed() >= LISTEN_FOR && store.ping().await.is_ok() {
                store.tell_heard(Wake::Everything);
                said_at = Instant::now();
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    };
    tokio::select! {
        () = listening => {}
        () = store.shared.closing.cancelled() => {}
    }
}

async fn listen_once(store: &Store, wait: &mut Duration) -> Result<()> {
    let connecting = async {
        let mut listener = PgListener::connect(store.shared.url.expose_secret()).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(listener)
    };
    let mut listener: PgListener = super::in_time(connecting).await?;
    *wait = FIRST_WAIT;
    store.tell_heard(Wake::Everything);
    // Whether this node has said something and not heard it: whatever stands between passes no word on, as poolers do.
    let mut is_deaf = false;
    loop {
        match timeout(LISTEN_FOR, listener.try_recv()).await {
            Ok(Ok(Some(word))) => {
                is_deaf = false;
                hear(store, &word);
            }
            // The connection was lost.
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                super::in_time(async { Ok(listener.execute("SELECT 1").await?) }).await?;
                if is_deaf {
                    tracing::warn!(
                        "the other nodes cannot be heard, though the database answers: LISTEN needs a direct connection"
                    );
                    store.tell_heard(Wake::Everything);
                }
                is_deaf = super::in_time(say_nothing(store)).await.is_ok();
            }
        }
    }
}

/// A notification without a word in it, for this node to hear that it hears.
async fn say_nothing(store: &Store) -> Result<()> {
    let mut connection = store.shared.pools.engine.acquire().await?;
    sqlx::query("SELECT pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(store.shared.origin.clone())
        .execute(&mut *connection)
        .await?;
    Ok(())
}

fn hear(store: &Store, word: &PgNotification) {
    for wake in wakes::heard(word.payload(), &store.shared.origin) {
        store.tell_heard(wake);
    }
}
