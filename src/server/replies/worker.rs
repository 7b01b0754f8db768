//! Claims jobs and writes their replies. Never in a request: closing a page changes nothing here.

use std::{
    collections::HashMap,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info_span};

use super::{
    Engine, HEARTBEAT_EVERY, LEASE, Running, Shared, ask,
    limits::{self, Limited},
    live::LiveReply,
};
use crate::{
    domain::{
        message::Status,
        reply::{End, Failure},
    },
    server::{
        store::{Result, StoreError, in_time, jobs::Job, leases::Lease},
        traces,
    },
};

/// How long the worker waits for the bell before it looks by itself: for jobs that another process left.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many jobs are claimed in one transaction.
const CLAIM_AT_ONCE: usize = 64;
/// How often it looks again at once if others were quicker, and the wait between: about as long as a claim takes.
const MISSES: u32 = 5;
const AFTER_MISS: Duration = Duration::from_millis(20);
/// How long a claim is waited for when the server is about to go: of the two seconds that this may take.
const AFTER_STOP: Duration = Duration::from_secs(1);

/// Claims jobs as long as there is room for them.
pub(super) async fn run(engine: Engine) {
    let shared = &engine.shared;
    // Until when a claim may turn out to have been made of which the answer was lost.
    let mut doubt_until: Option<Instant> = None;
    let mut misses = 0;
    while !shared.stopping.is_cancelled() {
        let in_doubt = doubt_until.is_some_and(|until| Instant::now() < until);
        let mut claiming = pin!(in_time(claim(&engine, in_doubt)));
        let claimed = tokio::select! {
            claimed = &mut claiming => claimed,
            // It may be made already: what it brings is begun, and given back at once.
            () = shared.stopping.cancelled() => timeout(AFTER_STOP, claiming).await.unwrap_or(Err(StoreError::Slow)),
        };
        match claimed {
            Ok(Claimed::Some(jobs)) => {
                misses = 0;
                jobs.into_iter().for_each(|job| begin(&engine, job));
                continue;
            }
            // Others were quicker; more may wait than they took.
            Ok(Claimed::Missed) if misses < MISSES => {
                misses += 1;
                sleep(AFTER_MISS).await;
                continue;
            }
            Ok(Claimed::Missed | Claimed::None) => misses = 0,
            Err(error) => {
                tracing::error!(%error, "no job could be claimed; trying again");
                doubt_until = Some(Instant::now() + LEASE);
            }
        }
        tokio::select! {
            _ = timeout(LOOK_EVERY, shared.job_bell.notified()) => {}
            () = shared.stopping.cancelled() => {}
        }
    }
}

/// What came of a look for jobs.
enum Claimed {
    Some(Vec<Job>),
    /// Some waited, but others are just about to take them.
    Missed,
    /// None waits, or there is no room for one.
    None,
}

async fn claim(engine: &Engine, in_doubt: bool) -> Result<Claimed> {
    let shared = &engine.shared;
    let known: Vec<Lease> = engine.with_running(|running| running.values().map(|running| running.lease).collect());
    if in_doubt {
        let given = shared.store.give_back_unknown(&shared.node, &known).await?;
        if given > 0 {
            tracing::info!(given, "claims whose answer was lost were given back");
        }
    }
    if shared.store.is_outgrown() {
        return Ok(Claimed::None);
    }
    let room = shared.concurrency.saturating_sub(known.len()).min(CLAIM_AT_ONCE);
    // A look is a read; a claim is a write, which would wake the disk of an idle server every second.
    if room == 0 || !shared.store.job_waits().await? {
        return Ok(Claimed::None);
    }
    let jobs = shared.store.claim_jobs(&shared.node, LEASE, room, shared.providers.default_model()).await?;
    Ok(if jobs.is_empty() { Claimed::Missed } else { Claimed::Some(jobs) })
}

fn begin(engine: &Engine, job: Job) {
    let running = Running {
        lease: job.lease,
        stop: CancellationToken::new(),
        lost: CancellationToken::new(),
        ended: CancellationToken::new(),
    };
    engine.with_running(|all| all.insert(job.lease.reply, running.clone()));
    let span = info_span!("reply", message_id = %job.lease.reply, chat = %job.chat, request = job.request);
    traces::go_on(&span, &job.request, ask::since(&engine.shared, job.asked_at));
    let engine = engine.clone();
    let tracker = engine.shared.tasks.clone();
    tracker.spawn(async move { write(engine, job, running).await }.instrument(span));
}

