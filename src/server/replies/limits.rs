//! Providers that take no more for now: what becomes of a reply that they turned away.

use std::time::Duration;

use rand::Rng;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Engine, Shared,
    ask::since,
    live::LiveReply,
    worker::{finish, leave},
};
use crate::{
    domain::{message::Status, reply::End},
    server::{
        model::ModelError,
        store::{
            in_time,
            jobs::Job,
            lines::{Waits, line_of},
        },
    },
};

/// How long after it was asked for a reply may still begin to wait; after that it fails. Whoever asked has long gone.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// The first wait where the provider names none; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The shortest wait, whatever the provider says; it doubles likewise. One that says "at once" and means "no" must not be
/// asked all the time.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// A reply that has to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limited {
    /// For how long.
    wait: Duration,
}

/// Whether a reply has to wait because of this error.
///
/// # Errors
/// If it has to: nothing of it has come, and there is time left.
pub(super) fn waits(shared: &Shared, job: &Job, live: &LiveReply, error: &ModelError) -> Result<(), Limited> {
    let ModelError::RateLimited { retry_after, .. } = error else { return Ok(()) };
    let wait = wait_for(job.attempts, *retry_after);
    let is_in_time = since(shared, job.asked_at).saturating_add(wait) <= PATIENCE;
    if is_in_time && live.end() == job.position { Err(Limited { wait }) } else { Ok(()) }
}

/// How long to wait after so many attempts, of which the last was turned away with these words.
fn wait_for(attempts: u32, retry_after: Option<Duration>) -> Duration {
    let doublings = 2_u32.saturating_pow(attempts.saturating_sub(1).min(16));
    // Spread out, so that nodes that were turned away together do not come back together.
    let usual = (FIRST_WAIT * doublings).min(LONGEST_WAIT).mul_f64(rand::rng().random_range(0.8..=1.0));
    retry_after.unwrap_or(usual).max((SHORTEST_WAIT * doublings).min(LONGEST_WAIT))
}

/// How a reply waits of which something has come: its calls were made, so it cannot go back into the queue. It keeps
/// its lease meanwhile, as it does while a person is asked, and no connection to the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How often it was turned away.
    attempts: u32,
    /// For how long it may still wait: all of its waits together are as long as one in line may be.
    left: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 0, left: PATIENCE }
    }
}

impl Patience {
    /// Waits if this error wants that, and says so to whoever follows the reply here. Returns false if it does not, or
    /// if there is no time left. Dropping the future ends the wait.
    pub(super) async fn wait(&mut self, live: &LiveReply, error: &ModelError) -> bool {
        let Some(wait) = self.next(error) else { return false };
        let (attempts, wait_ms) = (self.attempts, wait.as_millis() as u64);
        tracing::info!(attempts, wait_ms, "the provider takes no more for now; the reply waits where it is");
        live.waits_until(Some(Instant::now() + wait));
        sleep(wait).await;
        live.waits_until(None);
        true
    }

    /// For how long to wait because of this error.
    fn next(&mut self, error: &ModelError) -> Option<Duration> {
        let ModelError::RateLimited { retry_after, .. } = error else { return None };
        let wait = wait_for(self.attempts + 1, *retry_after);
        self.left = self.left.checked_sub(wait)?;
        self.attempts += 1;
        Some(wait)
    }
}

/// Puts the reply back into the queue, behind those that wait for the same.
pub(super) async fn wait(engine: &Engine, job: &Job, live: &LiveReply, limited: Limited, stop: &CancellationToken) {
    let shared = &engine.shared;
    if stop.is_cancelled() {
        return finish(shared, job, live, End { status: Status::Stopped, failure: None }).await;
    }
    leave(shared, job, live);
    let model = (job.provider, job.model.as_str());
    let waits = match in_time(shared.store.wait_in_line(&shared.node, job.lease, model, limited.wait)).await {
        Ok(waits) => waits,
        // Its lease lapses, and it ends as interrupted.
        Err(error) => return tracing::warn!(%error, "the reply could not be put into the line for its provider"),
    };
    let wait_ms = limited.wait.as_millis() as u64;
    tracing::info!(attempts = job.attempts, wait_ms, "the provider takes no more for now; the reply waits");
    // Somebody who came meanwhile found it held, and nobody will look at what they asked for.
    if (waits == Waits::ToBeStopped || stop.is_cancelled())
        && let Err(error) = in_time(engine.stop_waiting(job.lease.reply)).await
    {
        tracing::error!(%error, "a reply that waits could not be stopped");
    }
}

/// Lets the next one of the line ask: the provider has begun to answer this one.
pub(super) fn lifted(engine: &Engine, job: &Job) {
    if !job.limited {
        return;
    }
    let (store, lease) = (engine.shared.store.clone(), job.lease);
    let line = line_of(job.provider, &job.model);
    engine.shared.tasks.spawn(async move {
        // Else the next one goes when this one has ended.
        if let Err(error) = in_time(store.leave_line(lease, &line)).await {
            tracing::warn!(%error, "those who wait for the provider could not be told that it answers again");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_minute_and_what_the_provider_says_goes_before_it() {
        let usual = |attempts| wait_for(attempts, None).as_secs_f64();
        assert!((4.0..=5.0).contains(&usual(1)), "{}", usual(1));
        assert!((16.0..=20.0).contains(&usual(3)), "{}", usual(3));
        assert!((48.0..=60.0).contains(&usual(40)), "{}", usual(40));
        assert_eq!(wait_for(1, Some(Duration::from_secs(100))).as_secs(), 100);
        assert_eq!(wait_for(4, Some(Duration::from_secs(9))).as_secs(), 9);
    }

    #[test]
    fn a_reply_that_has_begun_waits_for_ten_minutes_in_all_and_for_nothing_else() {
        let limited =
            |seconds| ModelError::RateLimited { said: String::new(), retry_after: Some(Duration::from_secs(seconds)) };
        let mut patience = Patience::default();
        assert_eq!(patience.next(&ModelError::Unreachable), None);
        assert_eq!(patience.next(&limited(86_400)), None, "that is longer than anybody waits");
        let waits: Vec<u64> = std::iter::from_fn(|| patience.next(&limited(150))).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits, [150; 4]);
    }

    #[test]
    fn a_provider_that_says_at_once_and_means_no_is_asked_more_and_more_rarely() {
        let at_once = |attempts| wait_for(attempts, Some(Duration::ZERO)).as_secs();
        assert_eq!([1, 2, 3, 7, 40].map(at_once), [1, 2, 4, 60, 60]);
    }
}
