//! The engine: replies are written here, and followed from here.
//!
//! A request only leaves a job in the database. The [`worker`] claims it and asks the model; what comes goes
//! into a buffer in [`live`], where viewers on this node see it at once, and from there the [`writer`]
//! commits it for all running replies together. [`follow`] reads both for a viewer; the [`reaper`] ends
//! what lost its worker.

mod ask;
mod called;
mod changes;
mod desk;
mod fitting;
mod follow;
mod hearing;
mod limits;
mod live;
mod moderation;
mod prepare;
mod prompt;
mod reaper;
mod result;
mod room;
mod rounds;
mod terms;
mod titles;
pub mod tokens;
mod worker;
mod writer;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use changes::{Changes, News};
pub use follow::follow;
use live::Live;
pub use prompt::{History, Said, history, told};
pub use reaper::recover;
pub use room::{Prompt, TooLong, assemble};
pub use terms::Terms;
use writer::Writer;

use super::{
    metrics::Metrics,
    providers::Providers,
    store::{Result, Store, leases::Lease},
    tools::Tools,
};
use crate::domain::{
    actor::Actor,
    id::MessageId,
    message::{Message, Status},
    reply::End,
};

/// How long a lease lasts without a heartbeat. With [`REAP_EVERY`] it bounds the time until a reply whose
/// worker died shows as interrupted: 11 seconds, of the 15 that are promised.
pub const LEASE: Duration = Duration::from_secs(10);
/// How often leases are prolonged, and requests to stop are looked for of which no word came.
pub const HEARTBEAT_EVERY: Duration = Duration::from_millis(800);
/// How often lapsed leases are looked for.
pub const REAP_EVERY: Duration = Duration::from_secs(1);

/// How long a request to stop waits for the end to be written.
const STOP_PATIENCE: Duration = Duration::from_secs(1);

/// The engine of one node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// This process's name in leases: new in every process, so that a restarted one is not mistaken for the one before.
    node: String,
    store: Store,
    /// Whose models are asked.
    providers: Providers,
    /// What models may call.
    tools: Tools,
    metrics: Metrics,
    /// How many replies this node writes at the same time; 0 if it leaves that to others.
    concurrency: usize,
    live: Live,
    writer: Writer,
    changes: Changes,
    /// The replies that this node is writing, each with the word that stops it.
    running: Mutex<HashMap<MessageId, Running>>,
    /// Rung when a job may be waiting.
    job_bell: Notify,
    /// Whether the schema may have been changed since the last look.
    look_at_schema: AtomicBool,
    /// Rung when a chat may be waiting for a title.
    title_bell: Notify,
    /// Called when the server is about to go: first for viewers, then for workers.
    leaving: CancellationToken,
    stopping: CancellationToken,
    tasks: TaskTracker,
    /// The writer goes last: the others end what they have through it.
    closing: CancellationToken,
    last_tasks: TaskTracker,
}

#[derive(Clone, Debug)]
struct Running {
    lease: Lease,
    stop: CancellationToken,
    lost: CancellationToken,
    ended: CancellationToken,
}

impl Engine {
    /// Starts the engine's tasks. With a `concurrency` of 0 it writes no replies, but follows and stops them. `titles`
    /// says whether models are asked for titles of new chats.
    #[must_use]
    pub fn start(
        store: Store,
        providers: Providers,
        tools: Tools,
        metrics: Metrics,
        concurrency: usize,
        titles: bool,
    ) -> Self {
        let node = uuid::Uuid::now_v7().to_string();
        let wakes = store.wakes();
        let shared = Arc::new(Shared {
            writer: Writer::new(store.clone(), node.clone(), metrics.clone()),
            node,
            store: store.clone(),
            providers,
            tools,
            metrics,
            concurrency,
            live: Live::default(),
            changes: Changes::since(store.now(), store.is_exclusive()),
            running: Mutex::default(),
            job_bell: Notify::new(),
            look_at_schema: AtomicBool::new(false),
            title_bell: Notify::new(),
            leaving: CancellationToken::new(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            last_tasks: TaskTracker::new(),
        });
        let engine = Self { shared };
        let tasks = &engine.shared.tasks;
        if concurrency > 0 {
            tasks.spawn(worker::run(engine.clone()));
            tasks.spawn(worker::keep_leases(engine.clone()));
        }
        if concurrency > 0 && titles {
            engine.shared.store.want_titles();
            tasks.spawn(titles::run(engine.clone()));
        }
        engine.shared.last_tasks.spawn(writer::run(engine.shared.writer.clone(), engine.shared.closing.clone()));
        engine.shared.last_tasks.spawn(hearing::run(engine.clone(), wakes));
        tasks.spawn(reaper::run(engine.clone()));
        engine
    }

    /// What happens to chats, for whoever shows them.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.shared.changes
    }

