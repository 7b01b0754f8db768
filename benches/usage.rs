//! How long the page of usage takes for a workspace with a million rows of usage, whether they come to 73,000 sums by
//! day, person and model or each to a sum of its own, beside what the database needs to add those sums up once; and how
//! long the sums of one of its chats take. On SQLite, and on PostgreSQL too if `DATABASE_URL` names an empty database of
//! one.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that panics has failed, which is what it is for")]

mod shared;

use criterion::{Criterion, criterion_group, criterion_main};
use parlance::{
    domain::{
        actor::Actor,
        day::Day,
        id::{ChatId, WorkspaceId},
        limits::MESSAGES_PER_CHAT,
        usage::{Charts, Measure, UsagePeriod},
    },
    server::{
        access::{FIRST, FIRST_ACTOR, FIRST_WORKSPACE},
        charts,
        store::{DEFAULT_CONNECTIONS, Store},
    },
};
use shared::{Figure, databases};
use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Rows of usage of each workspace, and the days over which they are spread.
const ROWS: i64 = 1_000_000;
const DAYS: i64 = 365;
/// Over how many chats: each has as many rows as it may have messages, which is more than it can have replies.
const CHATS: i64 = ROWS / MESSAGES_PER_CHAT;
/// All people who are there: as many as the largest workspace has.
const EVERYBODY: i64 = 250;

/// A workspace with a million rows of usage.
struct Workspace {
    id: WorkspaceId,
    /// One of its chats.
    chat: ChatId,
    /// What its rows come to.
    name: &'static str,
    /// Who asks on each day, and how many models.
    people: i64,
    models: i64,
}

impl Workspace {
    /// A team, and a company in which everybody asks each of eleven models every day: more sums no workspace will have.
    fn all() -> [Self; 2] {
        let of = |id, name, people, models| Self { id, chat: ChatId::new(), name, people, models };
        [of(FIRST_WORKSPACE, "73,000 sums", 50, 4), of(WorkspaceId::new(), "a million sums", EVERYBODY, 11)]
    }

    fn sums(&self) -> i64 {
        ROWS.min(self.people * self.models * DAYS)
    }

    fn owner(&self) -> Actor {
        Actor { workspace: self.id, ..FIRST_ACTOR }
    }

    /// Fills it, past the store: by its own transactions that would take hours.
    async fn fill(&self, connection: &mut AnyConnection, today: i64) {
        let Self { id, chat, people, models, .. } = self;
        let sql = format!(
            "INSERT INTO workspaces (id, name, created_at) VALUES ('{id}', 'Workspace', 1) ON CONFLICT DO NOTHING"
        );
        execute(connection, sql).await;
        // Each row is of another day than the one before, once these are over of another person, then of another model.
        let sql = format!(
            "{} INSERT INTO usage_entries (id, kind, workspace_id, user_id, chat_id, provider_id, provider, model,
                 status, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, total_tokens, cost,
                 estimated, day, created_at)
             SELECT '{id}-' || CAST(i AS TEXT), 'reply', '{id}', {},
                 CASE WHEN i % {CHATS} = 0 THEN '{chat}' ELSE 'chat-' || CAST(i % {CHATS} AS TEXT) END, 'p', 'Provider',
                 'model-' || CAST(i / {} % {models} AS TEXT), 'complete', 700, 300, 0, 0, 1000, 12345, 0,
                 {today} - (i % {DAYS}), 1 FROM n",
            numbers(ROWS),
            person(&format!("i / {DAYS} % {people}")),
            DAYS * people,
        );
        execute(connection, sql).await;
        let sql = format!(
            "INSERT INTO usage_days (workspace_id, day, user_id, provider, model, requests, prompt_tokens,
                 completion_tokens, reasoning_tokens, cached_tokens, cost, unpriced)
             SELECT workspace_id, day, user_id, provider, model, count(*), sum(prompt_tokens), sum(completion_tokens),
                 0, 0, sum(cost), 0 FROM usage_entries WHERE workspace_id = '{id}'
             GROUP BY workspace_id, day, user_id, provider, model"
        );
        assert_eq!(execute(connection, sql).await, self.sums().unsigned_abs(), "{}", self.name);
    }

    /// What is compared with: its sums of some days, read and added up once. Returns what they cost.
    async fn added_up(&self, connection: &mut AnyConnection, from: Day, to: Day) -> i64 {
        let sql =
            "SELECT CAST(sum(cost) AS BIGINT) FROM usage_days WHERE workspace_id = $1 AND day >= $2 AND day <= $3";
        let query = sqlx::query_as(sql).bind(self.id.to_string()).bind(from.number()).bind(to.number());
        let (cost,): (i64,) = query.fetch_one(connection).await.expect("a sum");
        cost
    }

    /// The page of some days.
    async fn page(&self, store: &Store, from: Day, to: Day) -> Charts {
        let report = store.usage(&self.owner(), from, to).await.expect("a report");
        assert!(report.sums.requests > 0, "there is something to show");
        charts::draw(&report, Measure::Cost)
    }
}

