//! Messages: written in one transaction with the job that answers them.

use sqlx::AnyConnection;

use super::{
    Result, Store, StoreError, append,
    chats::{self, ChatHead},
    now_micros,
    rows::{self, parse},
};
use crate::domain::{
    actor::Actor,
    id::{ChatId, MessageId},
    limits::MESSAGES_PER_CHAT,
    message::{Role, Status},
};

/// What became of a request for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The chat.
    pub chat: ChatId,
    /// The reply that answers.
    pub reply: MessageId,
    /// Whether this request made it; false if it is the answer to an earlier one with the same id.
    pub fresh: bool,
}

impl Store {
    /// Begins a chat with its first message and asks for the reply, in one transaction. Sent again with
    /// the same ids it changes nothing and returns the same reply.
    ///
    /// # Errors
    /// `Conflict` if an id is taken by something else, and the errors of [`Store::send_message`].
    pub async fn start_chat(
        &self,
        actor: &Actor,
        chat: ChatId,
        message: MessageId,
        text: &str,
        title: &str,
    ) -> Result<Asked> {
        let mut tx = self.write().await?;
        let now = now_micros();
        sqlx::query(
            "INSERT INTO chats (id, workspace_id, owner_id, title, created_at, active_at)
             VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        )
        .bind(chat.to_string())
        .bind(actor.workspace.to_string())
        .bind(actor.user.to_string())
        .bind(title)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let asked = send(&mut tx, actor, chat, message, text).await?;
        tx.commit().await?;
        Ok(asked)
    }

    /// Appends a person's message to the shown path, an empty reply to it, and the job that writes the
    /// reply, in one transaction. Sent again with the same id it changes nothing and returns the same reply.
    ///
    /// # Errors
    /// `NotFound`, `ReplyRunning`, `ChatFull`, or `Conflict` if the id is taken by something else.
    pub async fn send_message(&self, actor: &Actor, chat: ChatId, message: MessageId, text: &str) -> Result<Asked> {
        let mut tx = self.write().await?;
        let asked = send(&mut tx, actor, chat, message, text).await?;
        tx.commit().await?;
        Ok(asked)
    }

    /// Asks for another reply to the same message, as `sibling`; the old one is kept beside it. With
    /// `keep_text` the new one begins with the old one's text, to go on from there.
    ///
    /// # Errors
    /// `NotFound`, `ReplyRunning`, `ChatFull`, or `Conflict` if `reply` is not a reply or the id is taken.
    pub async fn ask_again(
        &self,
        actor: &Actor,
        reply: MessageId,
        sibling: MessageId,
        keep_text: bool,
    ) -> Result<Asked> {
        let mut tx = self.write().await?;
        let old = find(&mut tx, actor, reply).await?;
        if old.role != Role::Assistant {
            return Err(StoreError::Conflict("Only a reply can be asked for again."));
        }
        let chat = old.chat;
        if let Some(twin) = find_or_none(&mut tx, actor, sibling).await? {
            let same = twin.chat == chat && twin.parent == old.parent && twin.role == Role::Assistant;
            return if same { Ok(Asked { chat, reply: sibling, fresh: false }) } else { Err(TAKEN) };
        }
        let head = chats::head(&mut tx, actor, chat).await?;
        check_room(&head, 1)?;
        let number = head.message_count + 1;
        let seed = if keep_text { Some(append::seed_of(&mut tx, reply).await?) } else { None };
        insert_reply(&mut tx, actor, chat, old.parent, sibling, number, &head).await?;
        if let Some(seed) = seed {
            append::plant(&mut tx, sibling, &seed).await?;
        }
        move_head(&mut tx, chat, sibling, number).await?;
        tx.commit().await?;
        Ok(Asked { chat, reply: sibling, fresh: true })
    }