    /// Called when the server is about to go; viewers then reconnect elsewhere, or here a little later.
    #[must_use]
    pub fn leaving(&self) -> &CancellationToken {
        &self.shared.leaving
    }

    /// Adds to a running reply what this node has in memory and not yet in the database.
    pub fn catch_up(&self, message: &mut Message) {
        if message.status.is_terminal() {
            return;
        }
        for event in self.shared.live.peek(message.id, message.position) {
            message.append(event);
        }
    }

    /// Stops a reply, wherever it stands: one that waits ends here, one that runs on this node is told so,
    /// one on another node finds a note. Stopping what has ended does nothing.
    ///
    /// # Errors
    /// `NotFound` if the reply is not there for this actor.
    pub async fn stop(&self, actor: &Actor, reply: MessageId) -> Result<()> {
        let state = self.shared.store.message_state(actor, reply).await?;
        if state.status.is_terminal() {
            return Ok(());
        }
        if self.stop_waiting(reply).await? {
            return Ok(());
        }
        tracing::info!(message_id = %reply, "the reply was asked to stop");
        match self.running(reply) {
            Some(running) => {
                running.stop.cancel();
                // So that whoever sends right after a stop is not refused for a reply that is as good as ended.
                let has_ended = timeout(STOP_PATIENCE, running.ended.cancelled()).await.is_ok();
                // It may just have gone back into the queue, without another look at who wants it to stop.
                if has_ended && !self.shared.store.message_state(actor, reply).await?.status.is_terminal() {
                    self.stop_elsewhere(actor, reply).await?;
                }
            }
            None => self.stop_elsewhere(actor, reply).await?,
        }
        Ok(())
    }

    /// Stops a reply that nobody writes. Returns false if somebody does, or it has ended.
    async fn stop_waiting(&self, reply: MessageId) -> Result<bool> {
        let stopped = End { status: Status::Stopped, failure: None };
        let ended = self.shared.store.end_waiting(reply, &stopped).await?;
        if ended {
            self.shared.metrics.reply_ended(Status::Stopped);
            tracing::info!(message_id = %reply, status = Status::Stopped.as_str(), "the reply ended before it began");
        }
        Ok(ended)
    }

    /// Asks the node that writes a reply to stop, and waits a little for the end.
    async fn stop_elsewhere(&self, actor: &Actor, reply: MessageId) -> Result<()> {
        let store = &self.shared.store;
        // Before the word goes out, so that the one that comes back is not missed.
        let live = self.shared.live.entry(reply);
        let mut changed = live.subscribe();
        store.request_stop(reply).await?;
        // Whoever wrote it may just have put it back into the queue.
        if self.stop_waiting(reply).await? {
            return Ok(());
        }
        let ended = async {
            while !store.message_state(actor, reply).await?.status.is_terminal() {
                // It fails only if the buffer is gone, which is held here.
                let _ = changed.changed().await;
            }
            Ok(())
        };
        timeout(STOP_PATIENCE, ended).await.unwrap_or(Ok(()))
    }

    /// Tells viewers to reconnect, gives back what has no text yet, ends everything else that is running as interrupted
    /// with all its text, and returns when everything is in the database.
    pub async fn shut_down(&self) {
        self.shared.leaving.cancel();
        self.shared.live.wake_all();
        self.shared.stopping.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.closing.cancel();
        self.shared.last_tasks.close();
        self.shared.last_tasks.wait().await;
    }

    fn running(&self, reply: MessageId) -> Option<Running> {
        self.with_running(|running| running.get(&reply).cloned())
    }

    fn with_running<T>(&self, look: impl FnOnce(&mut HashMap<MessageId, Running>) -> T) -> T {
        look(&mut self.shared.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
