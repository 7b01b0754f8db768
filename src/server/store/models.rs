//! The catalogue of models, as each workspace sees it.

use super::{Result, Store, StoreError, rows::parse};
use crate::domain::{
    id::WorkspaceId,
    model::{Capabilities, Model, Prices},
    money::Money,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    provider_id: String,
    provider_name: String,
    model: String,
    name: String,
    description: String,
    context_length: Option<i64>,
    max_output: Option<i64>,
    input_price: Option<i64>,
    output_price: Option<i64>,
    vision: Option<i64>,
    audio: Option<i64>,
    tools: Option<i64>,
    reasoning: Option<i64>,
    available: i64,
    enabled: i64,
    provider_enabled: i64,
}

impl Row {
    fn model(self) -> Result<Model> {
        let whether = |can: Option<i64>| can.map(|can| can != 0);
        Ok(Model {
            id: parse(&self.id)?,
            provider: parse(&self.provider_id)?,
            provider_name: self.provider_name,
            model: self.model,
            name: self.name,
            description: self.description,
            context_length: self.context_length.map(tokens).transpose()?,
            max_output: self.max_output.map(tokens).transpose()?,
            prices: Prices { input: self.input_price.map(Money), output: self.output_price.map(Money) },
            capabilities: Capabilities {
                vision: whether(self.vision),
                audio: whether(self.audio),
                tools: whether(self.tools),
                reasoning: whether(self.reasoning),
            },
            available: self.available != 0,
            enabled: self.enabled != 0,
            provider_enabled: self.provider_enabled != 0,
        })
    }
}

fn tokens(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| StoreError::Corrupt(format!("{number} tokens")))
}

impl Store {
    /// The models that there are for a workspace, with what its admins say of them: by provider as
    /// [`Store::providers`] has them, then by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn models(&self, workspace: WorkspaceId) -> Result<Vec<Model>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT m.id, m.provider_id, p.name AS provider_name, m.model, m.name, m.description,
                    coalesce(e.context_length, m.context_length) AS context_length, m.max_output,
                    coalesce(e.input_price, m.input_price) AS input_price,
                    coalesce(e.output_price, m.output_price) AS output_price,
                    coalesce(e.vision, m.vision) AS vision, coalesce(e.audio, m.audio) AS audio,
                    coalesce(e.tools, m.tools) AS tools, coalesce(e.reasoning, m.reasoning) AS reasoning,
                    m.available, coalesce(e.enabled, 1) AS enabled, p.enabled AS provider_enabled
             FROM models m JOIN providers p ON p.id = m.provider_id
             LEFT JOIN model_edits e ON e.model_id = m.id AND e.workspace_id = $1
             WHERE p.workspace_id IS NULL OR p.workspace_id = $1
             ORDER BY CASE WHEN p.workspace_id IS NULL THEN 0 ELSE 1 END, lower(p.name), p.id, lower(m.name), m.id",
        )
        .bind(workspace.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(Row::model).collect()
    }
}
