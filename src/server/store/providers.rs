//! Providers: those of the operator, which are there for every workspace, and those of a workspace.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    rows::parse,
    wakes::Wake,
    walls::hold_workspace,
    write::Write,
};
use crate::{
    domain::{
        actor::Actor,
        audit::AuditAction,
        id::{ProviderId, WorkspaceId},
        limits::PROVIDERS_PER_WORKSPACE,
        provider::Provider,
    },
    texts::providers as texts,
};

/// The columns of [`Row`], of what is called `p` in the query.
const COLUMNS: &str = "p.id, p.workspace_id, p.name, p.base_url, p.sealed_key, p.enabled, p.listed_at, p.problem";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    workspace_id: Option<String>,
    name: String,
    base_url: String,
    sealed_key: Option<String>,
    enabled: i64,
    listed_at: Option<i64>,
    problem: Option<String>,
}

impl Row {
    fn provider(self) -> Result<Provider> {
        // Where the operator's are is nobody else's business.
        let base_url = if self.workspace_id.is_some() { self.base_url } else { String::new() };
        Ok(Provider {
            id: parse(&self.id)?,
            name: self.name,
            base_url,
            has_key: self.sealed_key.is_some(),
            of_operator: self.workspace_id.is_none(),
            enabled: self.enabled != 0,
            listed_at: self.listed_at,
            problem: self.problem,
        })
    }
}

/// A provider to be kept.
#[derive(Clone, Debug)]
pub struct NewProvider {
    /// Its id, made by whoever entered it.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub base_url: String,
    /// Its key, sealed; none for the one that is kept, as long as the address stays the same.
    pub sealed_key: Option<String>,
}

/// A provider that the operator has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetProvider {
    /// Its id, the same on every node.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub base_url: String,
}

/// How a provider of a workspace is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its address.
    pub base_url: String,
    /// Its key, sealed.
    pub sealed_key: Option<String>,
    /// Whether it may be asked.
    pub enabled: bool,
    /// When it was changed: what is known of it holds until it is again.
    pub updated_at: i64,
}

