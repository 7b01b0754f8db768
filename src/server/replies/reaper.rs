//! Ends the replies whose worker is gone, removes what was deleted for good, and looks whether the database is still one for
//! this program.

use std::{slice, sync::atomic::Ordering, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Engine, REAP_EVERY, worker::interrupted};
use crate::{
    domain::id::MessageId,
    server::{
        metrics::Metrics,
        store::{Result, Store, StoreError, in_time},
    },
};

/// How long the database must have been in sight before the leases of others are judged. Whoever lost sight of it together
/// with this node prolongs its leases first.
const GRACE: Duration = Duration::from_secs(6);
/// How many replies are ended in one transaction: a node leaves hundreds, each would be a dozen questions to the database, and
/// all have to show as interrupted within 15 seconds of its death, of which the lease takes ten.
const AT_ONCE: usize = 16;
/// How long a deleted chat can be had back.
const KEEP_DELETED: Duration = Duration::from_secs(60 * 60);
/// How often deleted chats are swept out and the schema is looked at, in turns of the reaper: once a minute.
const SWEEP_EVERY: u32 = 60;

/// Looks for lapsed leases, as long as the engine runs.
pub(super) async fn run(engine: Engine) {
    let shared = &engine.shared;
    let mut tick = interval(REAP_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = 0_u32;
    let mut in_sight_since = None;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shared.stopping.cancelled() => return,
        }
        // A clock that jumped, or a machine that slept, makes leases lapse that are held all the same.
        let is_held = |reply: &MessageId| engine.running(*reply).is_some();
        let looked = async {
            let now = in_time(shared.store.read_clock()).await?;
            let since = *in_sight_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= GRACE || shared.store.is_exclusive() {
                reap(&shared.store, &shared.metrics, now, is_held).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = looked.await {
            tracing::error!(%error, "lapsed replies could not be looked for; trying again");
            in_sight_since = None;
        }
        shared.live.sweep();
        shared.metrics.upkeep();
        let is_slow_turn = turn.is_multiple_of(SWEEP_EVERY);
        if is_slow_turn && in_sight_since.is_some() {
            sweep(&shared.store).await;
            if let Err(error) = in_time(shared.store.sweep_expired()).await {
                tracing::error!(%error, "what has expired could not be removed; trying again");
            }
        }
        if in_sight_since.is_some() && (shared.look_at_schema.swap(false, Ordering::Relaxed) || is_slow_turn) {
            look_at_schema(&shared.store).await;
        }
        turn = turn.wrapping_add(1);
    }
}

/// Ends what a process that is gone was writing. Only for a database that this process has for itself: there,
/// every lease is of one that is gone.
///
/// # Errors
/// If the database fails.
pub async fn recover(store: &Store, metrics: &Metrics) -> Result<()> {
    reap(store, metrics, i64::MAX, |_| false).await
}

/// Ends every reply whose lease ran out before a moment (microseconds since 1970 UTC), with its text kept. One that
/// cannot be ended keeps no other from it.
///
/// # Errors
/// If the database fails.
async fn reap(store: &Store, metrics: &Metrics, before: i64, is_held: impl Fn(&MessageId) -> bool) -> Result<()> {
    let mut lapsed = in_time(store.lapsed(before)).await?;
    lapsed.retain(|reply| !is_held(reply));
    // All nodes go through the same list; what one is ending, the others pass by.
    for replies in lapsed.chunks(AT_ONCE) {
        match end(store, metrics, before, replies).await {
            Ok(()) => {}
            Err(error) if error.is_passing() => {
                tracing::error!(%error, "replies without a worker could not be ended; trying again");
                break;
            }
            Err(_) => end_each(store, metrics, before, replies).await,
        }
    }
    Ok(())
}

/// Ends replies one by one, after one of them kept all from it.
async fn end_each(store: &Store, metrics: &Metrics, before: i64, replies: &[MessageId]) {
    for reply in replies {
        if let Err(error) = end(store, metrics, before, slice::from_ref(reply)).await {
            tracing::error!(%error, message_id = %reply, "a reply without a worker could not be ended");
        }
    }
}

async fn end(store: &Store, metrics: &Metrics, before: i64, replies: &[MessageId]) -> Result<()> {
    let end = interrupted();
    for reply in in_time(store.end_lapsed(replies, &end, before)).await? {
        metrics.reply_ended(end.status);
        tracing::warn!(message_id = %reply, "the reply lost its worker; it ended as interrupted");
    }
    Ok(())
}

/// Whether the database is still for this program. On SQLite nobody else has it.
async fn look_at_schema(store: &Store) {
    if store.is_exclusive() {
        return;
    }
    match in_time(store.look_at_schema()).await {
        Ok(()) => {}
        Err(error @ StoreError::TooNew { .. }) => {
            tracing::error!(%error, "no reply is begun here any more: put the newer program in the place of this one");
        }
        Err(error) => tracing::warn!(%error, "the version of the schema could not be looked up; trying again"),
    }
}

async fn sweep(store: &Store) {
    let before = store.now().saturating_sub(KEEP_DELETED.as_micros() as i64);
    loop {
        match in_time(store.sweep_deleted(before)).await {
            Ok(0) => return,
            Ok(chats) => tracing::info!(chats, "deleted chats were removed for good"),
            Err(error) => {
                tracing::error!(%error, "deleted chats could not be removed; trying again");
                return;
            }
        }
    }
}
