//! What people send, say in other words and ask for again: written in one transaction with the job that answers it.

use sqlx::AnyConnection;

use super::{
    Result, Store, StoreError,
    chats::{self, ChatHead},
    contexts,
    error::is_unique,
    messages::{find, find_or_none},
    queued::{Place, insert_reply},
    reservations::Order,
    rows::parse,
    seeds::{plant, seed_of, told},
    settings, tools,
    write::Write,
};
use crate::domain::{
    actor::Actor,
    chat::Choice,
    id::{ChatId, MessageId},
    limits::MESSAGES_PER_CHAT,
    message::Role,
    settings::Settings,
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

/// What a chat begins with, besides its first message.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Its title.
    pub title: &'a str,
    /// What it is about, and who answers in it.
    pub choice: Choice,
    /// How models are asked in it, as far as whoever begins it says so.
    pub settings: &'a Settings,
    /// Which tools its models may call, by their keys.
    pub tools: &'a [String],
}

impl Store {
    /// Begins a chat with its first message and asks for the reply, in one transaction. Sent again with
    /// the same ids it changes nothing, whatever is chosen then, and returns the same reply.
    ///
    /// # Errors
    /// `Conflict` if an id is taken by something else or what is chosen is not there to be chosen, and the errors of [`Store::send_message`].
    pub async fn start_chat(
        &self,
        actor: &Actor,
        chat: ChatId,
        message: MessageId,
        text: &str,
        opening: Opening<'_>,
        order: Order<'_>,
    ) -> Result<Asked> {
        let Opening { title, choice, settings, tools } = opening;
        let mut tx = self.write().await?;
        let now = tx.now;
        let made = sqlx::query(
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
        if made.rows_affected() > 0 && choice != Choice::default() {
            contexts::choose(&mut tx, actor, chat, choice).await?;
        }
        if made.rows_affected() > 0 && *settings != Settings::default() {
            settings::begin_with(&mut tx, chat, settings).await?;
        }
        if made.rows_affected() > 0 && !tools.is_empty() {
            tools::begin_with(&mut tx, chat, tools).await?;
        }
        let asked = send_below(&mut tx, actor, chat, Parent::Head, New { message, text, order }).await?;
        done(tx, asked).await
    }

    /// Appends a person's message to the shown path, an empty reply to it, and the job that writes the
    /// reply, in one transaction. Sent again with the same id it changes nothing and returns the same reply.
    ///
    /// # Errors
    /// `NotFound`, `ReplyRunning`, `ChatFull`, `OverBudget`, or `Conflict` if the id is taken by something else.
    pub async fn send_message(
        &self,
        actor: &Actor,
        chat: ChatId,
        message: MessageId,
        text: &str,
        order: Order<'_>,
    ) -> Result<Asked> {
        let mut tx = self.write().await?;
        let asked = send_below(&mut tx, actor, chat, Parent::Head, New { message, text, order }).await?;
        done(tx, asked).await
    }

    /// Asks for another reply to the same message, as `sibling`; the old one is kept beside it. With
    /// `keep_text` the new one begins with the old one's text, to go on from there.
    ///
    /// # Errors
    /// `NotFound`, `ReplyRunning`, `ChatFull`, `OverBudget`, or `Conflict` if `reply` is not a reply or the id is taken.
    pub async fn ask_again(
        &self,
        actor: &Actor,
        reply: MessageId,
        sibling: MessageId,
        keep_text: bool,
        order: Order<'_>,
    ) -> Result<Asked> {
        let mut tx = self.write().await?;
        let old = find(&mut tx, actor, reply).await?;
        if old.role != Role::Assistant {
            return Err(StoreError::Conflict("Only a reply can be asked for again."));
        }
        let chat = old.chat;
        let head = chats::extend(&mut tx, actor, chat).await?;
        if let Some(twin) = find_or_none(&mut tx, actor, sibling).await? {
            let same = twin.chat == chat && twin.parent == old.parent && twin.role == Role::Assistant;
            let same = same && twin.author == actor.user;
            return if same { Ok(Asked { chat, reply: sibling, fresh: false }) } else { Err(TAKEN) };
        }
        check_room(&head, 1)?;
        let number = head.message_count + 1;
        let seed = if keep_text { Some(seed_of(&mut tx, reply).await?) } else { None };
        let planted = seed.as_deref().map_or(0, told);
        let place = Place { chat, parent: old.parent, number, planted };
        insert_reply(&mut tx, actor, place, sibling, order, head.audience).await?;
        if let Some(seed) = seed {
            plant(&mut tx, sibling, &seed).await?;
        }
        move_head(&mut tx, chat, sibling, number).await?;
        done(tx, Asked { chat, reply: sibling, fresh: true }).await
    }

    /// Says a person's message in other words: a sibling of it, with a reply of its own. The old one and
    /// what followed it are kept.
    ///
    /// # Errors
    /// `NotFound`, `ReplyRunning`, `ChatFull`, `OverBudget`, or `Conflict` if it is not a person's or the id is taken.
    pub async fn edit_message(
        &self,
        actor: &Actor,
        edited: MessageId,
        message: MessageId,
        text: &str,
        order: Order<'_>,
    ) -> Result<Asked> {
        let mut tx = self.write().await?;
        let old = find(&mut tx, actor, edited).await?;
        if old.role != Role::User {
            return Err(StoreError::Conflict("Only what a person wrote can be edited."));
        }
        let new = New { message, text, order };
        let asked = send_below(&mut tx, actor, old.chat, Parent::Of(old.parent), new).await?;
        done(tx, asked).await
    }
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

/// Commits what was asked for. What had been asked for before is left as it is.
async fn done(tx: Write, asked: Asked) -> Result<Asked> {
    if asked.fresh {
        tx.commit().await?;
    }
    Ok(asked)
}

/// What a person sends, and on what terms it is to be answered.
struct New<'a> {
    message: MessageId,
    text: &'a str,
    order: Order<'a>,
}

async fn send_below(tx: &mut Write, actor: &Actor, chat: ChatId, parent: Parent, new: New<'_>) -> Result<Asked> {
    let New { message, text, order } = new;
    let head = chats::extend(tx, actor, chat).await?;
    if let Some(reply) = earlier_answer(tx, actor, chat, message).await? {
        return Ok(Asked { chat, reply, fresh: false });
    }
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
    .bind(tx.now)
    .execute(&mut **tx)
    .await
    .map_err(|error| if is_unique(&error) { TAKEN } else { error.into() })?;
    let place = Place { chat, parent: Some(message), number: number + 1, planted: 0 };
    insert_reply(tx, actor, place, reply, order, head.audience).await?;
    move_head(tx, chat, reply, number + 1).await?;
    Ok(Asked { chat, reply, fresh: true })
}

/// The reply to a message that this person already sent under this id.
async fn earlier_answer(
    tx: &mut AnyConnection,
    actor: &Actor,
    chat: ChatId,
    message: MessageId,
) -> Result<Option<MessageId>> {
    let Some(found) = find_or_none(tx, actor, message).await? else { return Ok(None) };
    if found.chat != chat || found.role != Role::User || found.author != actor.user {
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

async fn move_head(tx: &mut Write, chat: ChatId, head: MessageId, count: i64) -> Result<()> {
    sqlx::query("UPDATE chats SET head_id = $2, message_count = $3 WHERE id = $1")
        .bind(chat.to_string())
        .bind(head.to_string())
        .bind(count)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
