//! Ends the replies whose worker is gone, and removes what was deleted for good.

use std::time::Duration;

use tokio::time::interval;

use super::{Engine, REAP_EVERY, worker::interrupted};
use crate::{
    domain::id::MessageId,
    server::store::{Result, Store, append::Holder, now_micros},
};

/// How long a deleted chat can be had back.
const KEEP_DELETED: Duration = Duration::from_secs(60 * 60);
/// How often deleted chats are swept out, in turns of the reaper.
const SWEEP_EVERY: u32 = 60;

/// Looks for lapsed leases, as long as the engine runs.
pub(super) async fn run(engine: Engine) {
    let shared = &engine.shared;
    let mut tick = interval(REAP_EVERY);
    let mut turn = 0_u32;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shared.stopping.cancelled() => return,
        }
        // A clock that jumped, or a machine that slept, makes leases lapse that are held all the same.
        let is_held = |reply: &MessageId| engine.running(*reply).is_some();
        match reap(&shared.store, now_micros(), is_held).await {
            Ok(ended) => ended.into_iter().for_each(|reply| shared.live.nudge(reply)),
            Err(error) => tracing::error!(%error, "lapsed replies could not be ended; trying again"),
        }
        shared.live.sweep();
        if turn.is_multiple_of(SWEEP_EVERY) {
            sweep(&shared.store).await;
        }
        turn = turn.wrapping_add(1);
    }
}

/// Ends what a process that is gone was writing. Only for a database that this process has for itself: there,
/// every lease is of one that is gone.
///
/// # Errors
/// If the database fails.
pub async fn recover(store: &Store) -> Result<()> {
    reap(store, i64::MAX, |_| false).await.map(drop)
}

/// Ends every reply whose lease ran out before a moment (microseconds since 1970 UTC), with its text kept. One that
/// cannot be ended keeps no other from it.
///
/// # Errors
/// If the database fails.
async fn reap(store: &Store, before: i64, is_held: impl Fn(&MessageId) -> bool) -> Result<Vec<MessageId>> {
    let mut ended = Vec::new();
    for reply in store.lapsed(before).await?.into_iter().filter(|reply| !is_held(reply)) {
        match store.end_unheld(reply, interrupted(), Holder::LapsedBefore(before)).await {
            Ok(true) => {
                tracing::warn!(message_id = %reply, "the reply lost its worker; it ended as interrupted");
                ended.push(reply);
            }
            Ok(false) => {}
            Err(error) => tracing::error!(%error, message_id = %reply, "a reply without a worker could not be ended"),
        }
    }
    Ok(ended)
}

async fn sweep(store: &Store) {
    let before = now_micros().saturating_sub(KEEP_DELETED.as_micros() as i64);
    match store.sweep_deleted(before).await {
        Ok(0) => {}
        Ok(chats) => tracing::info!(chats, "deleted chats were removed for good"),
        Err(error) => tracing::error!(%error, "deleted chats could not be removed; trying again"),
    }
}
