//! What was used: a row a reply, a title, a check, and their sums by day, changed in the same transaction.
//!
//! The order in which rows are held is the same for all: the workspaces (by the rows that refer to them), their budgets, the
//! periods of those, the sums of the day. So nobody waits for whoever waits for them.

use std::{
    collections::{BTreeMap, HashSet},
    sync::LazyLock,
};

use super::{Result, Store, batch::Batch, reservations, rows::to_i64, write::Write};
use crate::domain::{
    day::Day,
    id::{ChatId, MessageId, ProviderId, UserId, WorkspaceId},
    model::Prices,
    money::Money,
    reply::Usage,
    usage::UsageKind,
    worst::MOST_OF_ONE,
};

/// The most tokens of one row: a thousand times what the largest models read. Whatever a provider says, sums fit.
const MOST_TOKENS: u64 = 1_000_000_000;

/// What something used that is no reply.
#[derive(Clone, Debug)]
pub struct Used {
    /// What for.
    pub kind: UsageKind,
    /// Where.
    pub workspace: WorkspaceId,
    /// For whom.
    pub user: UserId,
    /// In which chat.
    pub chat: ChatId,
    /// Whose model.
    pub provider: Option<ProviderId>,
    /// Which model.
    pub model: String,
    /// How much.
    pub usage: Usage,
}

/// A row to be written, ids and words as text.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub id: String,
    pub kind: UsageKind,
    pub workspace: String,
    pub user: String,
    pub chat: String,
    pub provider_id: String,
    pub provider: String,
    pub model: String,
    pub status: String,
    pub used: Usage,
    pub prices: Prices,
}

impl Entry {
    fn cost(&self) -> Option<i64> {
        self.prices.cost_of(&self.usage()).map(|cost| cost.0.min(MOST_OF_ONE))
    }

    /// Within what sums can take.
    fn usage(&self) -> Usage {
        let Usage { prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, estimated } = self.used;
        let (prompt_tokens, completion_tokens) = (prompt_tokens.min(MOST_TOKENS), completion_tokens.min(MOST_TOKENS));
        Usage {
            prompt_tokens,
            completion_tokens,
            reasoning_tokens: reasoning_tokens.map(|tokens| tokens.min(completion_tokens)),
            cached_tokens: cached_tokens.map(|tokens| tokens.min(prompt_tokens)),
            estimated,
        }
    }

    /// What it adds to the sums.
    pub fn sums(&self) -> Added {
        let usage = self.usage();
        let cost = self.cost();
        Added {
            requests: i64::from(self.kind == UsageKind::Reply),
            prompt: to_i64(usage.prompt_tokens),
            completion: to_i64(usage.completion_tokens),
            reasoning: to_i64(usage.reasoning_tokens.unwrap_or_default()),
            cached: to_i64(usage.cached_tokens.unwrap_or_default()),
            cost: cost.unwrap_or_default(),
            unpriced: i64::from(cost.is_none()),
        }
    }
}

/// What is added to a row of sums.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Added {
    pub requests: i64,
    pub prompt: i64,
    pub completion: i64,
    pub reasoning: i64,
    pub cached: i64,
    pub cost: i64,
    pub unpriced: i64,
}

impl Added {
    fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            prompt: self.prompt + other.prompt,
            completion: self.completion + other.completion,
            reasoning: self.reasoning + other.reasoning,
            cached: self.cached + other.cached,
            cost: self.cost + other.cost,
            unpriced: self.unpriced + other.unpriced,
        }
    }
}

static INSERT_ENTRIES: LazyLock<Batch> = LazyLock::new(|| {
    let columns = [
        "id",
        "kind",
        "workspace_id",
        "user_id",
        "chat_id",
        "provider_id",
        "provider",
        "model",
        "status",
        "prompt_tokens",
        "completion_tokens",
        "reasoning_tokens",
        "cached_tokens",
        "cost",
        "estimated",
        "day",
        "created_at",
    ];
    let names = columns.join(", ");
    // A column of nulls alone would be text.
    let values = names.replace("cost", "CAST(cost AS BIGINT)");
    let statement = format!(
        "INSERT INTO usage_entries ({names}, total_tokens)
         SELECT {values}, prompt_tokens + completion_tokens FROM given WHERE id IS NOT NULL
         ON CONFLICT (id) DO NOTHING RETURNING id"
    );
    Batch::new(columns, &statement)
});

static ADD_TO_DAYS: LazyLock<Batch> = LazyLock::new(|| {
    let keys = ["workspace_id", "day", "user_id", "provider", "model"];
    let sums =
        ["requests", "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cost", "unpriced"];
    let [a, b, c, d, e] = keys;
    let [f, g, h, i, j, k, l] = sums;
    let names = [keys.join(", "), sums.join(", ")].join(", ");
    let grown = sums.map(|sum| format!("{sum} = usage_days.{sum} + excluded.{sum}")).join(", ");
    let statement = format!(
        "INSERT INTO usage_days ({names}) SELECT {names} FROM given WHERE workspace_id IS NOT NULL
         ON CONFLICT ({}) DO UPDATE SET {grown}",
        keys.join(", ")
    );
    Batch::new([a, b, c, d, e, f, g, h, i, j, k, l], &statement)
});