/// Writes one reply from its first event to its end.
async fn write(engine: Engine, job: Job, running: Running) {
    let shared = &engine.shared;
    let _counted = shared.metrics.running();
    let live = shared.live.entry(job.lease.reply);
    // A task of its own, so that a panic in it ends this reply with a word and not in silence.
    let asking = ask(engine.clone(), job.clone(), running.clone(), Arc::clone(&live));
    let asking = tokio::spawn(asking.in_current_span());
    let outcome = asking.await.unwrap_or_else(|error| {
        tracing::error!(%error, "the worker of a reply failed");
        Outcome::End(interrupted())
    });
    match outcome {
        Outcome::End(end) => finish(shared, &job, &live, end).await,
        Outcome::GiveBack => give_back(shared, &job, &live).await,
        Outcome::Wait(limited) => limits::wait(&engine, &job, &live, limited, &running.stop).await,
        Outcome::Lost => {
            leave(shared, &job, &live);
            shared.metrics.lease_lost();
            tracing::warn!("the lease was lost; the reply is given up");
        }
    }
    engine.with_running(|all| {
        // One that waited a while may be this node's again already.
        if all.get(&job.lease.reply).is_some_and(|running| running.lease == job.lease) {
            all.remove(&job.lease.reply);
        }
    });
    running.ended.cancel();
    shared.job_bell.notify_one();
}

/// What becomes of a reply when its worker leaves it.
enum Outcome {
    /// It ends.
    End(End),
    /// Nothing has come of it yet, and this node is about to go: another one may ask the model.
    GiveBack,
    /// Its provider takes no more for now, and may be asked again later.
    Wait(Limited),
    /// It is not this worker's any more.
    Lost,
}

pub(super) async fn finish(shared: &Shared, job: &Job, live: &LiveReply, end: End) {
    let status = end.status;
    let code = end.failure.as_ref().map(|failure| failure.code.clone());
    match shared.writer.end(job.lease, end).await {
        Ok(()) => {
            shared.metrics.reply_ended(status);
            tracing::info!(status = status.as_str(), code, position = live.end(), "the reply ended");
        }
        Err(_) => {
            shared.metrics.lease_lost();
            tracing::warn!("the lease was lost, or the end had been written already");
        }
    }
}

async fn give_back(shared: &Shared, job: &Job, live: &LiveReply) {
    leave(shared, job, live);
    match in_time(shared.store.give_back(&shared.node, job.lease)).await {
        Ok(_) => tracing::info!("the reply had no text yet; it waits for another worker"),
        // Its lease lapses, and it ends as interrupted.
        Err(error) => tracing::warn!(%error, "the reply could not be given back"),
    }
}

/// Writes nothing more of a reply, and shows nothing that is not written.
pub(super) fn leave(shared: &Shared, job: &Job, live: &LiveReply) {
    shared.writer.forget(job.lease);
    live.abandon();
}

/// Asks the model.
async fn ask(engine: Engine, job: Job, running: Running, live: Arc<LiveReply>) -> Outcome {
    let shared = &engine.shared;
    live.begin(job.position);
    shared.writer.begin(job.lease, Arc::clone(&live), running.lost.clone());
    let answer = ask::answer(&engine, &job, &live);
    tokio::select! {
        // In this order, so that a reply that was stopped is never said to have been interrupted.
        biased;
        () = running.lost.cancelled() => Outcome::Lost,
        () = running.stop.cancelled() => Outcome::End(End { status: Status::Stopped, failure: None }),
        () = shared.stopping.cancelled() => {
            if live.end() == job.position { Outcome::GiveBack } else { Outcome::End(interrupted()) }
        }
        answered = answer => answered.map_or_else(Outcome::Wait, Outcome::End),
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
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shared.stopping.cancelled() => return,
        }
        // Only what somebody here still works on: what was dropped without a word lapses.
        let mine: Vec<Running> = engine.with_running(|running| running.values().cloned().collect());
        if mine.is_empty() {
            continue;
        }
        let leases: Vec<Lease> = mine.iter().map(|running| running.lease).collect();
        match in_time(shared.store.heartbeat(&leases, LEASE)).await {
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
