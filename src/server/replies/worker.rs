//! Claims jobs and writes their replies. Never in a request: closing a page changes nothing here.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Engine, HEARTBEAT_EVERY, LEASE, Running, live::LiveReply, prompt};
use crate::{
    domain::{
        message::Status,
        reply::{End, Event, Failure},
    },
    server::{
        model::{ModelEvent, Question},
        store::{append::Lease, jobs::Job, now_micros},
    },
};

/// How long the worker waits for the bell before it looks by itself: for jobs that another process left.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many jobs are claimed in one transaction.
const CLAIM_AT_ONCE: usize = 64;

/// Claims jobs as long as there is room for them.
pub(super) async fn run(engine: Engine) {
    let shared = &engine.shared;
    while !shared.stopping.is_cancelled() {
        let room = shared.concurrency.saturating_sub(engine.with_running(|running| running.len()));
        let claimed = match claim(&engine, room.min(CLAIM_AT_ONCE)).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::error!(%error, "no job could be claimed; trying again");
                Vec::new()
            }
        };
        let full_hand = claimed.len() == CLAIM_AT_ONCE;
        for job in claimed {
            begin(&engine, job);
        }
        if full_hand {
            continue;
        }
        tokio::select! {
            _ = timeout(LOOK_EVERY, shared.job_bell.notified()) => {}
            () = shared.stopping.cancelled() => {}
        }
    }
}

async fn claim(engine: &Engine, room: usize) -> crate::server::store::Result<Vec<Job>> {
    let shared = &engine.shared;
    // A look is a read; a claim is a write, which would wake the disk of an idle server every second.
    if room == 0 || !shared.store.job_waits().await? {
        return Ok(Vec::new());
    }
    shared.store.claim_jobs(&shared.node, lease_until(), room, &shared.default_model).await
}

/// Leases are measured by this node's clock: on one machine there is one.
fn lease_until() -> i64 {
    now_micros().saturating_add(LEASE.as_micros() as i64)
}

fn begin(engine: &Engine, job: Job) {
    let running = Running {
        lease: job.lease,
        stop: CancellationToken::new(),
        lost: CancellationToken::new(),
        ended: CancellationToken::new(),
    };
    engine.with_running(|all| all.insert(job.lease.reply, running.clone()));
    let span = tracing::info_span!("reply", message_id = %job.lease.reply, chat = %job.chat, request = job.request);
    let engine = engine.clone();
    let tracker = engine.shared.tasks.clone();
    tracker.spawn(async move { write(engine, job, running).await }.instrument(span));
}

/// Writes one reply from its first event to its end.
async fn write(engine: Engine, job: Job, running: Running) {
    let shared = &engine.shared;
    let live = shared.live.entry(job.lease.reply);
    // A task of its own, so that a panic in it ends this reply with a word and not in silence.
    let asking = ask(engine.clone(), job.clone(), running.clone(), Arc::clone(&live));
    let asking = tokio::spawn(asking.in_current_span());
    let end = asking.await.unwrap_or_else(|error| {
        tracing::error!(%error, "the worker of a reply failed");
        Some(interrupted())
    });
    if let Some(end) = end {
        let status = end.status;
        let code = end.failure.as_ref().map(|failure| failure.code.clone());
        match shared.writer.end(job.lease, end).await {
            Ok(()) => tracing::info!(status = status.as_str(), code, position = live.end(), "the reply ended"),
            Err(_) => tracing::warn!("the lease was lost before the end could be written"),
        }
    }
    engine.with_running(|all| all.remove(&job.lease.reply));
    running.ended.cancel();
    shared.job_bell.notify_one();
    shared.changes.publish(job.chat);
}

/// Asks the model. Returns how the reply ends; nothing if it is not this worker's to end any more.
async fn ask(engine: Engine, job: Job, running: Running, live: Arc<LiveReply>) -> Option<End> {
    let shared = &engine.shared;
    let path = match shared.store.path_to(job.lease.reply).await {
        Ok(path) => path,
        Err(error) => {
            tracing::error!(%error, "the conversation could not be read");
            live.begin(job.position);
            shared.writer.begin(job.lease, live, running.lost.clone());
            return Some(interrupted());
        }
    };
    live.begin(job.position);
    shared.writer.begin(job.lease, Arc::clone(&live), running.lost.clone());
    let model = path.last().and_then(|reply| reply.model.clone()).unwrap_or_else(|| shared.default_model.clone());
    tracing::info!(model, messages = path.len(), "the reply begins");
    let question = Question { model, turns: prompt::turns(&path) };
    let answer = shared.model.ask(&question, |event| live.push(logged(event)));
    tokio::select! {
        // In this order, so that a reply that was stopped is never said to have been interrupted.
        biased;
        () = running.lost.cancelled() => None,
        () = running.stop.cancelled() => Some(End { status: Status::Stopped, failure: None }),
        () = shared.stopping.cancelled() => Some(interrupted()),
        outcome = answer => Some(match outcome {
            Ok(status) => End { status, failure: None },
            Err(error) => {
                tracing::warn!(code = error.code(), "the model did not answer to the end");
                error.end()
            }
        }),
    }
}

fn logged(event: ModelEvent) -> Event {
    match event {
        ModelEvent::Text(text) => Event::Text(text),
        ModelEvent::Reasoning(text) => Event::Reasoning(text),
        ModelEvent::Usage(usage) => Event::Usage(usage),
    }
}

/// The end of a reply whose worker is gone.
pub(super) fn interrupted() -> End {
    let failure = Failure {
        code: "interrupted".to_owned(),
        message: "The server stopped while this reply was being written. What came is kept; you can continue it."
            .to_owned(),
    };
    End { status: Status::Interrupted, failure: Some(failure) }
}

/// Prolongs this node's leases, stops what somebody asked to stop, gives up what was lost.
pub(super) async fn keep_leases(engine: Engine) {
    let shared = &engine.shared;
    let mut tick = interval(HEARTBEAT_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shared.stopping.cancelled() => return,
        }
        // Taken before the question, so that a lease claimed meanwhile is not held for lost.
        let mine: Vec<Running> = engine.with_running(|running| running.values().cloned().collect());
        if mine.is_empty() {
            continue;
        }
        match shared.store.heartbeat(&shared.node, lease_until()).await {
            Ok(held) => {
                let held: HashMap<Lease, bool> =
                    held.into_iter().map(|held| (held.lease, held.stop_requested)).collect();
                for running in mine {
                    match held.get(&running.lease) {
                        Some(true) => running.stop.cancel(),
                        Some(false) => {}
                        None => running.lost.cancel(),
                    }
                }
            }
            Err(error) => tracing::error!(%error, "the leases could not be prolonged; trying again"),
        }
    }
}
