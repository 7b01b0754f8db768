//! Waiting for something that has to happen, with an end and a sentence for the case that it does not.

use std::{
    future::Future,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::watch, time::timeout};

/// How long a test waits before it fails. Nothing that is waited for takes a hundredth of it, so that a
/// machine with too much to do makes tests slow and not red.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What the future gives.
///
/// # Panics
/// If it gives nothing within [`PATIENCE`], saying what was waited for.
pub async fn soon<T>(what: impl AsRef<str>, future: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {PATIENCE:?} in vain for {}", what.as_ref()),
    }
}

/// Looks again and again until it is so.
///
/// # Panics
/// If it is not within [`PATIENCE`], saying what was waited for.
pub async fn eventually(what: impl AsRef<str>, mut look: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !look().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(what, looking).await;
}

/// Waits for the next day, in UTC, if this one is nearly over: for tests of what is counted by the day or the month.
pub async fn within_one_day() {
    const DAY: u64 = 24 * 60 * 60;
    const NEARLY: u64 = 60;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    let left = DAY - now.as_secs() % DAY;
    if left < NEARLY {
        tokio::time::sleep(Duration::from_secs(left + 1)).await;
    }
}

/// The state as soon as it fulfils the condition.
pub async fn until<T: Clone>(what: impl AsRef<str>, state: &watch::Sender<T>, condition: impl FnMut(&T) -> bool) -> T {
    let mut state = state.subscribe();
    let found = soon(what.as_ref(), state.wait_for(condition)).await;
    found.expect("the sender is borrowed, so it lives").clone()
}
