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
    server::{
        metrics::Metrics,
        store::{Result, Store, append::Append, in_time, leases::Lease, stored_text::Stored},
    },
};

/// How often what has come is committed; at most 100 ms of a reply are lost if the process is killed.
const COMMIT_EVERY: Duration = Duration::from_millis(75);
/// About how much goes into one commit; after the database was away, the rest waits for the next. A commit has to be done
/// long before it is given up.
const COMMIT_BYTES: u64 = 8 * 1024 * 1024;
/// How often a message's stored text is brought up to date; 500 ms are promised.
const STORE_EVERY: Duration = Duration::from_millis(400);
/// The bytes up to which that holds. A database writes all of a text again for a word more, so that a longer one waits until
/// it has grown by this part of itself; who reads it takes the rest from the log.
const STORE_BYTES: u64 = 64 * 1024;
const STORE_PART: u64 = 8;
/// The wait after a commit that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// The lease was lost: somebody else has the reply, or it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseLost;

/// Whether a reply's end was written.
type Kept = std::result::Result<(), LeaseLost>;

/// The node's one writer of logs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    node: String,
    metrics: Metrics,
    entries: Mutex<HashMap<MessageId, Entry>>,
    /// Rung when a reply begins, speaks for the first time, or wants to end.
    bell: Notify,
}

#[derive(Debug)]
struct Entry {
    lease: Lease,
    live: Arc<LiveReply>,
    /// Where this worker began.
    begun: u64,
    /// Up to where the log is in the database.
    committed: u64,
    /// Up to where the message's stored text is.
    stored: u64,
    stored_at: Instant,
    ending: Option<(End, oneshot::Sender<Kept>)>,
    lost: CancellationToken,
}

