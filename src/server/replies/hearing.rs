//! Hears what was written, here and on other nodes, and tells whoever on this node waits for it.

use std::sync::atomic::Ordering;

use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::Engine;
use crate::{domain::change::Change, server::store::wakes::Wake};

/// Listens as long as the engine runs.
pub(super) async fn run(engine: Engine, mut wakes: Receiver<Wake>) {
    loop {
        let wake = tokio::select! {
            wake = wakes.recv() => wake,
            () = engine.shared.closing.cancelled() => return,
        };
        match wake {
            Ok(wake) => hear(&engine, wake),
            Err(RecvError::Lagged(_)) => hear(&engine, Wake::Everything),
            Err(RecvError::Closed) => return,
        }
    }
}

fn hear(engine: &Engine, wake: Wake) {
    let shared = &engine.shared;
    match wake {
        Wake::Job => shared.job_bell.notify_one(),
        Wake::Log(reply) => shared.live.nudge(reply),
        Wake::Stop(reply) => {
            if let Some(running) = engine.running(reply) {
                running.stop.cancel();
            }
        }
        Wake::Chat(chat, audience) => shared.changes.publish(Change::Chat(chat), Some(audience), shared.store.now()),
        Wake::Models(workspace) => shared.providers.forget(workspace),
        Wake::Title => shared.title_bell.notify_one(),
        Wake::Everything => {
            shared.look_at_schema.store(true, Ordering::Relaxed);
            shared.providers.forget(None);
            shared.job_bell.notify_one();
            shared.title_bell.notify_one();
            shared.live.wake_all();
            shared.changes.publish(Change::Everything, None, shared.store.now());
        }
    }
}