    /// Says a person's message in other words: a sibling of it, with a reply of its own. The old one and
    /// what followed it are kept.
    ///
    /// # Errors
    /// `NotFound`, `ReplyRunning`, `ChatFull`, or `Conflict` if it is not a person's or the id is taken.
    pub async fn edit_message(
        &self,
        actor: &Actor,
        edited: MessageId,
        message: MessageId,
        text: &str,
    ) -> Result<Asked> {
        let mut tx = self.write().await?;
        let old = find(&mut tx, actor, edited).await?;
        if old.role != Role::User {
            return Err(StoreError::Conflict("Only what a person wrote can be edited."));
        }
        let asked = send_below(&mut tx, actor, old.chat, Parent::Of(old.parent), message, text).await?;
        tx.commit().await?;
        Ok(asked)
    }

    /// Shows the newest path through a message instead of the one shown now. Returns its chat.
    ///
    /// # Errors
    /// `NotFound` if the message is not there for this actor.
    pub async fn select_message(&self, actor: &Actor, message: MessageId) -> Result<ChatId> {
        let mut tx = self.write().await?;
        let found = find(&mut tx, actor, message).await?;
        // The newest message below has no child: a child would be newer.
        sqlx::query(
            "UPDATE chats SET head_id = (
                 WITH RECURSIVE below (id, number) AS (
                     SELECT m.id, m.number FROM messages m WHERE m.id = $2
                     UNION ALL
                     SELECT m.id, m.number FROM messages m JOIN below b ON m.parent_id = b.id)
                 SELECT id FROM below ORDER BY number DESC LIMIT 1)
             WHERE id = $1",
        )
        .bind(found.chat.to_string())
        .bind(message.to_string())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(found.chat)
    }

    /// Whose chat a message is in and where it stands, if the actor may see it.
    ///
    /// # Errors
    /// `NotFound` if the message is not there for this actor.
    pub async fn message_state(&self, actor: &Actor, message: MessageId) -> Result<MessageState> {
        let mut reader = self.readers().acquire().await?;
        find(&mut reader, actor, message).await
    }

    /// The running reply of a chat, if there is one.
    ///
    /// # Errors
    /// `NotFound` if the chat is not there for this actor.
    pub async fn running_reply(&self, actor: &Actor, chat: ChatId) -> Result<Option<MessageId>> {
        let mut reader = self.readers().acquire().await?;
        Ok(chats::head(&mut reader, actor, chat).await?.running)
    }
}

/// What most questions about a message are about.
#[derive(Clone, Copy, Debug)]
pub struct MessageState {
    /// Its chat.
    pub chat: ChatId,
    /// What it answers.
    pub parent: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// Where it stands.
    pub status: Status,
}

const TAKEN: StoreError =
    StoreError::Conflict("This id is already taken by another message. Reload the page and try again.");

/// Where a new message goes.
enum Parent {
    /// Below the last message that is shown.
    Head,
    /// Below this one; `None` for the top.
    Of(Option<MessageId>),
}

async fn send(tx: &mut AnyConnection, actor: &Actor, chat: ChatId, message: MessageId, text: &str) -> Result<Asked> {
    send_below(tx, actor, chat, Parent::Head, message, text).await
}

async fn send_below(
    tx: &mut AnyConnection,
    actor: &Actor,
    chat: ChatId,
    parent: Parent,
    message: MessageId,
    text: &str,
) -> Result<Asked> {
    if let Some(reply) = earlier_answer(tx, actor, chat, message).await? {
        return Ok(Asked { chat, reply, fresh: false });
    }
    let head = chats::head(tx, actor, chat).await?;
    check_room(&head, 2)?;
    let parent = match parent {
        Parent::Head => head.head,
        Parent::Of(parent) => parent,
    };
    let number = head.message_count + 1;
    let reply = MessageId::new();
    sqlx::query(
        "INSERT INTO messages (id, chat_id, parent_id, number, role, author_id, status, content, created_at, ended_at)
         VALUES ($1, $2, $3, $4, 'user', $5, 'complete', $6, $7, $7)",
    )
    .bind(message.to_string())
    .bind(chat.to_string())
    .bind(parent.map(|parent| parent.to_string()))
    .bind(number)
    .bind(actor.user.to_string())
    .bind(text)
    .bind(now_micros())
    .execute(&mut *tx)
    .await
    .map_err(|error| if is_unique(&error) { TAKEN } else { error.into() })?;
    insert_reply(tx, actor, chat, Some(message), reply, number + 1, &head).await?;
    move_head(tx, chat, reply, number + 1).await?;
    Ok(Asked { chat, reply, fresh: true })
}