/// A table `n` with the numbers `i` from 0 on, so many of them, to be followed by a statement.
fn numbers(count: i64) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1)")
}

fn person(number: &str) -> String {
    format!("'person-' || CAST({number} AS TEXT)")
}

/// Returns how many rows it concerned.
async fn execute(connection: &mut AnyConnection, sql: String) -> u64 {
    let done = sqlx::query(AssertSqlSafe(sql)).execute(connection).await.expect("a statement that works");
    done.rows_affected()
}

/// A database with these workspaces, a way to it past the store, and the last of the days.
async fn filled(url: &str, workspaces: &[Workspace]) -> (Store, AnyConnection, Day) {
    let store = Store::open(url, DEFAULT_CONNECTIONS).await.expect("a database");
    store.ensure_first(FIRST).await.expect("a person");
    let today = Day::of(store.now());
    let mut connection = AnyConnection::connect(url).await.expect("a database");
    let (numbers, person) = (numbers(EVERYBODY), person("i"));
    let sql = format!("{numbers} INSERT INTO users (id, name, created_at) SELECT {person}, 'Person', 1 FROM n");
    execute(&mut connection, sql).await;
    for workspace in workspaces {
        workspace.fill(&mut connection, today.number()).await;
    }
    (store, connection, today)
}

fn page(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let data = TempDir::new().expect("a temporary folder");
    let mut group = criterion.benchmark_group("usage");
    group.sample_size(10);
    for (name, url) in databases(&data) {
        let workspaces = Workspace::all();
        let (store, mut connection, today) = runtime.block_on(filled(&url, &workspaces));
        for workspace in &workspaces {
            let spans = [("30 days", UsagePeriod::ThirtyDays.begins(today)), ("a year", today.plus(1 - DAYS))];
            for (span, from) in spans {
                let what = format!("{name}, {span} of a million rows in {}", workspace.name);
                let (mut page, mut once) = (Figure::default(), Figure::default());
                group.bench_function(&what, |bencher| {
                    let read = || runtime.block_on(workspace.page(&store, from, today));
                    bencher.iter_custom(|times| page.time(times, || (), |()| read()));
                });
                group.bench_function(format!("{what}, added up once"), |bencher| {
                    let mut add = || runtime.block_on(workspace.added_up(&mut connection, from, today));
                    bencher.iter_custom(|times| once.time(times, || (), |()| add()));
                });
                page.compare(&what, ("as long as to add the same sums up once", &once));
            }
        }
        let [team, _] = &workspaces;
        group.bench_function(format!("{name}, the sums of a chat of 1,000 replies"), |bencher| {
            bencher.iter(|| {
                let sums = runtime.block_on(store.chat_usage(&team.owner(), team.chat)).expect("sums");
                assert_eq!(sums.requests, MESSAGES_PER_CHAT.unsigned_abs(), "they are of the chat");
                sums
            });
        });
        runtime.block_on(connection.close()).expect("a connection to close");
    }
}

criterion_group!(benches, page);
criterion_main!(benches);
