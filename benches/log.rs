//! What the writer of logs does thirteen times a second: one commit for all running replies.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that panics has failed, which is what it is for")]

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parlance::{
    domain::{
        chat::Choice,
        id::{ChatId, MessageId},
        model::ModelRef,
        reply::Event,
        settings::Settings,
        worst::Worst,
    },
    server::{
        access::{FIRST, FIRST_ACTOR},
        store::{
            DEFAULT_CONNECTIONS, Store, append::Append, leases::Lease, reservations::Order, sending::Opening,
            stored_text::Stored,
        },
    },
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const NODE: &str = "bench";
/// What a reply gains between two commits.
const GAIN: &str = "five ";
/// A reply's stored text is brought up to date in about every seventh commit.
const STORED_EVERY: usize = 7;

/// Whose stored text is due, by the number of the commit and the reply's place.
type Due = fn(usize, usize) -> bool;

/// How far a running reply is in its log and in its stored text.
struct Log {
    lease: Lease,
    end: u64,
    stored: u64,
}

/// Running replies in a database of their own.
struct Replies {
    store: Store,
    logs: Vec<Log>,
    commits: usize,
    _data: TempDir,
}

impl Replies {
    async fn start(count: usize) -> Self {
        let data = TempDir::new().expect("a temporary folder");
        let url = format!("sqlite://{}", data.path().join("bench.db").display());
        let store = Store::open(&url, DEFAULT_CONNECTIONS).await.expect("a database");
        store.ensure_first(FIRST).await.expect("a person");
        let model = ModelRef { provider: None, model: "bench".to_owned() };
        let settings = Settings::default();
        let opening = Opening { title: "Hello", choice: Choice::default(), settings: &settings, tools: &[] };
        for _ in 0..count {
            store
                .start_chat(
                    &FIRST_ACTOR,
                    ChatId::new(),
                    MessageId::new(),
                    "Hello",
                    opening,
                    Order { model: &model, worst: Worst::default() },
                )
                .await
                .expect("a chat");
        }
        let jobs = store.claim_jobs(NODE, Duration::from_secs(3600), count, "bench").await.expect("jobs");
        assert_eq!(jobs.len(), count, "every chat has a reply to write");
        Self {
            store,
            logs: jobs.into_iter().map(|job| Log { lease: job.lease, end: 0, stored: 0 }).collect(),
            commits: 0,
            _data: data,
        }
    }

    /// What the next commit holds.
    fn next_commit(&mut self, due: Due) -> Vec<Append> {
        self.commits += 1;
        let commit = self.commits;
        let append = |(place, Log { lease, end, stored }): (usize, &mut Log)| {
            let from = *end;
            *end += GAIN.len() as u64;
            let mut store = || {
                let from = std::mem::replace(stored, *end);
                Stored { from, text: GAIN.repeat(STORED_EVERY), reasoning: String::new(), position: *end }
            };
            Append {
                lease: *lease,
                from,
                events: vec![Event::Text(GAIN.to_owned())],
                stored: due(commit, place).then(&mut store),
            }
        };
        self.logs.iter_mut().enumerate().map(append).collect()
    }

    async fn timed_commits(&mut self, commits: u64, due: Due) -> Duration {
        let mut spent = Duration::ZERO;
        for _ in 0..commits {
            let appends = self.next_commit(due);
            let begun = Instant::now();
            let lost = self.store.append(NODE, &appends).await.expect("a commit");
            spent += begun.elapsed();
            assert!(lost.is_empty(), "the leases are held");
        }
        spent
    }
}

fn commit(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("commit");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    let kinds: [(&str, Due); 3] = [
        ("log alone", |_, _| false),
        ("as it runs", |commit, place| (commit + place).is_multiple_of(STORED_EVERY)),
        ("log and every stored text", |_, _| true),
    ];
    for count in [1, 100, 1_000] {
        let mut replies = runtime.block_on(Replies::start(count));
        group.throughput(Throughput::Elements(count as u64));
        for (name, due) in kinds {
            group.bench_function(format!("{count} replies, {name}"), |bencher| {
                bencher.iter_custom(|commits| runtime.block_on(replies.timed_commits(commits, due)));
            });
        }
    }
}

criterion_group!(benches, commit);
criterion_main!(benches);
