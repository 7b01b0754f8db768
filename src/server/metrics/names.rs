//! Every figure that `/metrics` serves: its name, what it counts, its buckets. Each name stands here and nowhere else.

use metrics::{KeyName, Recorder, Unit};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// What is known of a figure before it has a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    pub name: &'static str,
    kind: Kind,
    unit: Unit,
    help: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Counter,
    Gauge,
    /// With the upper ends of its buckets.
    Histogram(&'static [f64]),
}

impl Figure {
    const fn counter(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Counter, unit: Unit::Count, help }
    }

    const fn gauge(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name, kind: Kind::Gauge, unit, help }
    }

    const fn seconds(name: &'static str, buckets: &'static [f64], help: &'static str) -> Self {
        Self { name, kind: Kind::Histogram(buckets), unit: Unit::Seconds, help }
    }
}

pub(super) const REPLIES: Figure =
    Figure::counter("parlance_replies_total", "Replies that ended on this node, by how they ended.");
pub(super) const FIRST_TOKEN: Figure = Figure::seconds(
    "parlance_reply_first_token_seconds",
    &[0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0, 120.0],
    "From the moment a reply was asked for, on whichever node, to its first word on the node that writes it.",
);
pub(super) const ADDED_DELAY: Figure = Figure::seconds(
    "parlance_added_delay_seconds",
    &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0],
    "From the arrival of a piece from the provider to its being encoded for a viewer on the same node that waited for \
     it; a sample of at most ten a second and reply.",
);
pub(super) const RUNNING: Figure =
    Figure::gauge("parlance_replies_running", Unit::Count, "Replies that this node is writing.");
pub(super) const QUEUED: Figure = Figure::gauge(
    "parlance_replies_queued",
    Unit::Count,
    "Replies that wait for a node to write them, in the whole database; NaN if it does not answer.",
);
pub(super) const LIMITED: Figure = Figure::gauge(
    "parlance_replies_limited",
    Unit::Count,
    "Replies that wait for their provider, which takes no more for now, in the whole database; NaN if it does not answer.",
);
pub(super) const LEASES_LOST: Figure = Figure::counter(
    "parlance_leases_lost_total",
    "Replies that this node was writing and had to give up because its lease had passed to another.",
);
pub(super) const COMMIT: Figure = Figure::seconds(
    "parlance_commit_seconds",
    &[0.001, 0.002_5, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0],
    "How long it took to commit what the running replies of this node had gained.",
);
pub(super) const COMMIT_FAILURES: Figure =
    Figure::counter("parlance_commit_failures_total", "Commits of running replies that failed and were tried again.");
pub(super) const VIEWERS: Figure =
    Figure::gauge("parlance_viewers", Unit::Count, "Open streams on this node that follow a reply.");
pub(super) const LISTENERS: Figure = Figure::gauge(
    "parlance_change_listeners",
    Unit::Count,
    "Open streams on this node that listen to what happens to chats: about one a page that is looked at.",
);
pub(super) const CONNECTIONS: Figure = Figure::gauge(
    "parlance_database_connections",
    Unit::Count,
    "Connections to the database, by pool and by whether they are in use.",
);
pub(super) const CONNECTIONS_LIMIT: Figure = Figure::gauge(
    "parlance_database_connections_limit",
    Unit::Count,
    "The most connections to the database that a pool may have.",
);
pub(super) const WAKES: Figure = Figure::counter(
    "parlance_wakes_total",
    "Word heard from other nodes, by kind; `everything` after every moment in which they could not be heard, and again and \
     again while they cannot.",
);
pub(super) const REFUSED: Figure = Figure::counter(
    "parlance_connections_refused_total",
    "Connections of clients that were refused because their address had too many open.",
);
pub(super) const REQUESTS: Figure = Figure::counter(
    "parlance_http_requests_total",
    "Requests that were answered, by method, matched route and status. Files and what does not exist are one route each.",
);
pub(super) const REQUEST: Figure = Figure::seconds(
    "parlance_http_request_seconds",
    &[0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 8.0],
    "From a request's head to the head of its answer: a stream counts up to where it begins.",
);
pub(super) const BUILD: Figure =
    Figure::gauge("parlance_build_info", Unit::Count, "1, with the version that runs as a label.");
/// Named as every Prometheus client names it, so that general dashboards find it.
pub(super) const STARTED: Figure =
    Figure::gauge("process_start_time_seconds", Unit::Seconds, "When the node started, in seconds since 1970 UTC.");

const ALL: [Figure; 19] = [
    REPLIES,
    FIRST_TOKEN,
    ADDED_DELAY,
    RUNNING,
    QUEUED,
    LIMITED,
    LEASES_LOST,
    COMMIT,
    COMMIT_FAILURES,
    VIEWERS,
    LISTENERS,
    CONNECTIONS,
    CONNECTIONS_LIMIT,
    WAKES,
    REFUSED,
    REQUESTS,
    REQUEST,
    BUILD,
    STARTED,
];

/// Tells a recorder that is to be built which buckets each distribution has.
pub(super) fn with_buckets(builder: PrometheusBuilder) -> Result<PrometheusBuilder, BuildError> {
    ALL.iter().try_fold(builder, |builder, figure| match figure.kind {
        Kind::Histogram(buckets) => builder.set_buckets_for_metric(Matcher::Full(figure.name.to_owned()), buckets),
        Kind::Counter | Kind::Gauge => Ok(builder),
    })
}

/// Tells a recorder what each figure is.
pub(super) fn describe(recorder: &impl Recorder) {
    for figure in &ALL {
        let (name, unit, help) = (KeyName::from_const_str(figure.name), Some(figure.unit), figure.help.into());
        match figure.kind {
            Kind::Counter => recorder.describe_counter(name, unit, help),
            Kind::Gauge => recorder.describe_gauge(name, unit, help),
            Kind::Histogram(_) => recorder.describe_histogram(name, unit, help),
        }
    }
}
