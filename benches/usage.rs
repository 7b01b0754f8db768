//! How long the page of usage takes for a workspace with a million rows of usage: on SQLite, and on PostgreSQL if `DATABASE_URL`
//! names an empty database of one.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that panics has failed, which is what it is for")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use parlance::{
    domain::{
        day::Day,
        id::ChatId,
        usage::{Measure, UsagePeriod},
    },
    server::{
        access::{FIRST, FIRST_ACTOR, FIRST_USER, FIRST_WORKSPACE},
        charts,
        store::{DEFAULT_CONNECTIONS, Store},
    },
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Rows of usage.
const ROWS: i64 = 1_000_000;
/// The people and models that they are of, and the days over which they are spread: 73,000 sums.
const PEOPLE: i64 = 50;
const MODELS: i64 = 4;
const DAYS: i64 = 365;

/// Fills an empty database, past the store: by its own transactions that would take hours.
async fn fill(url: &str, today: i64) {
    let mut connection = AnyConnection::connect(url).await.expect("a database");
    let numbers =
        |count: i64| format!("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)");
    let person = |number: &str| format!("'person-' || CAST({number} AS TEXT)");
    let days = format!("{today} - (i % {DAYS})");
    for sql in [
        format!("{} INSERT INTO users (id, name, created_at) SELECT {}, 'Person', 1 FROM n", numbers(PEOPLE), person("i")),
        format!(
            "{} INSERT INTO usage_entries (id, kind, workspace_id, user_id, chat_id, provider_id, provider, model, status,
                 prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, total_tokens, cost, estimated, day, created_at)
             SELECT 'row-' || CAST(i AS TEXT), 'reply', '{FIRST_WORKSPACE}', {}, 'chat', 'p', 'Provider',
                 'model-' || CAST(i % {MODELS} AS TEXT), 'complete', 700, 300, 0, 0, 1000, 12345, 0, {days}, 1 FROM n",
            numbers(ROWS),
            person(&format!("i / {DAYS} % {PEOPLE}")),
        ),
        "INSERT INTO usage_days (workspace_id, day, user_id, provider, model, requests, prompt_tokens, completion_tokens,
             reasoning_tokens, cached_tokens, cost, unpriced)
         SELECT workspace_id, day, user_id, provider, model, count(*), sum(prompt_tokens), sum(completion_tokens), 0, 0,
             sum(cost), 0 FROM usage_entries GROUP BY workspace_id, day, user_id, provider, model"
            .to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("a statement that works");
    }
    connection.close().await.expect("a connection to close");
}

async fn store(url: &str) -> (Store, Day) {
    let store = Store::open(url, DEFAULT_CONNECTIONS).await.expect("a database");
    store.ensure_first(FIRST).await.expect("a person");
    let today = Day::of(store.now());
    fill(url, today.number()).await;
    (store, today)
}

fn page(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let data = TempDir::new().expect("a temporary folder");
    let sqlite = format!("sqlite://{}", data.path().join("bench.db").display());
    let postgres = std::env::var("DATABASE_URL").ok();
    let databases = [("SQLite", Some(sqlite)), ("PostgreSQL", postgres)];
    let mut group = criterion.benchmark_group("usage");
    group.sample_size(10);
    for (name, url) in databases {
        let Some(url) = url else { continue };
        let (store, today) = runtime.block_on(store(&url));
        let spans = [("30 days", UsagePeriod::ThirtyDays.begins(today)), ("a year", today.plus(-364))];
        for (span, from) in spans {
            group.bench_function(format!("{name}, {span} of a million rows"), |bencher| {
                bencher.iter(|| {
                    let report = runtime.block_on(store.usage(&FIRST_ACTOR, from, today)).expect("a report");
                    assert!(report.sums.requests > 0, "there is something to show");
                    black_box(charts::draw(&report, Measure::Cost))
                });
            });
        }
        group.bench_function(format!("{name}, the sums of a chat"), |bencher| {
            bencher.iter(|| runtime.block_on(store.chat_usage(&FIRST_ACTOR, ChatId(FIRST_USER.0))).expect("sums"));
        });
    }
}

criterion_group!(benches, page);
criterion_main!(benches);