/// The reply to a message that was already sent under this id.
async fn earlier_answer(
    tx: &mut AnyConnection,
    actor: &Actor,
    chat: ChatId,
    message: MessageId,
) -> Result<Option<MessageId>> {
    let Some(found) = find_or_none(tx, actor, message).await? else { return Ok(None) };
    if found.chat != chat || found.role != Role::User {
        return Err(TAKEN);
    }
    let reply: Option<(String,)> =
        sqlx::query_as("SELECT id FROM messages WHERE parent_id = $1 ORDER BY number LIMIT 1")
            .bind(message.to_string())
            .fetch_optional(tx)
            .await?;
    reply.map(|(id,)| parse(&id)).transpose()
}

fn check_room(head: &ChatHead, wanted: i64) -> Result<()> {
    if head.running.is_some() {
        return Err(StoreError::ReplyRunning);
    }
    if head.message_count + wanted > MESSAGES_PER_CHAT {
        return Err(StoreError::ChatFull);
    }
    Ok(())
}

async fn insert_reply(
    tx: &mut AnyConnection,
    actor: &Actor,
    chat: ChatId,
    parent: Option<MessageId>,
    reply: MessageId,
    number: i64,
    head: &ChatHead,
) -> Result<()> {
    let now = now_micros();
    sqlx::query(
        "INSERT INTO messages (id, chat_id, parent_id, number, role, author_id, status, model, created_at)
         VALUES ($1, $2, $3, $4, 'assistant', $5, 'queued', $6, $7)",
    )
    .bind(reply.to_string())
    .bind(chat.to_string())
    .bind(parent.map(|parent| parent.to_string()))
    .bind(number)
    .bind(actor.user.to_string())
    .bind(head.model.clone())
    .bind(now)
    .execute(&mut *tx)
    .await
    // Two nodes may both have seen no running reply; the index lets one of them through.
    .map_err(|error| if is_unique(&error) { StoreError::ReplyRunning } else { error.into() })?;
    sqlx::query(
        "INSERT INTO jobs (id, kind, message_id, workspace_id, user_id, request_id, run_at, created_at)
         VALUES ($1, 'reply', $1, $2, $3, $4, $5, $5)",
    )
    .bind(reply.to_string())
    .bind(actor.workspace.to_string())
    .bind(actor.user.to_string())
    .bind(actor.request.simple().to_string())
    .bind(now)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

async fn move_head(tx: &mut AnyConnection, chat: ChatId, head: MessageId, count: i64) -> Result<()> {
    sqlx::query("UPDATE chats SET head_id = $2, message_count = $3, active_at = $4 WHERE id = $1")
        .bind(chat.to_string())
        .bind(head.to_string())
        .bind(count)
        .bind(now_micros())
        .execute(tx)
        .await?;
    Ok(())
}

fn is_unique(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

pub(super) async fn find(connection: &mut AnyConnection, actor: &Actor, message: MessageId) -> Result<MessageState> {
    find_or_none(connection, actor, message).await?.ok_or(StoreError::NotFound)
}

async fn find_or_none(
    connection: &mut AnyConnection,
    actor: &Actor,
    message: MessageId,
) -> Result<Option<MessageState>> {
    let row: Option<(String, Option<String>, String, String)> = sqlx::query_as(
        "SELECT m.chat_id, m.parent_id, m.role, m.status FROM messages m JOIN chats c ON c.id = m.chat_id
         WHERE m.id = $1 AND c.workspace_id = $2 AND c.owner_id = $3 AND c.deleted_at IS NULL",
    )
    .bind(message.to_string())
    .bind(actor.workspace.to_string())
    .bind(actor.user.to_string())
    .fetch_optional(connection)
    .await?;
    let Some((chat, parent, role, status)) = row else { return Ok(None) };
    Ok(Some(MessageState {
        chat: parse(&chat)?,
        parent: parent.as_deref().map(parse).transpose()?,
        role: Role::from_word(&role).ok_or_else(|| StoreError::Corrupt(format!("role {role:?}")))?,
        status: rows::status(&status)?,
    }))
}
