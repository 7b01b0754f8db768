//! From rows to domain types.

use sqlx::{FromRow, Row, any::AnyRow};

use super::{Result, StoreError};
use crate::domain::{
    chat::ChatSummary,
    message::{Message, Role, Siblings, Status},
};

/// What [`message`] needs of a row of `messages`.
pub(super) const MESSAGE_COLUMNS: &str = "m.id, m.parent_id, m.number, m.role, m.status, m.content, m.reasoning, m.position, \
     m.model, m.usage, m.error, m.created_at";

/// What [`ChatRow`] needs of a row of `chats`.
pub(super) const SUMMARY_COLUMNS: &str = "c.id, c.title, c.active_at, c.archived_at";

/// An id, or anything else with a text form, from a column.
pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("{text:?} is no {}", std::any::type_name::<T>())))
}

pub(super) fn status(word: &str) -> Result<Status> {
    Status::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("status {word:?}")))
}

pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// JSON for a column. The types stored so are plain structs, whose serialisation cannot fail.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub(super) fn message(row: &AnyRow) -> Result<Message> {
    let role: &str = row.try_get("role")?;
    let usage: Option<String> = row.try_get("usage")?;
    let error: Option<String> = row.try_get("error")?;
    let parent: Option<String> = row.try_get("parent_id")?;
    Ok(Message {
        id: parse(row.try_get("id")?)?,
        parent: parent.as_deref().map(parse).transpose()?,
        number: row.try_get("number")?,
        role: Role::from_word(role).ok_or_else(|| StoreError::Corrupt(format!("role {role:?}")))?,
        status: status(row.try_get("status")?)?,
        content: row.try_get("content")?,
        reasoning: row.try_get("reasoning")?,
        position: position(row.try_get("position")?)?,
        model: row.try_get("model")?,
        usage: usage.as_deref().map(json).transpose()?,
        failure: error.as_deref().map(json).transpose()?,
        siblings: Siblings { place: 1, count: 1, previous: None, next: None },
        created_at: row.try_get("created_at")?,
    })
}

/// A position in a log, as stored.
pub(super) fn position(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("position {value}")))
}

/// The same, to be stored. Positions come from lengths of text in memory, far below the limit of the column.
pub(super) fn to_i64(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

#[derive(FromRow)]
pub(super) struct ChatRow {
    id: String,
    title: String,
    active_at: i64,
    archived_at: Option<i64>,
}

impl ChatRow {
    pub(super) fn summary(self) -> Result<ChatSummary> {
        Ok(ChatSummary {
            id: parse(&self.id)?,
            title: self.title,
            archived: self.archived_at.is_some(),
            active_at: self.active_at,
        })
    }
}
