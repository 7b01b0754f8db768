//! Sales experts of a workspace.

use sqlx::AssertSqlSafe;

use super::{
    Result, Store, StoreError,
    catalogue::EXPERTS,
    images::{self, ImageOwner},
    rows::parse,
    write::Write,
};
use crate::domain::{
    actor::Actor,
    catalogue::{Expert, ExpertSummary},
    id::ExpertId,
    model::ModelRef,
};

/// An expert's part of a row.
#[derive(sqlx::FromRow)]
pub(super) struct SummaryRow {
    pub id: String,
    pub name: String,
    pub title: String,
    pub portrait_id: Option<String>,
    pub archived_at: Option<i64>,
    pub provider_id: Option<String>,
    pub model: Option<String>,
}

/// The columns of [`SummaryRow`], of what is called `e` in the query.
const SUMMARY: &str = "e.id, e.name, e.title, e.portrait_id, e.archived_at, e.provider_id, e.model";

impl SummaryRow {
    pub(super) fn summary(self) -> Result<ExpertSummary> {
        let provider = self.provider_id.as_deref().map(parse).transpose()?;
        Ok(ExpertSummary {
            id: parse(&self.id)?,
            name: self.name,
            title: self.title,
            portrait: self.portrait_id.as_deref().map(parse).transpose()?,
            model: self.model.map(|model| ModelRef { provider, model }),
            archived: self.archived_at.is_some(),
        })
    }
}

impl Store {
    /// The experts of the actor's workspace, by name; archived ones if they are asked for.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_experts(&self, actor: &Actor, archived: bool) -> Result<Vec<ExpertSummary>> {
        let sql = format!(
            "SELECT {SUMMARY} FROM experts e
             WHERE e.workspace_id = $1 AND (e.archived_at IS NULL OR $2 = 1) ORDER BY lower(e.name), e.id"
        );
        let rows: Vec<SummaryRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(actor.workspace.to_string())
            .bind(i64::from(archived))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.into_iter().map(SummaryRow::summary).collect()
    }

    /// An expert of the actor's workspace.
    ///
    /// # Errors
    /// `NotFound` if they are not there for this actor.
    pub async fn expert(&self, actor: &Actor, expert: ExpertId) -> Result<Expert> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            summary: SummaryRow,
            instructions: String,
        }
        let sql = format!("SELECT {SUMMARY}, e.instructions FROM experts e WHERE e.id = $1 AND e.workspace_id = $2");
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(expert.to_string())
            .bind(actor.workspace.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Row { summary, instructions } = row.ok_or(StoreError::NotFound)?;
        Ok(Expert { summary: summary.summary()?, workspace: actor.workspace, instructions })
    }

    /// Keeps an expert, new or changed; the portrait stays as it is. Twice is as good as once.
    ///
    /// # Errors
    /// `NotFound` if the id is one of another workspace; `Conflict` if there are too many.
    pub async fn save_expert(&self, actor: &Actor, expert: Expert) -> Result<()> {
        let mut tx = self.write().await?;
        let id = expert.summary.id.to_string();
        EXPERTS.check_room(&mut tx, actor, &id).await?;
        let model = expert.summary.model;
        let provider = model.as_ref().and_then(|model| model.provider);
        let kept = sqlx::query(
            "INSERT INTO experts (id, workspace_id, name, title, instructions, model, created_at, updated_at, provider_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = excluded.title,
                 instructions = excluded.instructions, model = excluded.model, provider_id = excluded.provider_id,
                 updated_at = excluded.updated_at
             WHERE experts.workspace_id = excluded.workspace_id",
        )
        .bind(id)
        .bind(actor.workspace.to_string())
        .bind(expert.summary.name)
        .bind(expert.summary.title)
        .bind(expert.instructions)
        .bind(model.map(|model| model.model))
        .bind(tx.now)
        .bind(provider.map(|provider| provider.to_string()))
        .execute(&mut *tx)
        .await?;
        if kept.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        tx.commit().await
    }

    /// Gives an expert another picture in place of the one that they have, or none.
    ///
    /// # Errors
    /// `NotFound` if they are not there for this actor.
    pub async fn set_portrait(&self, actor: &Actor, expert: ExpertId, picture: Option<(&str, &[u8])>) -> Result<()> {
        let mut tx = self.write().await?;
        let old = portrait(&mut tx, actor, expert).await?;
        let owner = ImageOwner::Workspace(actor.workspace);
        let new = match picture {
            Some((media_type, data)) => Some(images::insert(&mut tx, owner, media_type, data).await?.to_string()),
            None => None,
        };
        sqlx::query("UPDATE experts SET portrait_id = $3, updated_at = $4 WHERE id = $1 AND workspace_id = $2")
            .bind(expert.to_string())
            .bind(actor.workspace.to_string())
            .bind(new)
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        forget(&mut tx, actor, old).await?;
        tx.commit().await
    }

    /// Deletes an expert, with the portrait; one that chats use is archived.
    ///
    /// # Errors
    /// `NotFound` if they are not there for this actor.
    pub async fn delete_expert(&self, actor: &Actor, expert: ExpertId) -> Result<()> {
        let mut tx = self.write().await?;
        let portrait = portrait(&mut tx, actor, expert).await?;
        EXPERTS.remove(&mut tx, actor, &expert.to_string()).await?;
        forget(&mut tx, actor, portrait).await?;
        tx.commit().await
    }

    /// Takes an expert out of the archive.
    ///
    /// # Errors
    /// `NotFound` if they are not there for this actor.
    pub async fn restore_expert(&self, actor: &Actor, expert: ExpertId) -> Result<()> {
        let mut tx = self.write().await?;
        EXPERTS.restore(&mut tx, actor, &expert.to_string()).await?;
        tx.commit().await
    }
}

/// The portrait of an expert who stays as they are until the transaction ends: it is not replaced twice at once.
async fn portrait(tx: &mut Write, actor: &Actor, expert: ExpertId) -> Result<Option<String>> {
    let found: Option<(Option<String>,)> = sqlx::query_as(
        "UPDATE experts SET updated_at = updated_at WHERE id = $1 AND workspace_id = $2 RETURNING portrait_id",
    )
    .bind(expert.to_string())
    .bind(actor.workspace.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.ok_or(StoreError::NotFound)?.0)
}

/// Removes a picture that no expert has any more.
async fn forget(tx: &mut Write, actor: &Actor, picture: Option<String>) -> Result<()> {
    let Some(picture) = picture else { return Ok(()) };
    sqlx::query(
        "DELETE FROM images WHERE id = $1 AND workspace_id = $2
             AND NOT EXISTS (SELECT 1 FROM experts e WHERE e.portrait_id = $1)",
    )
    .bind(picture)
    .bind(actor.workspace.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
