//! From rows to domain types.

use sqlx::{FromRow, Row, any::AnyRow};

use super::{Result, StoreError};
use crate::domain::{
    audience::Audience,
    chat::{ChatSummary, Sharing},
    member::PersonSummary,
    message::{Message, Role, Siblings, Status},
    money::Money,
    usage::Spent,
};

/// What [`message`] needs of a row of `messages`, with what it used as `s`. Pictures are shown of those who are in the workspace of the chat: of
/// others they may not be seen ([`Store::image_wall`](super::Store::image_wall)).
pub(super) const MESSAGE_COLUMNS: &str = "m.id, m.parent_id, m.number, m.role, m.status, m.content, m.reasoning, m.position, \
     m.model, m.usage, m.error, m.left_out, m.dropped, m.created_at, s.total_tokens, s.cost, s.estimated, \
     a.id AS author_id, a.name AS author_name, \
     CASE WHEN p.user_id IS NULL THEN NULL ELSE a.avatar_id END AS author_avatar";

/// The authors of messages of the chat `c` that others wrote than the person `$3`.
pub(super) const OTHER_AUTHORS: &str = "LEFT JOIN users a ON a.id = m.author_id AND m.role = 'user' AND m.author_id <> $3 \
     LEFT JOIN members p ON p.workspace_id = c.workspace_id AND p.user_id = a.id";

/// What [`ChatRow`] needs of a row of `chats`; pictures as in [`MESSAGE_COLUMNS`].
pub(super) const SUMMARY_COLUMNS: &str = "c.id, c.title, c.active_at, c.archived_at, c.sharing, \
     o.id AS creator_id, o.name AS creator_name, \
     CASE WHEN p.user_id IS NULL THEN NULL ELSE o.avatar_id END AS creator_avatar";

/// The creators of chats that are not the actor's own; `$3` is [`Actor::creator`](crate::domain::actor::Actor::creator).
pub(super) const OTHER_CREATORS: &str = "LEFT JOIN users o ON o.id = c.owner_id AND c.owner_id <> $3 \
     LEFT JOIN members p ON p.workspace_id = c.workspace_id AND p.user_id = o.id";

/// What [`audience`] needs of a row of `chats`.
pub(super) const AUDIENCE_COLUMNS: &str = "workspace_id, owner_id, sharing";

/// Which chats an actor may see; `$2` is the workspace, `$3` is [`Actor::creator`](crate::domain::actor::Actor::creator).
pub(super) const VISIBLE: &str = "c.workspace_id = $2 AND (c.owner_id = $3 OR c.sharing <> 'private')";

/// An id, or anything else with a text form, from a column.
pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("{text:?} is no {}", std::any::type_name::<T>())))
}

pub(super) fn status(word: &str) -> Result<Status> {
    Status::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("status {word:?}")))
}

pub(super) fn sharing(word: &str) -> Result<Sharing> {
    Sharing::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("sharing {word:?}")))
}

/// Whom word of a chat concerns, of [`AUDIENCE_COLUMNS`].
pub(super) fn audience((workspace, owner, word): (String, String, String)) -> Result<Audience> {
    Ok(Audience::of(parse(&workspace)?, parse(&owner)?, sharing(&word)?))
}

/// A person, of their id, name and picture; `None` if the row has none.
fn person(id: Option<String>, name: Option<String>, avatar: Option<String>) -> Result<Option<PersonSummary>> {
    let (Some(id), Some(name)) = (id, name) else { return Ok(None) };
    Ok(Some(PersonSummary { id: parse(&id)?, name, avatar: avatar.as_deref().map(parse).transpose()? }))
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
    let left_out: Option<i64> = row.try_get("left_out")?;
    let dropped: Option<String> = row.try_get("dropped")?;
    Ok(Message {
        id: parse(row.try_get("id")?)?,
        parent: parent.as_deref().map(parse).transpose()?,
        number: row.try_get("number")?,
        role: Role::from_word(role).ok_or_else(|| StoreError::Corrupt(format!("role {role:?}")))?,
        status: status(row.try_get("status")?)?,
        content: row.try_get("content")?,
        reasoning: row.try_get("reasoning")?,
        tool_calls: Vec::new(),
        position: position(row.try_get("position")?)?,
        model: row.try_get("model")?,
        usage: usage.as_deref().map(json).transpose()?,
        spent: spent(row)?,
        failure: error.as_deref().map(json).transpose()?,
        left_out: left_out.and_then(|count| u32::try_from(count).ok()).unwrap_or_default(),
        dropped: dropped.as_deref().map(json).transpose()?.unwrap_or_default(),
        author: person(row.try_get("author_id")?, row.try_get("author_name")?, row.try_get("author_avatar")?)?,
        siblings: Siblings { place: 1, count: 1, previous: None, next: None },
        created_at: row.try_get("created_at")?,
    })
}

/// What a message came to; `None` if nobody was asked for it.
fn spent(row: &AnyRow) -> Result<Option<Spent>> {
    let tokens: Option<i64> = row.try_get("total_tokens")?;
    let (cost, estimated): (Option<i64>, Option<i64>) = (row.try_get("cost")?, row.try_get("estimated")?);
    let spent = |tokens| Ok(Spent { tokens: counted(tokens)?, cost: cost.map(Money), estimated: estimated == Some(1) });
    tokens.map(spent).transpose()
}

/// A number of things, as stored.
pub(super) fn counted(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("{value} of something")))
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
    sharing: String,
    creator_id: Option<String>,
    creator_name: Option<String>,
    creator_avatar: Option<String>,
}

impl ChatRow {
    pub(super) fn summary(self) -> Result<ChatSummary> {
        Ok(ChatSummary {
            id: parse(&self.id)?,
            title: self.title,
            archived: self.archived_at.is_some(),
            sharing: sharing(&self.sharing)?,
            creator: person(self.creator_id, self.creator_name, self.creator_avatar)?,
            active_at: self.active_at,
        })
    }
}
