//! How models are asked: what a chat says of it, and what holds in its workspace where it says nothing.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{
    Result, Store, StoreError,
    rows::{self, AUDIENCE_COLUMNS, VISIBLE, parse},
    wakes::Wake,
    write::Write,
};
use crate::domain::{
    actor::Actor,
    chat::Choice,
    id::{ChatId, WorkspaceId},
    model::ModelRef,
    settings::{Effort, Settings},
};

/// The columns of [`SettingsRow`], of what is called `s` in the query.
const COLUMNS: &str = "s.provider_id, s.model, s.system_prompt, s.temperature, s.max_tokens, s.reasoning_effort";

/// The settings' part of a row.
#[derive(sqlx::FromRow)]
pub(super) struct SettingsRow {
    provider_id: Option<String>,
    model: Option<String>,
    system_prompt: Option<String>,
    temperature: Option<f64>,
    max_tokens: Option<i64>,
    reasoning_effort: Option<String>,
}

/// The settings of a chat, and where it is.
#[derive(sqlx::FromRow)]
struct PlacedRow {
    workspace_id: String,
    #[sqlx(flatten)]
    settings: SettingsRow,
}

impl SettingsRow {
    pub fn settings(self) -> Result<Settings> {
        let provider = self.provider_id.as_deref().map(parse).transpose()?;
        let max_tokens = self.max_tokens.map(u32::try_from).transpose();
        let effort = self.reasoning_effort.map(|word| {
            Effort::from_word(&word).ok_or_else(|| StoreError::Corrupt(format!("reasoning effort {word:?}")))
        });
        Ok(Settings {
            model: self.model.map(|model| ModelRef { provider, model }),
            system_prompt: self.system_prompt,
            temperature: self.temperature,
            max_tokens: max_tokens.map_err(|_| StoreError::Corrupt("a number of tokens".to_owned()))?,
            effort: effort.transpose()?,
        })
    }
}

