//! A change to the database: a transaction, the moment at which it is made, and the word that goes out when it is done.

use std::ops::{Deref, DerefMut};

use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::{Result, Store, dialect::Dialect, wakes::Wake};

/// Rolled back unless it is committed.
#[derive(Debug)]
pub(super) struct Write {
    transaction: Transaction<'static, Any>,
    store: Store,
    wakes: Vec<Wake>,
    others: Vec<Wake>,
    _turn: Option<OwnedMutexGuard<()>>,
    /// When it began, in microseconds since 1970 UTC, by the database's clock.
    pub now: i64,
}

impl Write {
    /// Begins on a connection of the pool; `turn` is let go of with it.
    pub async fn begin(store: &Store, pool: &AnyPool, turn: Option<OwnedMutexGuard<()>>) -> Result<Self> {
        let dialect = store.shared.dialect;
        let mut transaction = pool.begin_with(dialect.begin()).await?;
        let now = dialect.now(&mut transaction).await?;
        Ok(Self { transaction, store: store.clone(), wakes: Vec::new(), others: Vec::new(), _turn: turn, now })
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn dialect(&self) -> Dialect {
        self.store.shared.dialect
    }

    /// Says this to every node once the change is made.
    pub fn wake(&mut self, wake: Wake) {
        self.wakes.push(wake);
    }

    /// Says this to every other node, for whom it is news, once the change is made.
    pub fn wake_others(&mut self, wake: Wake) {
        self.others.push(wake);
    }

    pub async fn commit(mut self) -> Result<()> {
        let shared = &self.store.shared;
        self.others.extend_from_slice(&self.wakes);
        shared.dialect.announce(&mut self.transaction, &shared.origin, &self.others).await?;
        if let Err(error) = self.transaction.commit().await {
            // It may have been made all the same.
            self.store.tell(Wake::Everything);
            return Err(error.into());
        }
        self.wakes.into_iter().for_each(|wake| self.store.tell(wake));
        Ok(())
    }
}

impl Deref for Write {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}
