//! Messages as the path that is shown: a chat is a tree, and its head says which leaf one sees.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{
    Result, Store, StoreError, chats, log,
    messages::find,
    rows::{self, AUDIENCE_COLUMNS, MESSAGE_COLUMNS, OTHER_AUTHORS, parse},
    tools,
    wakes::Wake,
};
use crate::domain::{
    actor::Actor,
    id::{ChatId, MessageId, UserId},
    limits::MESSAGES_PER_CHAT,
    message::{Message, Siblings},
};

/// A part of the shown path.
#[derive(Clone, Debug)]
pub struct Path {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether the path goes on above the first of them.
    pub has_older: bool,
}

impl Store {
    /// The newest part of a chat's shown path; a running reply with all that its log holds.
    ///
    /// # Errors
    /// `NotFound` if the chat is not there for this actor.
    pub async fn shown_path(&self, actor: &Actor, chat: ChatId, limit: usize) -> Result<Path> {
        let mut reader = self.reader().await?;
        let head = chats::head(&mut reader, actor, chat).await?;
        let Some(from) = head.head else { return Ok(Path { messages: Vec::new(), has_older: false }) };
        path_up(&mut reader, actor, chat, from, limit).await
    }

    /// The part of the path above a message.
    ///
    /// # Errors
    /// `NotFound` if the message is not there for this actor.
    pub async fn path_above(&self, actor: &Actor, message: MessageId, limit: usize) -> Result<Path> {
        let mut reader = self.reader().await?;
        let found = find(&mut reader, actor, message).await?;
        let Some(from) = found.parent else { return Ok(Path { messages: Vec::new(), has_older: false }) };
        path_up(&mut reader, actor, found.chat, from, limit).await
    }

    /// The whole path that leads to a reply and ends with it: what a prompt is made of. It names no authors.
    ///
    /// # Errors
    /// `NotFound` if the reply is gone.
    pub async fn path_to(&self, reply: MessageId) -> Result<Vec<Message>> {
        let mut reader = self.reader().await?;
        let messages = climb(&mut reader, None, reply, MESSAGES_PER_CHAT).await?;
        if messages.is_empty() { Err(StoreError::NotFound) } else { Ok(messages) }
    }

    /// Shows the newest path through a message instead of the one shown now.
    ///
    /// # Errors
    /// `NotFound` if the message is not there for this actor.
    pub async fn select_message(&self, actor: &Actor, message: MessageId) -> Result<()> {
        let mut tx = self.write().await?;
        let found = find(&mut tx, actor, message).await?;
        // First the chat, then what is newest in it: nothing is added below meanwhile that the update would not see.
        sqlx::query("UPDATE chats SET head_id = head_id WHERE id = $1")
            .bind(found.chat.to_string())
            .execute(&mut *tx)
            .await?;
        // The newest message below has no child: a child would be newer.
        let sql = format!(
            "UPDATE chats SET head_id = (
                 WITH RECURSIVE below (id, number) AS (
                     SELECT m.id, m.number FROM messages m WHERE m.id = $2
                     UNION ALL
                     SELECT m.id, m.number FROM messages m JOIN below b ON m.parent_id = b.id)
                 SELECT id FROM below ORDER BY number DESC LIMIT 1)
             WHERE id = $1 AND (owner_id = $3 OR sharing = 'write') RETURNING {AUDIENCE_COLUMNS}"
        );
        let changed = sqlx::query_as(AssertSqlSafe(sql))
            .bind(found.chat.to_string())
            .bind(message.to_string())
            .bind(actor.creator().to_string())
            .fetch_optional(&mut *tx)
            .await?;
        let audience = rows::audience(changed.ok_or(StoreError::NotFound)?)?;
        tx.wake(Wake::Chat(found.chat, audience));
        tx.commit().await
    }
}

/// The path that ends with `last`, at most `limit` messages of it, with their siblings.
async fn path_up(
    connection: &mut AnyConnection,
    actor: &Actor,
    chat: ChatId,
    last: MessageId,
    limit: usize,
) -> Result<Path> {
    // One more than asked for tells whether there is more.
    let mut messages = climb(connection, Some(actor.user), last, limit as i64 + 1).await?;
    let has_older = messages.len() > limit;
    if has_older {
        messages.remove(0);
    }
    let siblings = siblings(connection, chat).await?;
    for message in &mut messages {
        if let Some(found) = siblings.get(&message.id) {
            message.siblings = *found;
        }
    }
    Ok(Path { messages, has_older })
}

/// With the authors of what others than the reader wrote.
async fn climb(
    connection: &mut AnyConnection,
    reader: Option<UserId>,
    last: MessageId,
    limit: i64,
) -> Result<Vec<Message>> {
    let sql = format!(
        "WITH RECURSIVE path (id, parent_id, depth) AS (
             SELECT m.id, m.parent_id, 1 FROM messages m WHERE m.id = $1
             UNION ALL
             SELECT m.id, m.parent_id, p.depth + 1 FROM messages m JOIN path p ON m.id = p.parent_id WHERE p.depth < $2)
         SELECT {MESSAGE_COLUMNS} FROM path JOIN messages m ON m.id = path.id JOIN chats c ON c.id = m.chat_id
         LEFT JOIN usage_entries s ON s.id = m.id {OTHER_AUTHORS} ORDER BY path.depth DESC"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(last.to_string())
        .bind(limit)
        .bind(reader.map(|reader| reader.to_string()))
        .fetch_all(&mut *connection)
        .await?;
    let mut messages = rows.iter().map(rows::message).collect::<Result<Vec<_>>>()?;
    tools::add_calls(connection, &mut messages).await?;
    for message in &mut messages {
        if !message.status.is_terminal() {
            catch_up(connection, message).await?;
        }
    }
    Ok(messages)
}

/// Adds to a running reply what its log holds past the stored text.
async fn catch_up(connection: &mut AnyConnection, message: &mut Message) -> Result<()> {
    for event in log::read_all(connection, message.id, message.position).await? {
        message.append(event);
    }
    Ok(())
}

/// The messages of a chat that are not alone below their parent, each with its place.
async fn siblings(connection: &mut AnyConnection, chat: ChatId) -> Result<HashMap<MessageId, Siblings>> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT m.id, m.parent_id FROM messages m
         WHERE m.chat_id = $1 AND (m.parent_id IS NULL OR m.parent_id IN (
             SELECT s.parent_id FROM messages s WHERE s.chat_id = $1 AND s.parent_id IS NOT NULL
             GROUP BY s.parent_id HAVING count(*) > 1))
         ORDER BY m.number",
    )
    .bind(chat.to_string())
    .fetch_all(connection)
    .await?;
    let mut families: HashMap<Option<String>, Vec<MessageId>> = HashMap::new();
    for (id, parent) in rows {
        families.entry(parent).or_default().push(parse(&id)?);
    }
    Ok(families.values().flat_map(|family| places(family)).collect())
}

fn places(family: &[MessageId]) -> impl Iterator<Item = (MessageId, Siblings)> {
    family.iter().enumerate().map(|(index, id)| {
        let at = |index: Option<usize>| index.and_then(|index| family.get(index)).copied();
        let siblings = Siblings {
            place: index as u32 + 1,
            count: family.len() as u32,
            previous: at(index.checked_sub(1)),
            next: at(index.checked_add(1)),
        };
        (*id, siblings)
    })
}
