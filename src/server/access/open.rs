//! The streams that are open on this node, and whether whoever reads them still may.
//!
//! A page or a call is over in a moment; a stream stays. So all that are open are asked about, together, every other
//! second: whoever was suspended, removed or signed out, and whoever reads a chat that is not shared any more, loses
//! theirs within five, on every node, whatever word was lost between them.
//!
//! A reader has so many on a node, and no more: behind a proxy all connections come from one address, which has no limit,
//! and each stream is an open file and a question to the database now and then.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    future::Future,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::throttle::network;
use crate::{
    domain::{credential::Credential, error::AppError, id::UserId, limits::STREAMS},
    server::store::{Store, StoreError, in_time, walls::Ground},
};

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
    noted: Mutex<Noted>,
    next: AtomicU64,
}

#[derive(Debug, Default)]
struct Noted {
    open: HashMap<u64, (Ground, CancellationToken)>,
    /// How many each reader has; whoever has none is not there.
    by_reader: HashMap<Reader, usize>,
}

/// Whose streams are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reader {
    /// Somebody who has signed in, with all their devices and tokens.
    Person(UserId),
    /// An address, or its network, on a server without sign-in, where everybody is the same person.
    Network(IpAddr),
}

impl Reader {
    /// Nobody is counted who reads without sign-in and on this machine, as nobody's connections from there are.
    fn of(ground: &Ground, address: IpAddr) -> Option<Self> {
        match ground.credential {
            Credential::Session(_) | Credential::Token(..) => Some(Self::Person(ground.user)),
            Credential::None => (!address.is_loopback()).then(|| Self::Network(network(address))),
        }
    }
}

/// Held by a stream as long as it is open.
#[derive(Debug)]
pub struct Open {
    number: u64,
    reader: Option<Reader>,
    streams: OpenStreams,
    ended: CancellationToken,
}

impl Noted {
    fn forget(&mut self, number: u64, reader: Option<Reader>) {
        self.open.remove(&number);
        let Some(reader) = reader else { return };
        if let Entry::Occupied(mut streams) = self.by_reader.entry(reader) {
            *streams.get_mut() = streams.get().saturating_sub(1);
            if *streams.get() == 0 {
                streams.remove();
            }
        }
    }
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

    /// Notes a stream that is asked for from this address.
    ///
    /// # Errors
    /// `TooManyStreams` if whoever asks has [`STREAMS`] on this node.
    pub fn open(&self, ground: Ground, address: IpAddr) -> Result<Open, AppError> {
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let (reader, ended) = (Reader::of(&ground, address), CancellationToken::new());
        self.with(|noted| {
            if let Some(reader) = reader {
                let streams = noted.by_reader.entry(reader).or_default();
                if *streams >= STREAMS {
                    return Err(AppError::TooManyStreams);
                }
                *streams += 1;
            }
            noted.open.insert(number, (ground, ended.clone()));
            Ok(())
        })?;
        Ok(Open { number, reader, streams: self.clone(), ended })
    }

    async fn ask(&self, store: &Store) {
        let mut grounds: Vec<Ground> = self.with(|noted| noted.open.values().map(|(ground, _)| *ground).collect());
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
        self.with(|noted| {
            noted.open.values().filter(|(ground, _)| lost.contains(ground)).for_each(|(_, ended)| ended.cancel());
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Noted) -> T) -> T {
        look(&mut self.shared.noted.lock().unwrap_or_else(PoisonError::into_inner))
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
        self.streams.with(|noted| noted.forget(self.number, self.reader));
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::domain::{
        credential::Scope,
        id::{SessionId, TokenId, WorkspaceId},
        member::MemberRole,
    };

    fn ground(user: UserId, credential: Credential) -> Ground {
        Ground { user, credential, workspace: WorkspaceId::new(), role: MemberRole::Member, chat: None }
    }

    /// As many as are let in, of one more than there may be.
    fn let_in(streams: &OpenStreams, ground: Ground, address: &str) -> Vec<Open> {
        (0..=STREAMS).filter_map(|_| streams.open(ground, address.parse().unwrap()).ok()).collect()
    }

    #[test]
    fn a_person_has_so_many_wherever_they_are_and_gets_them_back() {
        let streams = OpenStreams::default();
        let (ada, grace) = (UserId::new(), UserId::new());
        let in_session = |user| ground(user, Credential::Session(SessionId::new()));
        let mut open = let_in(&streams, in_session(ada), "127.0.0.1");
        assert_eq!(open.len(), STREAMS);
        let by_token = ground(ada, Credential::Token(TokenId::new(), Scope::Read));
        let elsewhere = "192.0.2.1".parse().unwrap();
        assert_eq!(streams.open(by_token, elsewhere).unwrap_err(), AppError::TooManyStreams);
        assert!(streams.open(in_session(grace), elsewhere).is_ok());
        open.pop();
        assert!(streams.open(by_token, elsewhere).is_ok());
        drop(open);
        assert!(streams.with(|noted| noted.by_reader.is_empty() && noted.open.is_empty()));
    }

    #[test]
    fn without_sign_in_an_address_has_as_many_and_this_machine_more() {
        let streams = OpenStreams::default();
        let anybody = ground(UserId::new(), Credential::None);
        let of_office = let_in(&streams, anybody, "2001:db8:0:1::1");
        assert_eq!(of_office.len(), STREAMS);
        assert!(let_in(&streams, anybody, "2001:db8:0:1:ffff::2").is_empty());
        assert_eq!(let_in(&streams, anybody, "192.0.2.1").len(), STREAMS);
        assert_eq!(let_in(&streams, anybody, "::1").len(), STREAMS + 1);
    }

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
