//! Messages: whose they are and where they stand.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{
    Result, Store, StoreError, chats,
    rows::{self, VISIBLE, parse},
};
use crate::domain::{
    actor::Actor,
    id::{ChatId, MessageId, UserId},
    message::{Role, Status},
};

/// What most questions about a message are about.
#[derive(Clone, Copy, Debug)]
pub struct MessageState {
    /// Its chat.
    pub chat: ChatId,
    /// What it answers.
    pub parent: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// The person who wrote it, or who asked for it.
    pub author: UserId,
    /// Where it stands.
    pub status: Status,
}

impl Store {
    /// Whose chat a message is in and where it stands, if the actor may see it.
    ///
    /// # Errors
    /// `NotFound` if the message is not there for this actor.
    pub async fn message_state(&self, actor: &Actor, message: MessageId) -> Result<MessageState> {
        let mut reader = self.reader().await?;
        find(&mut reader, actor, message).await
    }

    /// The running reply of a chat, if there is one.
    ///
    /// # Errors
    /// `NotFound` if the chat is not there for this actor.
    pub async fn running_reply(&self, actor: &Actor, chat: ChatId) -> Result<Option<MessageId>> {
        let mut reader = self.reader().await?;
        Ok(chats::head(&mut reader, actor, chat).await?.running)
    }
}

pub(super) async fn find(connection: &mut AnyConnection, actor: &Actor, message: MessageId) -> Result<MessageState> {
    find_or_none(connection, actor, message).await?.ok_or(StoreError::NotFound)
}

pub(super) async fn find_or_none(
    connection: &mut AnyConnection,
    actor: &Actor,
    message: MessageId,
) -> Result<Option<MessageState>> {
    let sql = format!(
        "SELECT m.chat_id, m.parent_id, m.role, m.author_id, m.status FROM messages m JOIN chats c ON c.id = m.chat_id
         WHERE m.id = $1 AND {VISIBLE} AND c.deleted_at IS NULL"
    );
    let row: Option<(String, Option<String>, String, String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(message.to_string())
        .bind(actor.workspace.to_string())
        .bind(actor.creator().to_string())
        .fetch_optional(connection)
        .await?;
    let Some((chat, parent, role, author, status)) = row else { return Ok(None) };
    Ok(Some(MessageState {
        chat: parse(&chat)?,
        parent: parent.as_deref().map(parse).transpose()?,
        role: Role::from_word(&role).ok_or_else(|| StoreError::Corrupt(format!("role {role:?}")))?,
        author: parse(&author)?,
        status: rows::status(&status)?,
    }))
}