impl Store {
    /// How models are asked in a chat that the actor may see: by its own settings, then its workspace's.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn settings_of(&self, actor: &Actor, chat: ChatId) -> Result<Settings> {
        Ok(self.chat_settings(actor, chat).await?.or(self.workspace_settings(actor).await?))
    }

    /// What a chat that the actor may see says itself.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn chat_settings(&self, actor: &Actor, chat: ChatId) -> Result<Settings> {
        let sql = format!(
            "SELECT {COLUMNS} FROM chats s JOIN chats c ON c.id = s.id
             WHERE c.id = $1 AND {VISIBLE} AND c.deleted_at IS NULL"
        );
        let row: Option<SettingsRow> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.ok_or(StoreError::NotFound)?.settings()
    }

    /// The workspace of a chat and how models are asked in it, for whoever writes its replies.
    ///
    /// # Errors
    /// `NotFound` if there is no such chat.
    pub async fn settings_for(&self, chat: ChatId) -> Result<(WorkspaceId, Settings)> {
        let mut reader = self.reader().await?;
        let sql = format!("SELECT {COLUMNS}, s.workspace_id FROM chats s WHERE s.id = $1");
        let own: Option<PlacedRow> =
            sqlx::query_as(AssertSqlSafe(sql)).bind(chat.to_string()).fetch_optional(&mut *reader).await?;
        let PlacedRow { workspace_id, settings } = own.ok_or(StoreError::NotFound)?;
        let workspace = parse(&workspace_id)?;
        Ok((workspace, settings.settings()?.or(of_workspace(&mut reader, workspace).await?)))
    }

    /// How models will be asked in a chat that begins with this choice: as its expert, then as its workspace says.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn settings_of_new(&self, actor: &Actor, choice: Choice) -> Result<Settings> {
        let chosen: Option<(Option<String>, Option<String>)> = match choice.expert {
            None => None,
            Some(expert) => {
                sqlx::query_as("SELECT e.provider_id, e.model FROM experts e WHERE e.id = $1 AND e.workspace_id = $2")
                    .bind(expert.to_string())
                    .bind(actor.workspace.to_string())
                    .fetch_optional(&mut *self.reader().await?)
                    .await?
            }
        };
        let (provider, model) = chosen.unwrap_or_default();
        let provider = provider.as_deref().map(parse).transpose()?;
        let model = model.map(|model| ModelRef { provider, model });
        Ok(Settings { model, ..Settings::default() }.or(self.workspace_settings(actor).await?))
    }

    /// What holds in the actor's workspace where a chat says nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn workspace_settings(&self, actor: &Actor) -> Result<Settings> {
        of_workspace(&mut *self.reader().await?, actor.workspace).await
    }

    /// Says which model answers in a chat that the actor may write in; none for the one of its workspace.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor to write in.
    pub async fn choose_model(&self, actor: &Actor, chat: ChatId, model: Option<&ModelRef>) -> Result<()> {
        let sql = format!(
            "UPDATE chats SET provider_id = $4, model = $5
             WHERE id = $1 AND workspace_id = $2 AND (owner_id = $3 OR sharing = 'write') AND deleted_at IS NULL
             RETURNING {AUDIENCE_COLUMNS}"
        );
        let mut tx = self.write().await?;
        let changed = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .bind(provider_of(model))
            .bind(model.map(|model| model.model.clone()))
            .fetch_optional(&mut *tx)
            .await?;
        told_of(tx, chat, changed).await
    }

    /// Says how models are asked in a chat that the actor may write in, whichever model it is.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor to write in.
    pub async fn save_chat_settings(&self, actor: &Actor, chat: ChatId, settings: Settings) -> Result<()> {
        let sql = format!(
            "UPDATE chats SET system_prompt = $4, temperature = $5, max_tokens = $6, reasoning_effort = $7
             WHERE id = $1 AND workspace_id = $2 AND (owner_id = $3 OR sharing = 'write') AND deleted_at IS NULL
             RETURNING {AUDIENCE_COLUMNS}"
        );
        let mut tx = self.write().await?;
        let changed = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .bind(settings.system_prompt)
            .bind(settings.temperature)
            .bind(settings.max_tokens.map(i64::from))
            .bind(settings.effort.map(Effort::as_str))
            .fetch_optional(&mut *tx)
            .await?;
        told_of(tx, chat, changed).await
    }

    /// Says what holds in the actor's workspace where a chat says nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_workspace_settings(&self, actor: &Actor, settings: Settings) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO workspace_settings
                 (workspace_id, provider_id, model, system_prompt, temperature, max_tokens, reasoning_effort, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (workspace_id) DO UPDATE SET provider_id = excluded.provider_id, model = excluded.model,
                 system_prompt = excluded.system_prompt, temperature = excluded.temperature,
                 max_tokens = excluded.max_tokens, reasoning_effort = excluded.reasoning_effort,
                 updated_at = excluded.updated_at",
        )
        .bind(actor.workspace.to_string())
        .bind(provider_of(settings.model.as_ref()))
        .bind(settings.model.map(|model| model.model))
        .bind(settings.system_prompt)
        .bind(settings.temperature)
        .bind(settings.max_tokens.map(i64::from))
        .bind(settings.effort.map(Effort::as_str))
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

/// Gives a chat that is being made what its first message said of how models are asked; a model goes before its expert's.
pub(super) async fn begin_with(tx: &mut Write, chat: ChatId, settings: &Settings) -> Result<()> {
    if let Some(model) = &settings.model {
        sqlx::query("UPDATE chats SET provider_id = $2, model = $3 WHERE id = $1")
            .bind(chat.to_string())
            .bind(provider_of(Some(model)))
            .bind(model.model.clone())
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(
        "UPDATE chats SET system_prompt = $2, temperature = $3, max_tokens = $4, reasoning_effort = $5 WHERE id = $1",
    )
    .bind(chat.to_string())
    .bind(settings.system_prompt.clone())
    .bind(settings.temperature)
    .bind(settings.max_tokens.map(i64::from))
    .bind(settings.effort.map(Effort::as_str))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn provider_of(model: Option<&ModelRef>) -> Option<String> {
    model.and_then(|model| model.provider).map(|provider| provider.to_string())
}

/// Commits a change to a chat, if there was one, and has word of it sent.
async fn told_of(mut tx: Write, chat: ChatId, changed: Option<(String, String, String)>) -> Result<()> {
    let audience = rows::audience(changed.ok_or(StoreError::NotFound)?)?;
    tx.wake(Wake::Chat(chat, audience));
    tx.commit().await
}

async fn of_workspace(connection: &mut AnyConnection, workspace: WorkspaceId) -> Result<Settings> {
    let sql = format!("SELECT {COLUMNS} FROM workspace_settings s WHERE s.workspace_id = $1");
    let row: Option<SettingsRow> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(workspace.to_string()).fetch_optional(connection).await?;
    row.map_or(Ok(Settings::default()), SettingsRow::settings)
}
