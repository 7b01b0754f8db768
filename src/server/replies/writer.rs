//! Commits what the running replies of this node have gained, all of them in one transaction, many times a
//! second. Never a transaction across an await on the network: it reads buffers, not streams.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, oneshot},
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use super::live::LiveReply;
use crate::{
    domain::{
        id::MessageId,
        reply::{End, Event},
    },
    server::store::{
        Store,
        append::{Append, Lease, Stored},
    },
};

/// How often what has come is committed; at most 100 ms of a reply are lost if the process is killed.
const COMMIT_EVERY: Duration = Duration::from_millis(75);
/// How often a message's stored text is brought up to date; 500 ms are promised.
const STORE_EVERY: Duration = Duration::from_millis(400);
/// The wait after a commit that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// The lease was lost: somebody else has the reply, or it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseLost;

/// The node's one writer of logs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    node: String,
    entries: Mutex<HashMap<MessageId, Entry>>,
    /// Rung when a reply begins or wants to end.
    bell: Notify,
}

#[derive(Debug)]
struct Entry {
    lease: Lease,
    live: Arc<LiveReply>,
    /// Up to where the log is in the database.
    committed: u64,
    /// Up to where the message's stored text is.
    stored: u64,
    stored_at: Instant,
    ending: Option<(End, oneshot::Sender<Result<(), LeaseLost>>)>,
    lost: CancellationToken,
}

impl Writer {
    pub(super) fn new(store: Store, node: String) -> Self {
        Self { shared: Arc::new(Shared { store, node, entries: Mutex::default(), bell: Notify::new() }) }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<MessageId, Entry>> {
        self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to commit what a buffer gains. `lost` is called if the lease turns out to be lost.
    pub fn begin(&self, lease: Lease, live: Arc<LiveReply>, lost: CancellationToken) {
        let from = live.end();
        let entry = Entry { lease, live, committed: from, stored: from, stored_at: Instant::now(), ending: None, lost };
        self.entries().insert(lease.reply, entry);
        self.shared.bell.notify_one();
    }

    /// Ends a reply: commits what is left of it together with its end, then shows the end to viewers.
    ///
    /// # Errors
    /// If the lease was lost; then whoever took it ends the reply.
    pub async fn end(&self, lease: Lease, end: End) -> Result<(), LeaseLost> {
        let (sender, receiver) = oneshot::channel();
        match self.entries().get_mut(&lease.reply) {
            Some(entry) if entry.lease == lease => entry.ending = Some((end, sender)),
            _ => return Err(LeaseLost),
        }
        self.shared.bell.notify_one();
        receiver.await.unwrap_or(Err(LeaseLost))
    }
}

/// Commits until told to stop and nothing is left to commit.
pub(super) async fn run(writer: Writer, stopping: CancellationToken) {
    let mut tick = interval(COMMIT_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let idle = writer.entries().is_empty();
        if idle && stopping.is_cancelled() {
            return;
        }
        let which = tokio::select! {
            () = writer.shared.bell.notified() => Which::Ending,
            _ = tick.tick(), if !idle => Which::All,
            () = stopping.cancelled(), if idle => Which::All,
        };
        if let Err(error) = commit(&writer, which).await {
            tracing::error!(%error, "the log could not be committed; trying again");
            sleep(AFTER_FAILURE).await;
        }
    }
}

/// Which replies a commit is about. When many end at once, each must not commit the fragments of all others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Ending,
}

async fn commit(writer: &Writer, which: Which) -> Result<(), crate::server::store::StoreError> {
    let concerned = |entry: &&Entry| which == Which::All || entry.ending.is_some();
    let appends: Vec<Append> = writer.entries().values().filter(concerned).filter_map(gained).collect();
    if appends.is_empty() {
        return Ok(());
    }
    let lost = writer.shared.store.append(&writer.shared.node, &appends).await?;
    let mut entries = writer.entries();
    for append in appends {
        if lost.contains(&append.lease) {
            if let Some(entry) = entries.remove(&append.lease.reply) {
                entry.give_up();
            }
            continue;
        }
        settle(&mut entries, append);
    }
    Ok(())
}

/// What a reply has gained since the last commit.
fn gained(entry: &Entry) -> Option<Append> {
    let ending = entry.ending.as_ref().map(|(end, _)| Event::End(end.clone()));
    let due = entry.live.end() > entry.stored && entry.stored_at.elapsed() >= STORE_EVERY;
    // The stored text first: the buffer may grow between the two looks, and what is stored must not reach further than
    // the log in the same commit.
    let stored = (due || ending.is_some()).then(|| stored(entry, &ending));
    let mut events = entry.live.events_past(entry.committed);
    events.extend(ending);
    let idle = events.is_empty() && stored.is_none();
    (!idle).then_some(Append { lease: entry.lease, from: entry.committed, events, stored })
}

fn stored(entry: &Entry, ending: &Option<Event>) -> Stored {
    let mut stored = Stored { position: entry.stored, ..Stored::default() };
    for event in entry.live.events_past(entry.stored).iter().chain(ending) {
        stored.position += event.length();
        match event {
            Event::Text(text) => stored.text.push_str(text),
            Event::Reasoning(text) => stored.reasoning.push_str(text),
            Event::Usage(_) | Event::End(_) => {}
        }
    }
    stored
}

fn length(events: &[Event]) -> u64 {
    events.iter().map(Event::length).sum()
}

/// Notes what is now in the database; shows the end, if it was among it.
fn settle(entries: &mut HashMap<MessageId, Entry>, append: Append) {
    let reply = append.lease.reply;
    let Some(entry) = entries.get_mut(&reply) else { return };
    entry.committed = append.from + length(&append.events);
    if let Some(stored) = &append.stored {
        entry.stored = stored.position;
        entry.stored_at = Instant::now();
    }
    let Some(Event::End(end)) = append.events.into_iter().next_back() else { return };
    let Some(entry) = entries.remove(&reply) else { return };
    entry.live.push(Event::End(end));
    if let Some((_, sender)) = entry.ending {
        // Nobody waits any more only if the worker itself was dropped.
        let _ = sender.send(Ok(()));
    }
}

impl Entry {
    fn give_up(self) {
        self.live.abandon();
        self.lost.cancel();
        if let Some((_, sender)) = self.ending {
            let _ = sender.send(Err(LeaseLost));
        }
    }
}