impl Writer {
    pub(super) fn new(store: Store, node: String, metrics: Metrics) -> Self {
        Self { shared: Arc::new(Shared { store, node, metrics, entries: Mutex::default(), bell: Notify::new() }) }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<MessageId, Entry>> {
        self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to commit what a buffer gains. `lost` is called if the lease turns out to be lost.
    pub fn begin(&self, lease: Lease, live: Arc<LiveReply>, lost: CancellationToken) {
        let from = live.end();
        let entry = Entry {
            lease,
            live,
            begun: from,
            committed: from,
            stored: from,
            stored_at: Instant::now(),
            ending: None,
            lost,
        };
        self.entries().insert(lease.reply, entry);
        self.shared.bell.notify_one();
    }

    /// Ends a reply: commits what is left of it together with its end, then shows the end to viewers.
    ///
    /// # Errors
    /// If the lease was lost; then whoever took it ends the reply.
    pub async fn end(&self, lease: Lease, end: End) -> Kept {
        let (sender, receiver) = oneshot::channel();
        match self.entries().get_mut(&lease.reply) {
            Some(entry) if entry.lease == lease => entry.ending = Some((end, sender)),
            _ => return Err(LeaseLost),
        }
        self.shared.bell.notify_one();
        receiver.await.unwrap_or(Err(LeaseLost))
    }

    /// Commits what has just begun without waiting for the next turn: whoever follows it on another node waits for that.
    pub fn hurry(&self) {
        self.shared.bell.notify_one();
    }

    /// Commits nothing more of a reply.
    pub fn forget(&self, lease: Lease) {
        self.entries().retain(|_, entry| entry.lease != lease);
    }
}

/// Commits until told to stop and nothing is left to commit.
pub(super) async fn run(writer: Writer, stopping: CancellationToken) {
    let mut tick = interval(COMMIT_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Whether a commit may have been made of which the answer was lost.
    let mut in_doubt = false;
    loop {
        let idle = writer.entries().is_empty();
        if idle && stopping.is_cancelled() {
            return;
        }
        let which = tokio::select! {
            () = writer.shared.bell.notified() => Which::Urgent,
            _ = tick.tick(), if !idle => Which::All,
            () = stopping.cancelled(), if idle => Which::All,
        };
        let outcome = async {
            if in_doubt {
                catch_up(&writer).await?;
                return commit(&writer, Which::All).await;
            }
            commit(&writer, which).await
        };
        let outcome = outcome.await;
        in_doubt = outcome.is_err();
        if let Err(error) = outcome {
            writer.shared.metrics.commit_failed();
            tracing::error!(%error, "the log could not be committed; trying again");
            sleep(AFTER_FAILURE).await;
            // Whoever rang meanwhile may not ring again.
            writer.shared.bell.notify_one();
        }
    }
}

/// Which replies a commit is about. When many begin or end at once, each must not commit the fragments of all others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Those that want to end, and those of which nothing is in the database yet.
    Urgent,
}

async fn commit(writer: &Writer, which: Which) -> Result<()> {
    let concerned = |entry: &&Entry| which == Which::All || entry.ending.is_some() || entry.is_new();
    let mut room = COMMIT_BYTES;
    let mut fits = |append: &Append| {
        let fits = room > 0;
        room = room.saturating_sub(length(&append.events));
        fits
    };
    let appends: Vec<Append> =
        writer.entries().values().filter(concerned).filter_map(gained).take_while(|append| fits(append)).collect();
    if appends.is_empty() {
        return Ok(());
    }
    let began = Instant::now();
    let lost = in_time(writer.shared.store.append(&writer.shared.node, &appends)).await?;
    writer.shared.metrics.committed(began.elapsed());
    {
        let mut entries = writer.entries();
        let kept = appends.into_iter().filter(|append| !lost.contains(&append.lease));
        kept.for_each(|append| settle(&mut entries, append));
    }
    part_from(writer, lost).await
}

/// Leaves replies that are this node's no more. One that wanted to end may have: in a commit whose answer was lost.
async fn part_from(writer: &Writer, leases: Vec<Lease>) -> Result<()> {
    for lease in leases {
        let has_ended = has_ended(writer, lease).await?;
        let mut entries = writer.entries();
        if entries.get(&lease.reply).is_none_or(|entry| entry.lease != lease) {
            continue;
        }
        match entries.remove(&lease.reply) {
            Some(mut entry) if has_ended => entry.show_end(),
            Some(entry) => entry.give_up(),
            None => {}
        }
    }
    Ok(())
}

/// Whether the log of a reply ends where and as this node wanted it to.
async fn has_ended(writer: &Writer, lease: Lease) -> Result<bool> {
    let wanted = {
        let entries = writer.entries();
        let entry = entries.get(&lease.reply).filter(|entry| entry.lease == lease);
        entry.and_then(|entry| Some((entry.live.end(), Event::End(entry.ending.as_ref()?.0.clone()))))
    };
    let Some((at, end)) = wanted else { return Ok(false) };
    let page = in_time(writer.shared.store.read_log(lease.reply, at)).await?;
    Ok(page.from == at && page.events == [end])
}

/// Learns from the database how far each log really is.
async fn catch_up(writer: &Writer) -> Result<()> {
    let replies: Vec<MessageId> = writer.entries().keys().copied().collect();
    let ends = in_time(writer.shared.store.log_ends(&replies)).await?;
    let mut ended = Vec::new();
    for (reply, end) in ends {
        let mut entries = writer.entries();
        let Some(entry) = entries.get_mut(&reply) else { continue };
        (entry.committed, entry.stored) = (end.log, end.stored);
        // Its end was written as well, by this node or by another one that held it for dead: the log says what it is.
        if end.log > entry.live.end() {
            ended.push(entry.lease);
        }
    }
    part_from(writer, ended).await
}

/// What a reply has gained since the last commit.
fn gained(entry: &Entry) -> Option<Append> {
    let ending = entry.ending.as_ref().map(|(end, _)| Event::End(end.clone()));
    let grown = entry.live.end().saturating_sub(entry.stored);
    let is_enough = entry.stored < STORE_BYTES || grown >= entry.stored / STORE_PART;
    let due = grown > 0 && is_enough && entry.stored_at.elapsed() >= STORE_EVERY;
    // The stored text first: the buffer may grow between the two looks, and what is stored must not reach further than
    // the log in the same commit.
    let stored = (due || ending.is_some()).then(|| stored(entry, &ending));
    let mut events = entry.live.events_past(entry.committed);
    events.extend(ending);
    let idle = events.is_empty() && stored.is_none();
    (!idle).then_some(Append { lease: entry.lease, from: entry.committed, events, stored })
}

fn stored(entry: &Entry, ending: &Option<Event>) -> Stored {
    let mut stored = Stored { from: entry.stored, position: entry.stored, ..Stored::default() };
    for event in entry.live.events_past(entry.stored).iter().chain(ending) {
        stored.position += event.length();
        match event {
            Event::Text(text) => stored.text.push_str(text),
            Event::Reasoning(text) => stored.reasoning.push_str(text),
            Event::Tool(_) | Event::Usage(_) | Event::End(_) => {}
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
    if matches!(append.events.last(), Some(Event::End(_)))
        && let Some(mut entry) = entries.remove(&reply)
    {
        entry.show_end();
    }
}

impl Entry {
    /// Whether nothing of it is in the database yet.
    fn is_new(&self) -> bool {
        self.committed == self.begun
    }

    /// Shows the end, which is written.
    fn show_end(&mut self) {
        if let Some((end, sender)) = self.ending.take() {
            self.live.push(Event::End(end));
            // Nobody waits any more only if the worker itself was dropped.
            let _ = sender.send(Ok(()));
        }
    }

    fn give_up(self) {
        self.live.abandon();
        self.lost.cancel();
        if let Some((_, sender)) = self.ending {
            let _ = sender.send(Err(LeaseLost));
        }
    }
}
