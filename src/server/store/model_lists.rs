//! The models of the catalogue, as their providers list them.

use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{Result, Store, StoreError, providers::SetProvider, rows::parse, wakes::Wake, write::Write};
use crate::domain::{
    id::{ModelId, ProviderId},
    model_facts::ModelFacts,
    money::Money,
};

/// How many models go into one statement; each has [`COLUMNS`] values, and SQLite takes 32,766.
const AT_ONCE: usize = 200;

/// The columns that a list fills.
const COLUMNS: [&str; 14] = [
    "id",
    "provider_id",
    "model",
    "name",
    "description",
    "context_length",
    "max_output",
    "input_price",
    "output_price",
    "vision",
    "audio",
    "tools",
    "reasoning",
    "created_at",
];

/// A model's name, the length of its context and its prices.
type Listed = (String, Option<i64>, Option<i64>, Option<i64>);

/// A provider of whomever, for the operator.
#[derive(Clone, Debug)]
pub struct ListedProvider {
    /// What it is.
    pub set: SetProvider,
    /// Whether the operator set it.
    pub of_operator: bool,
    /// Whether a key is kept for it.
    pub has_key: bool,
    /// The models that it has, each under the name that it gives them.
    pub models: Vec<ModelFacts>,
}

impl Store {
    /// The providers whose lists were never read, or not for so long; all that may be asked with `None`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn providers_to_list(&self, older: Option<Duration>) -> Result<Vec<ProviderId>> {
        let before = older.map_or(i64::MAX, |older| self.now().saturating_sub(micros(older)));
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT p.id FROM providers p WHERE p.enabled = 1 AND (p.listed_at IS NULL OR p.listed_at < $1)
             ORDER BY CASE WHEN p.workspace_id IS NULL THEN 0 ELSE 1 END, lower(p.name), p.id",
        )
        .bind(before)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(|(id,)| parse(&id)).collect()
    }

    /// A provider of whomever, with the models that it has.
    ///
    /// # Errors
    /// `NotFound` if it is gone.
    pub async fn listed_provider(&self, provider: ProviderId) -> Result<ListedProvider> {
        let mut reader = self.reader().await?;
        let found: Option<(Option<String>, String, String, Option<String>)> =
            sqlx::query_as("SELECT p.workspace_id, p.name, p.base_url, p.sealed_key FROM providers p WHERE p.id = $1")
                .bind(provider.to_string())
                .fetch_optional(&mut *reader)
                .await?;
        let (workspace, name, base_url, key) = found.ok_or(StoreError::NotFound)?;
        let rows: Vec<Listed> = sqlx::query_as(
            "SELECT m.model, m.context_length, m.input_price, m.output_price FROM models m
             WHERE m.provider_id = $1 AND m.available = 1 ORDER BY lower(m.model), m.id",
        )
        .bind(provider.to_string())
        .fetch_all(&mut *reader)
        .await?;
        let facts = |(model, context, input, output): Listed| ModelFacts {
            name: Some(model),
            context_length: context.map(i64::unsigned_abs),
            input: input.map(Money),
            output: output.map(Money),
            ..ModelFacts::default()
        };
        Ok(ListedProvider {
            set: SetProvider { id: provider, name, base_url },
            of_operator: workspace.is_none(),
            has_key: key.is_some(),
            models: rows.into_iter().map(facts).collect(),
        })
    }

    /// Takes it on to read a provider's list; not if somebody else did so short a time ago.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_list(&self, provider: ProviderId, wait: Duration) -> Result<bool> {
        let mut tx = self.write().await?;
        // Long after now it was written by a clock that was wrong; a little after it, by somebody who came first.
        let claimed = sqlx::query(
            "UPDATE providers SET asked_at = $2 WHERE id = $1 AND (asked_at IS NULL OR asked_at < $3 OR asked_at > $4)",
        )
        .bind(provider.to_string())
        .bind(tx.now)
        .bind(tx.now.saturating_sub(micros(wait)))
        .bind(tx.now.saturating_add(micros(wait)))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(claimed.rows_affected() > 0)
    }

    /// Keeps what a provider lists at an address: what it does not list any more is not available. A provider that is gone
    /// or has moved meanwhile keeps nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_list(&self, provider: ProviderId, base_url: &str, models: &[(String, ModelFacts)]) -> Result<()> {
        let mut tx = self.write().await?;
        if !settle(&mut tx, provider, base_url, None).await? {
            return Ok(());
        }
        for some in models.chunks(AT_ONCE) {
            keep(&mut tx, provider, some).await?;
        }
        sqlx::query("UPDATE models SET available = 0 WHERE provider_id = $1 AND updated_at <> $2 AND available = 1")
            .bind(provider.to_string())
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Notes why a provider's list could not be read at an address, if it is still there. Its models stay as they are.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_problem(&self, provider: ProviderId, base_url: &str, problem: &str) -> Result<()> {
        let mut tx = self.write().await?;
        settle(&mut tx, provider, base_url, Some(problem)).await?;
        tx.commit().await
    }

    /// Keeps a model that somebody named, of a provider that lists none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_named_model(&self, provider: ProviderId, model: &str, facts: ModelFacts) -> Result<()> {
        let mut tx = self.write().await?;
        keep(&mut tx, provider, &[(model.to_owned(), facts)]).await?;
        wake(&mut tx, provider).await?;
        tx.commit().await
    }
}

