//! What the admins of a workspace say of models, in place of what is known of them.

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    wakes::Wake,
    write::Write,
};
use crate::{
    domain::{actor::Actor, audit::AuditAction, id::ModelId, model_facts::ModelFacts, money::Money},
    texts::models as texts,
};

/// What is known of a model and what is said in place of it.
#[derive(sqlx::FromRow)]
struct Row {
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
    edited_context: Option<i64>,
    edited_input: Option<i64>,
    edited_output: Option<i64>,
    edited_vision: Option<i64>,
    edited_audio: Option<i64>,
    edited_tools: Option<i64>,
    edited_reasoning: Option<i64>,
}

impl Row {
    /// What is known, and what is said in place of it.
    fn facts(self) -> (ModelFacts, ModelFacts) {
        let tokens = |number: i64| number.unsigned_abs();
        let whether = |can: Option<i64>| can.map(|can| can != 0);
        let known = ModelFacts {
            name: Some(self.name),
            description: Some(self.description),
            context_length: self.context_length.map(tokens),
            max_output: self.max_output.map(tokens),
            input: self.input_price.map(Money),
            output: self.output_price.map(Money),
            vision: whether(self.vision),
            audio: whether(self.audio),
            tools: whether(self.tools),
            reasoning: whether(self.reasoning),
        };
        let edits = ModelFacts {
            context_length: self.edited_context.map(tokens),
            input: self.edited_input.map(Money),
            output: self.edited_output.map(Money),
            vision: whether(self.edited_vision),
            audio: whether(self.edited_audio),
            tools: whether(self.edited_tools),
            reasoning: whether(self.edited_reasoning),
            ..ModelFacts::default()
        };
        (known, edits)
    }
}

impl Store {
    /// What is known of a model that there is for the actor's workspace, and what its admins say in place of it.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn model_facts(&self, actor: &Actor, model: ModelId) -> Result<(ModelFacts, ModelFacts)> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT m.name, m.description, m.context_length, m.max_output, m.input_price, m.output_price, m.vision, m.audio,
                    m.tools, m.reasoning, e.context_length AS edited_context, e.input_price AS edited_input,
                    e.output_price AS edited_output, e.vision AS edited_vision, e.audio AS edited_audio,
                    e.tools AS edited_tools, e.reasoning AS edited_reasoning
             FROM models m JOIN providers p ON p.id = m.provider_id
             LEFT JOIN model_edits e ON e.model_id = m.id AND e.workspace_id = $2
             WHERE m.id = $1 AND (p.workspace_id IS NULL OR p.workspace_id = $2)",
        )
        .bind(model.to_string())
        .bind(actor.workspace.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(row.ok_or(StoreError::NotFound)?.facts())
    }

    /// Says these things of a model in the actor's workspace, in place of all that was said before, and whether it may be
    /// chosen there.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn edit_model(&self, actor: &Actor, model: ModelId, edits: &ModelFacts, enabled: bool) -> Result<()> {
        let mut tx = self.write().await?;
        let name = name_of(&mut tx, actor, model).await?;
        let tokens = edits.context_length.and_then(|tokens| i64::try_from(tokens).ok());
        sqlx::query(
            "INSERT INTO model_edits (workspace_id, model_id, enabled, context_length, input_price, output_price, vision,
                 audio, tools, reasoning, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (workspace_id, model_id) DO UPDATE SET enabled = excluded.enabled,
                 context_length = excluded.context_length, input_price = excluded.input_price,
                 output_price = excluded.output_price, vision = excluded.vision, audio = excluded.audio,
                 tools = excluded.tools, reasoning = excluded.reasoning, updated_at = excluded.updated_at",
        )
        .bind(actor.workspace.to_string())
        .bind(model.to_string())
        .bind(i64::from(enabled))
        .bind(tokens)
        .bind(edits.input.map(|price| price.0))
        .bind(edits.output.map(|price| price.0))
        .bind(edits.vision.map(i64::from))
        .bind(edits.audio.map(i64::from))
        .bind(edits.tools.map(i64::from))
        .bind(edits.reasoning.map(i64::from))
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        finish(tx, actor, &name, &texts::edited(edits, enabled)).await
    }

    /// Lets a model be chosen in the actor's workspace, or not. What is said of it otherwise stays.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn switch_model(&self, actor: &Actor, model: ModelId, enabled: bool) -> Result<()> {
        let mut tx = self.write().await?;
        let name = name_of(&mut tx, actor, model).await?;
        sqlx::query(
            "INSERT INTO model_edits (workspace_id, model_id, enabled, updated_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (workspace_id, model_id) DO UPDATE SET enabled = excluded.enabled,
                 updated_at = excluded.updated_at",
        )
        .bind(actor.workspace.to_string())
        .bind(model.to_string())
        .bind(i64::from(enabled))
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        finish(tx, actor, &name, texts::switched(enabled)).await
    }
}

/// What a model that there is for the actor's workspace is called, by its provider and by its name.
async fn name_of(tx: &mut Write, actor: &Actor, model: ModelId) -> Result<String> {
    let found: Option<(String, String)> = sqlx::query_as(
        "SELECT m.model, p.name FROM models m JOIN providers p ON p.id = m.provider_id
         WHERE m.id = $1 AND (p.workspace_id IS NULL OR p.workspace_id = $2)",
    )
    .bind(model.to_string())
    .bind(actor.workspace.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    let (model, provider) = found.ok_or(StoreError::NotFound)?;
    Ok(format!("{model} ({provider})"))
}

async fn finish(mut tx: Write, actor: &Actor, name: &str, said: &str) -> Result<()> {
    let entry = Entry::of(AuditAction::ModelChanged, name).by_actor(actor).saying(said);
    audit::record(&mut tx, entry, actor.origin).await?;
    tx.wake(Wake::Models(Some(actor.workspace)));
    tx.commit().await
}
