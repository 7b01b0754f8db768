//! What the admins of a workspace settle for all of its chats beside how models are asked: who makes titles, and whether
//! what people write is checked before it is sent.

use super::{Result, Store, rows::parse, write::Write};
use crate::domain::{
    actor::Actor,
    id::{ChatId, ProviderId, WorkspaceId},
    model::ModelRef,
};

impl Store {
    /// Whether what people write in the actor's workspace is checked before it is sent.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn moderation(&self, actor: &Actor) -> Result<bool> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT moderation FROM workspace_settings WHERE workspace_id = $1")
            .bind(actor.workspace.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(row.is_some_and(|(on,)| on != 0))
    }

    /// The same of the workspace of a chat, for whoever writes its replies.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn moderates(&self, chat: ChatId) -> Result<bool> {
        let row: Option<(i64,)> = sqlx::query_as(
            "SELECT s.moderation FROM chats c JOIN workspace_settings s ON s.workspace_id = c.workspace_id WHERE c.id = $1",
        )
        .bind(chat.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(row.is_some_and(|(on,)| on != 0))
    }

    /// Has what people write in the actor's workspace checked before it is sent, or not any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_moderation(&self, actor: &Actor, on: bool) -> Result<()> {
        let mut tx = self.write().await?;
        settings_row(&mut tx, actor).await?;
        sqlx::query("UPDATE workspace_settings SET moderation = $2, updated_at = $3 WHERE workspace_id = $1")
            .bind(actor.workspace.to_string())
            .bind(i64::from(on))
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Which model the admins of a workspace have chosen for titles; none if it is left to the server.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn title_model(&self, workspace: WorkspaceId) -> Result<Option<ModelRef>> {
        let row: Option<(Option<String>, Option<String>)> =
            sqlx::query_as("SELECT title_provider_id, title_model FROM workspace_settings WHERE workspace_id = $1")
                .bind(workspace.to_string())
                .fetch_optional(&mut *self.reader().await?)
                .await?;
        let Some((provider, Some(model))) = row else { return Ok(None) };
        let provider: Option<ProviderId> = provider.as_deref().map(parse).transpose()?;
        Ok(Some(ModelRef { provider, model }))
    }

    /// Says which model makes the titles of the actor's workspace; none to leave it to the server.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_title_model(&self, actor: &Actor, model: Option<ModelRef>) -> Result<()> {
        let mut tx = self.write().await?;
        settings_row(&mut tx, actor).await?;
        let provider = model.as_ref().and_then(|model| model.provider).map(|provider| provider.to_string());
        sqlx::query(
            "UPDATE workspace_settings SET title_provider_id = $2, title_model = $3, updated_at = $4
             WHERE workspace_id = $1",
        )
        .bind(actor.workspace.to_string())
        .bind(provider)
        .bind(model.map(|model| model.model))
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

/// Makes the row of a workspace that has said nothing yet.
async fn settings_row(tx: &mut Write, actor: &Actor) -> Result<()> {
    sqlx::query("INSERT INTO workspace_settings (workspace_id, updated_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(actor.workspace.to_string())
        .bind(tx.now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
