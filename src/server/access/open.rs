//! The streams that are open on this node, and whether whoever reads them still may.
//!
//! A page or a call is over in a moment; a stream stays. So all that are open are asked about, together, every other
//! second: whoever was suspended, removed or signed out, and whoever reads a chat that is not shared any more, loses
//! theirs within five, on every node, whatever word was lost between them.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::server::store::{Store, StoreError, in_time, walls::Ground};

/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// How long an answer is waited for before the same is asked again: with what is before it and a second answer that comes
/// at once it stays within [`PROMISED`].
const PATIENCE: Duration = Duration::from_millis(2_500);
/// After how long whoever may not read on has to be gone.
const PROMISED: Duration = Duration::from_secs(5);
const _: () = assert!(ASK_EVERY.as_millis() + PATIENCE.as_millis() < PROMISED.as_millis());

/// The open streams of a node. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct OpenStreams {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    open: Mutex<HashMap<u64, (Ground, CancellationToken)>>,
    next: AtomicU64,
}

/// Held by a stream as long as it is open.
#[derive(Debug)]
pub struct Open {
    number: u64,
    streams: OpenStreams,
    ended: CancellationToken,
}

impl OpenStreams {
    /// Asks about them as long as anybody has a stream or may open one.
    pub(super) fn watch(store: Store) -> (Self, DropGuard) {
        let streams = Self::default();
        let gone = CancellationToken::new();
        let (watched, until) = (streams.clone(), gone.clone());
        tokio::spawn(async move {
            let mut tick = interval(ASK_EVERY);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    _ = tick.tick() => watched.ask(&store).await,
                    () = until.cancelled() => return,
                }
            }
        });
        (streams, gone.drop_guard())
    }

    /// Notes a stream.
    #[must_use]
    pub fn open(&self, ground: Ground) -> Open {
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let ended = CancellationToken::new();
        self.with(|open| open.insert(number, (ground, ended.clone())));
        Open { number, streams: self.clone(), ended }
    }

    async fn ask(&self, store: &Store) {
        let mut grounds: Vec<Ground> = self.with(|open| open.values().map(|(ground, _)| *ground).collect());
        if grounds.is_empty() {
            return;
        }
        let mut seen = HashSet::new();
        grounds.retain(|ground| seen.insert(*ground));
        match insisting(PATIENCE, || store.ground_lost(&grounds)).await {
            Ok(lost) => self.end(&lost),
            // Whoever lost sight of the database does not judge.
            Err(error) => tracing::warn!(%error, "who may read on could not be asked"),
        }
    }

    fn end(&self, lost: &[Ground]) {
        self.with(|open| {
            open.values().filter(|(ground, _)| lost.contains(ground)).for_each(|(_, ended)| ended.cancel());
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut HashMap<u64, (Ground, CancellationToken)>) -> T) -> T {
        look(&mut self.shared.open.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Asks, and asks once more if no answer comes in a while. What is slow is most often one connection or one moment, which a
/// second question does not meet. It is given the time that all questions have: of a database that is slow to everybody an
/// answer that comes late is worth more than none, and nobody's stream is ended for it.
async fn insisting<T, F>(patience: Duration, question: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    match timeout(patience, question()).await {
        Ok(answer) => answer,
        Err(_) => in_time(question()).await,
    }
}

impl Open {
    /// Resolves when whoever reads may not any more.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.with(|open| open.remove(&self.number));
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_question_that_is_not_answered_is_asked_again_and_one_that_is_answered_is_not() {
        let asked = AtomicU64::new(0);
        let nth = || asked.fetch_add(1, Ordering::Relaxed);
        let slow_once = || {
            let number = nth();
            async move { if number == 0 { pending().await } else { Ok::<_, StoreError>(number) } }
        };
        assert_eq!(insisting(Duration::from_millis(1), slow_once).await.unwrap(), 1);
        asked.store(0, Ordering::Relaxed);
        let failing = || {
            nth();
            async { Err::<u64, _>(StoreError::NotFound) }
        };
        assert!(insisting(PATIENCE, failing).await.is_err());
        assert_eq!(asked.into_inner(), 1);
    }
}
