//! The database. One SQL text serves every dialect; rows stay in here, domain types come out.
//!
//! What differs between the dialects is in [`sqlite`] and [`postgres`], and nowhere else.

pub mod api_tokens;
pub mod append;
pub mod audit;
pub mod backup;
mod batch;
mod billing;
pub mod budgets;
mod care;
mod catalogue;
pub mod chats;
pub mod check;
mod chunks;
pub mod contexts;
pub mod copy;
mod dialect;
mod endings;
mod error;
mod experts;
pub mod identities;
pub mod images;
pub mod invitations;
pub mod jobs;
pub mod joining;
mod leaseless;
pub mod leases;
pub mod lines;
pub mod log;
pub mod mcp;
pub mod members;
pub mod messages;
mod migrations;
mod model_edits;
pub mod model_lists;
mod models;
pub mod oidc_attempts;
pub mod own_files;
pub mod passwords;
pub mod paths;
pub mod people;
mod postgres;
mod products;
mod prompts;
pub mod providers;
mod queued;
pub mod reservations;
mod rows;
mod seeds;
pub mod sending;
pub mod sessions;
mod settings;
pub mod sqlite;
pub mod stored_text;
mod tables;
mod throttles;
pub mod titles;
pub mod tool_search;
pub mod tools;
pub mod usage;
pub mod usage_report;
pub mod vitals;
pub mod wakes;
pub mod walls;
pub mod workspaces;
mod write;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use secrecy::SecretString;
use sqlx::{Any, AnyPool, pool::PoolConnection};
use tokio::{
    sync::{Mutex, broadcast},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use self::{
    dialect::Dialect,
    wakes::{Heard, Wake},
    write::Write,
};

pub use error::{Result, StoreError};
pub use postgres::{DEFAULT_CONNECTIONS, is_url as is_postgres_url};

/// How long a question to the database may take before whoever asked is told that it does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database, opened and migrated. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dialect: Dialect,
    pools: Pools,
    /// Word of what was written, for the engine of this process.
    wakes: broadcast::Sender<Wake>,
    /// How much of it came from other nodes.
    heard: Heard,
    /// Names this store in the word that it sends to other nodes, so that it does not listen to itself.
    origin: String,
    /// How far the database's clock is ahead of this machine's, in microseconds, as last compared.
    clock_lead: AtomicI64,
    /// Whether a newer program has changed the schema in a way that this one cannot work with.
    outgrown: AtomicBool,
    /// Held by whoever writes for the engine: one change after another, so that they never wait for each other inside of
    /// the database.
    engine_turn: Arc<Mutex<()>>,
    /// Whether chats are to wait for a title from a model.
    titles: AtomicBool,
    closing: CancellationToken,
    /// May hold a password.
    url: SecretString,
    /// Held as long as the store lives: one process a SQLite file.
    _lock: Option<std::fs::File>,
}

/// The connections, by what they are for.
#[derive(Clone, Debug)]
struct Pools {
    /// Questions.
    readers: AnyPool,
    /// Changes that requests make.
    writer: AnyPool,
    /// What the engine writes all the time: logs, leases, claims.
    engine: AnyPool,
    /// What the engine looks for all the time: jobs, lapsed leases. Requests cannot use it up.
    engine_reader: AnyPool,
}

impl Store {
    /// Opens the database, creates it if need be, and brings its schema up to date. PostgreSQL may be given at most
    /// `connections` for requests; up to six more are its own: the engine's, and the one that listens to other nodes.
    ///
    /// # Errors
    /// If it cannot be opened, is in use by another process, or its schema is newer than this program can serve.
    pub async fn open(url: &str, connections: u32) -> Result<Self> {
        let store = Self::open_for(url, connections, postgres::SERVING).await?;
        in_time(store.read_clock()).await?;
        if store.shared.dialect == Dialect::Postgres {
            tokio::spawn(postgres::listen(store.clone()));
        }
        Ok(store)
    }