impl Store {
    /// Notes what something used that is no reply, at what it costs in the workspace by now.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_usage(&self, used: Used) -> Result<()> {
        let mut tx = self.write().await?;
        let (provider, prices) = price(&mut tx, &used).await?;
        let entry = Entry {
            id: MessageId::new().to_string(),
            kind: used.kind,
            workspace: used.workspace.to_string(),
            user: used.user.to_string(),
            chat: used.chat.to_string(),
            provider_id: used.provider.map(|provider| provider.to_string()).unwrap_or_default(),
            provider,
            model: used.model,
            status: crate::domain::message::Status::Complete.as_str().to_owned(),
            used: used.usage,
            prices,
        };
        record(&mut tx, vec![entry]).await?;
        tx.commit().await
    }
}

/// What the provider of a model is called, and what the model costs in the workspace.
async fn price(tx: &mut Write, used: &Used) -> Result<(String, Prices)> {
    let row: Option<(String, Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT p.name, coalesce(e.input_price, o.input_price), coalesce(e.output_price, o.output_price)
         FROM providers p LEFT JOIN models o ON o.provider_id = p.id AND o.model = $2
         LEFT JOIN model_edits e ON e.model_id = o.id AND e.workspace_id = $3
         WHERE p.id = $1",
    )
    .bind(used.provider.map(|provider| provider.to_string()).unwrap_or_default())
    .bind(used.model.clone())
    .bind(used.workspace.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    let (name, input, output) = row.unwrap_or_default();
    Ok((name, Prices { input: input.map(Money), output: output.map(Money) }))
}

/// Writes rows, once each, and adds them to the sums and to the budgets that they concern; what replies among them had
/// reserved is given back.
pub(super) async fn record(tx: &mut Write, entries: Vec<Entry>) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let day = Day::of(tx.now);
    let written = insert(tx, &entries, day).await?;
    let fresh: Vec<&Entry> = entries.iter().filter(|entry| written.contains(&entry.id)).collect();
    reservations::settle(tx, &entries, &fresh, day).await?;
    add_to_days(tx, &fresh, day).await
}

/// Returns the ids of those that were not there yet.
async fn insert(tx: &mut Write, entries: &[Entry], day: Day) -> Result<HashSet<String>> {
    let now = tx.now;
    let mut written = HashSet::new();
    for (sql, rows) in INSERT_ENTRIES.over(entries) {
        let mut query = sqlx::query_as::<_, (String,)>(sql);
        for entry in rows {
            let text = |value: fn(&Entry) -> &str| entry.map(|entry| value(entry).to_owned());
            let sums = entry.map(Entry::sums);
            query = query
                .bind(text(|entry| &entry.id))
                .bind(text(|entry| entry.kind.as_str()))
                .bind(text(|entry| &entry.workspace))
                .bind(text(|entry| &entry.user))
                .bind(text(|entry| &entry.chat))
                .bind(text(|entry| &entry.provider_id))
                .bind(text(|entry| &entry.provider))
                .bind(text(|entry| &entry.model))
                .bind(text(|entry| &entry.status))
                .bind(sums.map(|sums| sums.prompt))
                .bind(sums.map(|sums| sums.completion))
                .bind(sums.map(|sums| sums.reasoning))
                .bind(sums.map(|sums| sums.cached))
                .bind(entry.and_then(Entry::cost))
                .bind(entry.map(|entry| i64::from(entry.used.estimated)))
                .bind(day.number())
                .bind(now);
        }
        written.extend(query.fetch_all(&mut **tx).await?.into_iter().map(|(id,)| id));
    }
    Ok(written)
}

/// The rows of sums in their order, so that two nodes never wait for each other.
async fn add_to_days(tx: &mut Write, entries: &[&Entry], day: Day) -> Result<()> {
    let mut sums: BTreeMap<[&str; 4], Added> = BTreeMap::new();
    for entry in entries {
        let sum = sums.entry([&entry.workspace, &entry.user, &entry.provider, &entry.model]).or_default();
        *sum = sum.and(entry.sums());
    }
    let sums: Vec<_> = sums.into_iter().collect();
    for (sql, rows) in ADD_TO_DAYS.over(&sums) {
        let mut query = sqlx::query(sql);
        for row in rows {
            let text = |at: usize| row.and_then(|(key, _)| key.get(at)).map(|&text| text.to_owned());
            let sum = |of: fn(&Added) -> i64| row.map(|(_, added)| of(added));
            query = query
                .bind(text(0))
                .bind(row.map(|_| day.number()))
                .bind(text(1))
                .bind(text(2))
                .bind(text(3))
                .bind(sum(|added| added.requests))
                .bind(sum(|added| added.prompt))
                .bind(sum(|added| added.completion))
                .bind(sum(|added| added.reasoning))
                .bind(sum(|added| added.cached))
                .bind(sum(|added| added.cost))
                .bind(sum(|added| added.unpriced));
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}
