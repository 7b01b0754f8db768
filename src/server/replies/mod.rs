//! The engine: replies are written here, and followed from here.
//!
//! A request only leaves a job in the database. The [`worker`] claims it and asks the model; what comes goes
//! into a buffer in [`live`], where viewers on this node see it at once, and from there the [`writer`]
//! commits it for all running replies together. [`follow`] reads both for a viewer; the [`reaper`] ends
//! what lost its worker.

mod changes;
mod follow;
mod live;
mod prompt;
mod reaper;
mod worker;
mod writer;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use changes::Changes;
pub use follow::follow;
use live::Live;
pub use reaper::recover;
use writer::Writer;

use super::{
    model::ModelClient,
    store::{
        Result, Store,
        append::{Holder, Lease},
        messages::Asked,
    },
};
use crate::domain::{
    actor::Actor,
    id::{ChatId, MessageId},
    message::{Message, Status},
    reply::End,
};

/// How long a lease lasts without a heartbeat. With [`REAP_EVERY`] it bounds the time until a reply whose
/// worker died shows as interrupted: 11 seconds, of the 15 that are promised.
pub const LEASE: Duration = Duration::from_secs(10);
/// How often leases are prolonged and requests to stop are looked for.
pub const HEARTBEAT_EVERY: Duration = Duration::from_millis(500);
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
    model: ModelClient,
    /// The model that is asked where a chat names none.
    default_model: String,
    concurrency: usize,
    live: Live,
    writer: Writer,
    changes: Changes,
    /// The replies that this node is writing, each with the word that stops it.
    running: Mutex<HashMap<MessageId, Running>>,
    /// Rung when a job may be waiting.
    job_bell: Notify,
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
    /// Starts the engine's tasks.
    #[must_use]
    pub fn start(store: Store, model: ModelClient, default_model: String, concurrency: usize) -> Self {
        let node = uuid::Uuid::now_v7().to_string();
        let shared = Arc::new(Shared {
            writer: Writer::new(store.clone(), node.clone()),
            node,
            store,
            model,
            default_model,
            concurrency,
            live: Live::default(),
            changes: Changes::default(),
            running: Mutex::default(),
            job_bell: Notify::new(),
            leaving: CancellationToken::new(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            last_tasks: TaskTracker::new(),
        });
        let engine = Self { shared };
        let tasks = &engine.shared.tasks;
        tasks.spawn(worker::run(engine.clone()));
        tasks.spawn(worker::keep_leases(engine.clone()));
        engine.shared.last_tasks.spawn(writer::run(engine.shared.writer.clone(), engine.shared.closing.clone()));
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

    /// Says that a reply was asked for: wakes the worker and those who show the chat.
    pub fn asked(&self, asked: &Asked) {
        if asked.fresh {
            tracing::info!(message_id = %asked.reply, chat = %asked.chat, "a reply was asked for");
            self.shared.job_bell.notify_one();
            self.shared.changes.publish(asked.chat);
        }
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
        let stopped = End { status: Status::Stopped, failure: None };
        if self.shared.store.end_unheld(reply, stopped, Holder::Nobody).await? {
            tracing::info!(message_id = %reply, status = Status::Stopped.as_str(), "the reply ended before it began");
            self.ended_elsewhere(state.chat, reply);
            return Ok(());
        }
        tracing::info!(message_id = %reply, "the reply was asked to stop");
        match self.running(reply) {
            Some(running) => {
                running.stop.cancel();
                // So that whoever sends right after a stop is not refused for a reply that is as good as ended.
                let _ = timeout(STOP_PATIENCE, running.ended.cancelled()).await;
            }
            None => self.shared.store.request_stop(reply).await?,
        }
        Ok(())
    }

    /// Tells viewers to reconnect, ends what is running as interrupted with all its text, and returns when
    /// everything is in the database.
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

    /// After a reply's end was written by somebody other than its worker: viewers look into the log.
    fn ended_elsewhere(&self, chat: ChatId, reply: MessageId) {
        self.shared.live.nudge(reply);
        self.shared.changes.publish(chat);
    }
}