    /// Opens the database as [`Store::open`] does, for questions that may take as long as they take.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub async fn open_unhurried(url: &str) -> Result<Self> {
        Self::open_for(url, 1, postgres::UNHURRIED).await
    }

    async fn open_for(url: &str, connections: u32, session: &'static str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of_url(url);
        let (pools, lock) = match dialect {
            Dialect::Sqlite => {
                let (pools, lock) = sqlite::open(url).await?;
                migrations::run(&mut *pools.writer.acquire().await?, dialect).await?;
                (pools, Some(lock))
            }
            Dialect::Postgres => {
                let mut connection = postgres::wait_for(url).await?;
                if migrations::run(&mut connection, dialect).await? {
                    // For programs of the version before: whether they can go on.
                    dialect.announce(&mut connection, &wakes::origin(), &[Wake::Everything]).await?;
                }
                (postgres::open(url, connections, session).await?, None)
            }
        };
        Ok(Self::new(url, dialect, pools, lock))
    }

    /// Opens the database to look at it, beside a server that may have it open. Its schema is left as it is.
    ///
    /// # Errors
    /// If it cannot be opened, or its schema is of another version.
    pub async fn beside(url: &str) -> Result<Self> {
        let store = Self::beside_any(url).await?;
        migrations::check(&mut *store.reader().await?, store.shared.dialect).await?;
        Ok(store)
    }

    /// Opens the database for a small change, beside a server that may have it open: its changes wait for this one, and
    /// this one for them.
    ///
    /// # Errors
    /// Those of [`Store::beside`].
    pub async fn beside_to_change(url: &str) -> Result<Self> {
        let mut pools = Self::beside(url).await?.shared.pools.clone();
        let dialect = Dialect::of_url(url);
        if dialect == Dialect::Sqlite {
            pools.writer = sqlite::open_writer_beside(url).await?;
        }
        let store = Self::new(url, dialect, pools, None);
        store.read_clock().await?;
        Ok(store)
    }

    /// The same, of whatever version its schema is.
    async fn beside_any(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of_url(url);
        let pools = match dialect {
            Dialect::Sqlite => sqlite::open_beside(url).await?,
            Dialect::Postgres => postgres::open(url, 1, postgres::UNHURRIED).await?,
        };
        Ok(Self::new(url, dialect, pools, None))
    }

    fn new(url: &str, dialect: Dialect, pools: Pools, lock: Option<std::fs::File>) -> Self {
        Self {
            shared: Arc::new(Shared {
                dialect,
                pools,
                wakes: broadcast::Sender::new(wakes::BACKLOG),
                heard: Heard::default(),
                origin: wakes::origin(),
                clock_lead: AtomicI64::new(0),
                outgrown: AtomicBool::new(false),
                engine_turn: Arc::default(),
                titles: AtomicBool::new(false),
                closing: CancellationToken::new(),
                url: url.into(),
                _lock: lock,
            }),
        }
    }

    /// Whether this process has the database for itself: nobody else can hold a lease in it.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.shared.dialect == Dialect::Sqlite
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<()> {
        in_time(async {
            sqlx::query("SELECT 1").execute(&mut *self.reader().await?).await?;
            Ok(())
        })
        .await
    }

    /// Looks whether the schema is still one that this program can work with, for [`Store::is_outgrown`].
    ///
    /// # Errors
    /// [`StoreError::TooNew`] if it is not, and if the database fails.
    pub async fn look_at_schema(&self) -> Result<()> {
        let served = migrations::check_served(&mut *self.engine_reader().await?, self.shared.dialect).await;
        if matches!(served, Ok(()) | Err(StoreError::TooNew { .. })) {
            self.shared.outgrown.store(served.is_err(), Ordering::Relaxed);
        }
        served
    }

    /// Whether a newer program has changed the schema in a way that this one cannot work with, as last looked.
    #[must_use]
    pub fn is_outgrown(&self) -> bool {
        self.shared.outgrown.load(Ordering::Relaxed)
    }

    /// Waits until [`Store::close`] is called, for whoever would keep it waiting and need not.
    pub async fn closing(&self) {
        self.shared.closing.cancelled().await;
    }

    /// Waits for running work and closes the connections.
    pub async fn close(&self) {
        self.shared.closing.cancel();
        let Pools { readers, writer, engine, engine_reader } = &self.shared.pools;
        futures::join!(readers.close(), writer.close(), engine.close(), engine_reader.close());
    }

    /// Asks the database what time it is, in microseconds since 1970 UTC, and remembers how this machine's clock differs.
    /// Every time that is stored, and every lease, is measured by that one clock.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn read_clock(&self) -> Result<i64> {
        let mut reader = self.engine_reader().await?;
        let asked = now_micros();
        let now = self.shared.dialect.now(&mut reader).await?;
        // It was read about half-way between the question and the answer.
        let here = asked + now_micros().saturating_sub(asked) / 2;
        self.shared.clock_lead.store(now.saturating_sub(here), Ordering::Relaxed);
        Ok(now)
    }

    /// About what [`Store::read_clock`] would say, without a question: as good as this machine's clock is steady since
    /// the last one.
    #[must_use]
    pub fn now(&self) -> i64 {
        now_micros().saturating_add(self.shared.clock_lead.load(Ordering::Relaxed))
    }

    async fn reader(&self) -> Result<PoolConnection<Any>> {
        Ok(self.shared.pools.readers.acquire().await?)
    }

    /// For what the engine has to know in time, whatever requests do: never more than a look.
    async fn engine_reader(&self) -> Result<PoolConnection<Any>> {
        Ok(self.shared.pools.engine_reader.acquire().await?)
    }

    /// Begins a change that a request makes.
    async fn write(&self) -> Result<Write> {
        Write::begin(self, &self.shared.pools.writer, None).await
    }

    /// Begins a change that the engine makes.
    async fn engine_write(&self) -> Result<Write> {
        let turn = Arc::clone(&self.shared.engine_turn).lock_owned().await;
        Write::begin(self, &self.shared.pools.engine, Some(turn)).await
    }

    /// Begins a change that the engine makes beside all others: one that may have to wait for what other nodes change, so that
    /// heartbeats and logs do not wait for it.
    async fn engine_write_beside(&self) -> Result<Write> {
        Write::begin(self, &self.shared.pools.engine, None).await
    }
}

/// Gives a question to the store up after a while: the network may lose a database without a word.
///
/// # Errors
/// [`StoreError::Slow`], besides those of the question.
pub async fn in_time<T>(question: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, question).await.unwrap_or(Err(StoreError::Slow))
}

/// Now by this machine's clock, in microseconds since 1970 UTC.
fn now_micros() -> i64 {
    // A clock before 1970 or after the year 294,000 is not worth an error path.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
