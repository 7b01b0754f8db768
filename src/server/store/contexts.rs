//! What a chat is about and who answers in it. Every query goes from the chat to its workspace to what is of that
//! workspace: a row that says otherwise, however it came about, brings nothing in.

use sqlx::AssertSqlSafe;

use super::{
    Result, Store, StoreError,
    catalogue::{EXPERTS, PRODUCTS},
    experts::SummaryRow,
    rows::{VISIBLE, parse},
    write::Write,
};
use crate::domain::{
    actor::Actor,
    catalogue::{Expert, Product},
    chat::Choice,
    id::{ChatId, WorkspaceId},
};

/// A chat's product and expert, archived ones included.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// What it is about.
    pub product: Option<Product>,
    /// Who answers in it.
    pub expert: Option<Expert>,
    /// Which model answers in it; none for the one of the server.
    pub model: Option<String>,
}

const COLUMNS: &str = "c.workspace_id, c.model AS chat_model,
     p.id AS product_id, p.name AS product_name, p.description, p.facts, p.archived_at AS product_archived_at,
     e.id, e.name, e.title, e.portrait_id, e.archived_at, e.instructions, e.provider_id, e.model";

const TABLES: &str = "chats c
     LEFT JOIN products p ON p.id = c.product_id AND p.workspace_id = c.workspace_id
     LEFT JOIN experts e ON e.id = c.expert_id AND e.workspace_id = c.workspace_id";

#[derive(sqlx::FromRow)]
struct Row {
    workspace_id: String,
    chat_model: Option<String>,
    product_id: Option<String>,
    product_name: Option<String>,
    description: Option<String>,
    facts: Option<String>,
    product_archived_at: Option<i64>,
    id: Option<String>,
    name: Option<String>,
    title: Option<String>,
    portrait_id: Option<String>,
    archived_at: Option<i64>,
    instructions: Option<String>,
    provider_id: Option<String>,
    model: Option<String>,
}

impl Store {
    /// The product and the expert of a chat that the actor may see.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn chosen(&self, actor: &Actor, chat: ChatId) -> Result<Chosen> {
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE c.id = $1 AND {VISIBLE} AND c.deleted_at IS NULL");
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.ok_or(StoreError::NotFound)?.chosen()
    }

    /// The product and the expert of a chat, for whoever writes its replies.
    ///
    /// # Errors
    /// `NotFound` if there is no such chat.
    pub async fn chosen_for(&self, chat: ChatId) -> Result<Chosen> {
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE c.id = $1");
        let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(chat.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.ok_or(StoreError::NotFound)?.chosen()
    }
}

impl Row {
    fn chosen(self) -> Result<Chosen> {
        let workspace: WorkspaceId = parse(&self.workspace_id)?;
        let product = match (self.product_id, self.product_name, self.description, self.facts) {
            (Some(id), Some(name), Some(description), Some(facts)) => {
                let archived = self.product_archived_at.is_some();
                Some(Product { id: parse(&id)?, workspace, name, description, facts, archived })
            }
            _ => None,
        };
        let expert = match (self.id, self.name, self.title, self.instructions) {
            (Some(id), Some(name), Some(title), Some(instructions)) => {
                let (portrait_id, archived_at) = (self.portrait_id, self.archived_at);
                let (provider_id, model) = (self.provider_id, self.model);
                let row = SummaryRow { id, name, title, portrait_id, archived_at, provider_id, model };
                Some(Expert { summary: row.summary()?, workspace, instructions })
            }
            _ => None,
        };
        Ok(Chosen { product, expert, model: self.chat_model })
    }
}

/// Gives a chat that is being made what was chosen for it, and the model of its expert.
pub(super) async fn choose(tx: &mut Write, actor: &Actor, chat: ChatId, choice: Choice) -> Result<()> {
    let product = choice.product.map(|product| product.to_string());
    let expert = choice.expert.map(|expert| expert.to_string());
    if let Some(product) = &product {
        PRODUCTS.hold(tx, actor, product).await?;
    }
    if let Some(expert) = &expert {
        EXPERTS.hold(tx, actor, expert).await?;
    }
    sqlx::query(
        "UPDATE chats SET product_id = $3, expert_id = $4,
             model = (SELECT e.model FROM experts e WHERE e.id = $4 AND e.workspace_id = $2),
             provider_id = (SELECT e.provider_id FROM experts e WHERE e.id = $4 AND e.workspace_id = $2)
         WHERE id = $1 AND workspace_id = $2",
    )
    .bind(chat.to_string())
    .bind(actor.workspace.to_string())
    .bind(product)
    .bind(expert)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