impl Store {
    /// The providers that there are for a workspace: the operator's first, then by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn providers(&self, workspace: WorkspaceId) -> Result<Vec<Provider>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM providers p WHERE p.workspace_id IS NULL OR p.workspace_id = $1
             ORDER BY CASE WHEN p.workspace_id IS NULL THEN 0 ELSE 1 END, lower(p.name), p.id"
        );
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(workspace.to_string())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.into_iter().map(Row::provider).collect()
    }

    /// A provider that there is for the actor's workspace, with how many models it has that are not gone.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn provider(&self, actor: &Actor, provider: ProviderId) -> Result<(Provider, u64)> {
        let sql = format!(
            "SELECT {COLUMNS} FROM providers p WHERE p.id = $1 AND (p.workspace_id IS NULL OR p.workspace_id = $2)"
        );
        let mut reader = self.reader().await?;
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(provider.to_string())
            .bind(actor.workspace.to_string())
            .fetch_optional(&mut *reader)
            .await?;
        let found = row.ok_or(StoreError::NotFound)?.provider()?;
        let (models,): (i64,) =
            sqlx::query_as("SELECT count(*) FROM models m WHERE m.provider_id = $1 AND m.available = 1")
                .bind(provider.to_string())
                .fetch_one(&mut *reader)
                .await?;
        Ok((found, models.unsigned_abs()))
    }

    /// Keeps a provider of the actor's workspace, new or changed. Twice is as good as once. At another address it is
    /// another one: the key that was kept for the old address is gone, and models that it had are not available until it
    /// lists them; what admins said of them stays.
    ///
    /// # Errors
    /// `NotFound` if the id is not one of this workspace's; `Conflict` if there are too many.
    pub async fn save_provider(&self, actor: &Actor, provider: NewProvider) -> Result<()> {
        // What clients make is of version 7; others are the operator's, whose ids follow from their names.
        if provider.id.0.get_version_num() != 7 {
            return Err(StoreError::NotFound);
        }
        let mut tx = self.write().await?;
        let id = provider.id.to_string();
        hold_workspace(&mut tx, actor).await?;
        check_room(&mut tx, actor, &id).await?;
        let before = hold(&mut tx, actor, &id).await?;
        if before.as_ref().is_some_and(|before| *before != provider.base_url) {
            forget_models(&mut tx, &id).await?;
        }
        let kept = sqlx::query(
            "INSERT INTO providers (id, workspace_id, name, base_url, sealed_key, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, base_url = excluded.base_url,
                 sealed_key = coalesce(excluded.sealed_key,
                     CASE WHEN providers.base_url = excluded.base_url THEN providers.sealed_key END),
                 listed_at = CASE WHEN providers.base_url = excluded.base_url THEN providers.listed_at END,
                 problem = NULL, asked_at = NULL, updated_at = excluded.updated_at
             WHERE providers.workspace_id = excluded.workspace_id",
        )
        .bind(id)
        .bind(actor.workspace.to_string())
        .bind(provider.name.clone())
        .bind(provider.base_url.clone())
        .bind(provider.sealed_key.clone())
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        if kept.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        let action = if before.is_some() { AuditAction::ProviderChanged } else { AuditAction::ProviderAdded };
        let said = texts::saved(&provider.base_url, provider.sealed_key.is_some());
        let entry = Entry::of(action, &provider.name).by_actor(actor).saying(&said);
        audit::record(&mut tx, entry, actor.origin).await?;
        tx.wake(Wake::Models(Some(actor.workspace)));
        tx.commit().await
    }

    /// Lets the models of a provider of the actor's workspace be chosen, or not.
    ///
    /// # Errors
    /// `NotFound` if it is not one of this workspace's.
    pub async fn switch_provider(&self, actor: &Actor, provider: ProviderId, enabled: bool) -> Result<()> {
        let mut tx = self.write().await?;
        let found: Option<(String,)> = sqlx::query_as(
            "UPDATE providers SET enabled = $3, updated_at = $4 WHERE id = $1 AND workspace_id = $2 RETURNING name",
        )
        .bind(provider.to_string())
        .bind(actor.workspace.to_string())
        .bind(i64::from(enabled))
        .bind(tx.now)
        .fetch_optional(&mut *tx)
        .await?;
        let (name,) = found.ok_or(StoreError::NotFound)?;
        let said = if enabled { texts::SWITCHED_ON } else { texts::SWITCHED_OFF };
        let entry = Entry::of(AuditAction::ProviderChanged, &name).by_actor(actor).saying(said);
        audit::record(&mut tx, entry, actor.origin).await?;
        tx.wake(Wake::Models(Some(actor.workspace)));
        tx.commit().await
    }

    /// Deletes a provider of the actor's workspace, with its key and its models. What they answered stays.
    ///
    /// # Errors
    /// `NotFound` if it is not one of this workspace's; `Conflict` while a reply is written, which is billed by its prices.
    pub async fn delete_provider(&self, actor: &Actor, provider: ProviderId) -> Result<()> {
        let mut tx = self.write().await?;
        if hold(&mut tx, actor, &provider.to_string()).await?.is_some() && runs(&mut tx, provider).await? {
            return Err(StoreError::Conflict(texts::IN_USE));
        }
        let found: Option<(String,)> =
            sqlx::query_as("DELETE FROM providers WHERE id = $1 AND workspace_id = $2 RETURNING name")
                .bind(provider.to_string())
                .bind(actor.workspace.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        let (name,) = found.ok_or(StoreError::NotFound)?;
        audit::record(&mut tx, Entry::of(AuditAction::ProviderDeleted, &name).by_actor(actor), actor.origin).await?;
        tx.wake(Wake::Models(Some(actor.workspace)));
        tx.commit().await
    }

    /// The key that is kept for a provider of the actor's workspace at this address, sealed; none if it was kept for another.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sealed_key(&self, actor: &Actor, provider: ProviderId, base_url: &str) -> Result<Option<String>> {
        let found: Option<(Option<String>,)> = sqlx::query_as(
            "SELECT p.sealed_key FROM providers p WHERE p.id = $1 AND p.workspace_id = $2 AND p.base_url = $3",
        )
        .bind(provider.to_string())
        .bind(actor.workspace.to_string())
        .bind(base_url.to_owned())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(found.and_then(|(key,)| key))
    }

    /// The address of a provider of whomever; none if it is gone.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn provider_address(&self, provider: ProviderId) -> Result<Option<String>> {
        let found: Option<(String,)> = sqlx::query_as("SELECT p.base_url FROM providers p WHERE p.id = $1")
            .bind(provider.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(found.map(|(address,)| address))
    }

    /// How a provider of any workspace is asked, for a reply whose terms were settled in that workspace; none for the
    /// operator's.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn access_to_provider(&self, provider: ProviderId) -> Result<Option<Access>> {
        let found: Option<(String, Option<String>, i64, i64)> = sqlx::query_as(
            "SELECT p.base_url, p.sealed_key, p.enabled, p.updated_at FROM providers p
             WHERE p.id = $1 AND p.workspace_id IS NOT NULL",
        )
        .bind(provider.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(found.map(|(base_url, sealed_key, enabled, updated_at)| Access {
            base_url,
            sealed_key,
            enabled: enabled != 0,
            updated_at,
        }))
    }

    /// Keeps the providers that the operator has set, as they are set now; others that were are not there any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_operators_providers(&self, all: &[SetProvider]) -> Result<()> {
        let mut tx = self.write().await?;
        for SetProvider { id, name, base_url } in all {
            let id = id.to_string();
            let before: Option<(String,)> =
                sqlx::query_as("UPDATE providers SET updated_at = updated_at WHERE id = $1 RETURNING base_url")
                    .bind(id.clone())
                    .fetch_optional(&mut *tx)
                    .await?;
            if before.is_some_and(|(before,)| before != *base_url) {
                forget_models(&mut tx, &id).await?;
            }
            sqlx::query(
                "INSERT INTO providers (id, name, base_url, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, base_url = excluded.base_url, enabled = 1,
                     listed_at = CASE WHEN providers.base_url = excluded.base_url THEN providers.listed_at END,
                     asked_at = CASE WHEN providers.base_url = excluded.base_url THEN providers.asked_at END,
                     updated_at = excluded.updated_at",
            )
            .bind(id)
            .bind(name.clone())
            .bind(base_url.clone())
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("UPDATE providers SET enabled = 0 WHERE workspace_id IS NULL AND updated_at <> $1")
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        tx.wake(Wake::Models(None));
        tx.commit().await
    }
}

