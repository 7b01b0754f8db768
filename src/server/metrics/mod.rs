//! What a node counts about itself, for Prometheus. What is counted per reply, commit and token goes through handles that
//! are made once and cost an atomic operation each; only a request looks its own up.
//!
//! The recorder belongs to the node and not to the process, so that several nodes in one process count apart.

mod names;

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusRecorder};
use tokio::time::timeout;

use self::names::Figure;
use super::store::Store;
use crate::domain::message::Status;

/// How long the database may take to say how many replies wait before they are not known.
const PATIENCE: Duration = Duration::from_secs(1);

const METADATA: Metadata<'static> = Metadata::new("parlance", Level::INFO, None);

/// The figures of one node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    recorder: PrometheusRecorder,
    replies: Vec<(Status, Counter)>,
    first_token: Histogram,
    added_delay: Histogram,
    running: Gauge,
    queued: Gauge,
    limited: Gauge,
    leases_lost: Counter,
    commit: Histogram,
    commit_failures: Counter,
    viewers: Gauge,
    listeners: Gauge,
    refused: Counter,
}

/// Something that is counted as long as it lives.
#[derive(Debug)]
pub struct Counted(Gauge);

impl Counted {
    fn of(gauge: &Gauge) -> Self {
        gauge.increment(1);
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

impl Metrics {
    /// Begins to count, from zero.
    ///
    /// # Errors
    /// If a figure has no buckets, which is a mistake in the program.
    pub fn new() -> Result<Self, BuildError> {
        let recorder = names::with_buckets(PrometheusBuilder::new())?.build_recorder();
        names::describe(&recorder);
        let ends = Status::ALL.iter().copied().filter(|status| status.is_terminal());
        let ended = |status: Status| counter(&recorder, names::REPLIES, vec![Label::new("status", status.as_str())]);
        let shared = Shared {
            replies: ends.map(|status| (status, ended(status))).collect(),
            first_token: histogram(&recorder, names::FIRST_TOKEN, Vec::new()),
            added_delay: histogram(&recorder, names::ADDED_DELAY, Vec::new()),
            running: gauge(&recorder, names::RUNNING, Vec::new()),
            queued: gauge(&recorder, names::QUEUED, Vec::new()),
            limited: gauge(&recorder, names::LIMITED, Vec::new()),
            leases_lost: counter(&recorder, names::LEASES_LOST, Vec::new()),
            commit: histogram(&recorder, names::COMMIT, Vec::new()),
            commit_failures: counter(&recorder, names::COMMIT_FAILURES, Vec::new()),
            viewers: gauge(&recorder, names::VIEWERS, Vec::new()),
            listeners: gauge(&recorder, names::LISTENERS, Vec::new()),
            refused: counter(&recorder, names::REFUSED, Vec::new()),
            recorder,
        };
        let version = vec![Label::new("version", env!("CARGO_PKG_VERSION"))];
        gauge(&shared.recorder, names::BUILD, version).set(1.0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        gauge(&shared.recorder, names::STARTED, Vec::new()).set(now.as_secs_f64());
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Counts a reply that ended on this node.
    pub fn reply_ended(&self, status: Status) {
        if let Some((_, counter)) = self.shared.replies.iter().find(|(counted, _)| *counted == status) {
            counter.increment(1);
        }
    }

    /// Notes how long a reply's first event was waited for since the reply was asked for.
    pub fn first_token(&self, waited: Duration) {
        self.shared.first_token.record(waited);
    }

    /// Notes how long a piece took through this node to a viewer who waited for it.
    pub fn added_delay(&self, delay: Duration) {
        self.shared.added_delay.record(delay);
    }

    /// Counts a reply as running.
    #[must_use]
    pub fn running(&self) -> Counted {
        Counted::of(&self.shared.running)
    }

    /// Counts a viewer of a reply.
    #[must_use]
    pub fn viewer(&self) -> Counted {
        Counted::of(&self.shared.viewers)
    }

    /// Counts a listener to changes.
    #[must_use]
    pub fn listener(&self) -> Counted {
        Counted::of(&self.shared.listeners)
    }

    /// Counts a reply that was given up because its lease was lost.
    pub fn lease_lost(&self) {
        self.shared.leases_lost.increment(1);
    }

    /// Notes how long a commit took.
    pub fn committed(&self, took: Duration) {
        self.shared.commit.record(took);
    }

    /// Counts a commit that failed.
    pub fn commit_failed(&self) {
        self.shared.commit_failures.increment(1);
    }

    /// Counts a connection that was refused because its address had too many.
    pub fn connection_refused(&self) {
        self.shared.refused.increment(1);
    }

    /// Counts a request. `method` and `route` come from a small set: every pair of them is kept for good.
    pub fn answered(&self, method: &'static str, route: String, status: u16, took: Duration) {
        let recorder = &self.shared.recorder;
        let labels = vec![Label::new("method", method), Label::new("route", route)];
        histogram(recorder, names::REQUEST, labels.clone()).record(took);
        let status = Label::new("status", status.to_string());
        counter(recorder, names::REQUESTS, labels.into_iter().chain([status]).collect()).increment(1);
    }

    /// Puts single observations together, which otherwise wait in memory for the next time that somebody asks. To be
    /// called every now and then.
    pub fn upkeep(&self) {
        self.shared.recorder.handle().run_upkeep();
    }

    /// All figures, in Prometheus' text format. Those of the database are looked up only here: a scrape is rarer than any
    /// turn of the engine.
    pub async fn render(&self, store: &Store) -> String {
        // Before the question, so that its own connection is not among those in use.
        let pools = store.connections();
        let waiting = timeout(PATIENCE, store.waiting_jobs()).await;
        let known = |(queued, limited)| (queued as f64, limited as f64);
        let (queued, limited) = waiting.ok().and_then(Result::ok).map_or((f64::NAN, f64::NAN), known);
        self.shared.queued.set(queued);
        self.shared.limited.set(limited);
        let recorder = &self.shared.recorder;
        for pool in pools {
            let name = Label::new("pool", pool.pool);
            let of = |state| vec![name.clone(), Label::new("state", state)];
            gauge(recorder, names::CONNECTIONS, of("idle")).set(pool.idle);
            gauge(recorder, names::CONNECTIONS, of("used")).set(pool.used);
            gauge(recorder, names::CONNECTIONS_LIMIT, vec![name]).set(pool.limit);
        }
        for (kind, heard) in store.heard() {
            counter(recorder, names::WAKES, vec![Label::new("kind", kind)]).absolute(heard);
        }
        recorder.handle().render()
    }
}

fn counter(recorder: &PrometheusRecorder, figure: Figure, labels: Vec<Label>) -> Counter {
    recorder.register_counter(&Key::from_parts(figure.name, labels), &METADATA)
}

fn gauge(recorder: &PrometheusRecorder, figure: Figure, labels: Vec<Label>) -> Gauge {
    recorder.register_gauge(&Key::from_parts(figure.name, labels), &METADATA)
}

fn histogram(recorder: &PrometheusRecorder, figure: Figure, labels: Vec<Label>) -> Histogram {
    recorder.register_histogram(&Key::from_parts(figure.name, labels), &METADATA)
}