/// Notes how the reading of a list at an address went; `false` if the provider is gone, or has another address by now.
async fn settle(tx: &mut Write, provider: ProviderId, base_url: &str, problem: Option<&str>) -> Result<bool> {
    let settled = sqlx::query(
        "UPDATE providers SET problem = $3, listed_at = CASE WHEN $4 = 1 THEN $5 ELSE listed_at END
         WHERE id = $1 AND base_url = $2",
    )
    .bind(provider.to_string())
    .bind(base_url.to_owned())
    .bind(problem.map(str::to_owned))
    .bind(i64::from(problem.is_none()))
    .bind(tx.now)
    .execute(&mut **tx)
    .await?;
    if settled.rows_affected() == 0 {
        return Ok(false);
    }
    wake(tx, provider).await?;
    Ok(true)
}

/// Tells whoever sees a provider that something of it has changed.
async fn wake(tx: &mut Write, provider: ProviderId) -> Result<()> {
    let found: Option<(Option<String>,)> = sqlx::query_as("SELECT p.workspace_id FROM providers p WHERE p.id = $1")
        .bind(provider.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    if let Some((workspace,)) = found {
        tx.wake(Wake::Models(workspace.as_deref().map(parse).transpose()?));
    }
    Ok(())
}

/// Keeps these models, each new or as it is said to be now.
async fn keep(tx: &mut Write, provider: ProviderId, models: &[(String, ModelFacts)]) -> Result<()> {
    let tuple = |row: usize| {
        let places: Vec<String> = (1..=COLUMNS.len()).map(|at| format!("${}", row * COLUMNS.len() + at)).collect();
        // It was changed when it was made.
        format!("({}, ${})", places.join(", "), (row + 1) * COLUMNS.len())
    };
    let tuples: Vec<String> = (0..models.len()).map(tuple).collect();
    let changed = COLUMNS.iter().skip(3).take(10).chain(&["updated_at"]);
    let changed: Vec<String> = changed.map(|column| format!("{column} = excluded.{column}")).collect();
    let sql = format!(
        "INSERT INTO models ({}, updated_at) VALUES {}
         ON CONFLICT (provider_id, model) DO UPDATE SET available = 1, {}",
        COLUMNS.join(", "),
        tuples.join(", "),
        changed.join(", ")
    );
    let (now, whether) = (tx.now, |has: Option<bool>| has.map(i64::from));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (model, facts) in models {
        query = query
            .bind(ModelId::new().to_string())
            .bind(provider.to_string())
            .bind(model.clone())
            .bind(facts.name.clone().unwrap_or_else(|| model.clone()))
            .bind(facts.description.clone().unwrap_or_default())
            .bind(facts.context_length.and_then(|tokens| i64::try_from(tokens).ok()))
            .bind(facts.max_output.and_then(|tokens| i64::try_from(tokens).ok()))
            .bind(facts.input.map(|price| price.0))
            .bind(facts.output.map(|price| price.0))
            .bind(whether(facts.vision))
            .bind(whether(facts.audio))
            .bind(whether(facts.tools))
            .bind(whether(facts.reasoning))
            .bind(now);
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