/// Whether there is room for this one, or it is there already.
async fn check_room(connection: &mut AnyConnection, actor: &Actor, id: &str) -> Result<()> {
    let (others,): (i64,) = sqlx::query_as("SELECT count(*) FROM providers p WHERE p.workspace_id = $1 AND p.id <> $2")
        .bind(actor.workspace.to_string())
        .bind(id.to_owned())
        .fetch_one(connection)
        .await?;
    if others < PROVIDERS_PER_WORKSPACE { Ok(()) } else { Err(StoreError::Conflict(texts::FULL)) }
}

/// Whether a reply of a provider's is being written, or waits for it.
async fn runs(tx: &mut Write, provider: ProviderId) -> Result<bool> {
    let sql = "SELECT 1 FROM messages WHERE provider_id = $1 AND status IN ('queued', 'streaming') LIMIT 1";
    Ok(sqlx::query(sql).bind(provider.to_string()).fetch_optional(&mut **tx).await?.is_some())
}

/// Holds a provider of the actor's workspace, before anything that belongs to it, as whoever keeps its list does. Returns
/// its address, if it is there.
async fn hold(tx: &mut Write, actor: &Actor, id: &str) -> Result<Option<String>> {
    let found: Option<(String,)> = sqlx::query_as(
        "UPDATE providers SET updated_at = updated_at WHERE id = $1 AND workspace_id = $2 RETURNING base_url",
    )
    .bind(id.to_owned())
    .bind(actor.workspace.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.map(|(address,)| address))
}

/// Makes the models of a provider that moves unavailable. Those are deleted of which admins said nothing, and by whose
/// prices no running reply is billed.
async fn forget_models(tx: &mut Write, provider: &str) -> Result<()> {
    for sql in [
        "DELETE FROM models WHERE provider_id = $1
             AND NOT EXISTS (SELECT 1 FROM model_edits e WHERE e.model_id = models.id)
             AND NOT EXISTS (SELECT 1 FROM messages a WHERE a.provider_id = models.provider_id
                 AND a.model = models.model AND a.status IN ('queued', 'streaming'))",
        "UPDATE models SET available = 0 WHERE provider_id = $1",
    ] {
        sqlx::query(sql).bind(provider.to_owned()).execute(&mut **tx).await?;
    }
    Ok(())
}
