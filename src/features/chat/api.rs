//! The server functions of a chat: who is asking, may they, one call into the server, return.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;
use server_fn::codec::{ByteStream, Streaming};

use crate::domain::{
    answers::Answers,
    chat::{AskedReply, ChatPage, OlderMessages},
    error::AppError,
    id::{ChatId, MessageId},
};

/// Begins a chat with its first message. The client makes both ids: sent twice, it is stored once and
/// answered once. A plain form is sent on to the chat's page.
///
/// # Errors
/// As [`send_message`].
#[server(endpoint = "start_chat")]
pub async fn start_chat(chat: ChatId, message: MessageId, text: String) -> Result<AskedReply, AppError> {
    edge::start(chat, message, text).await
}

/// Sends a message in a chat and asks for the reply. Sent twice with the same id, it is stored once.
///
/// # Errors
/// `NotFound`, `ReplyRunning`, `ChatFull`, `EmptyMessage`, `MessageTooLong`, or `Invalid` if the id is taken.
#[server(endpoint = "send_message")]
pub async fn send_message(chat: ChatId, message: MessageId, text: String) -> Result<AskedReply, AppError> {
    edge::ask(async |server, actor| {
        let text = edge::checked(&text)?;
        Ok(server.store.send_message(&actor, chat, message, text).await?)
    })
    .await
}

/// Says a person's message in other words, beside the old one.
///
/// # Errors
/// As `send_message`.
#[server(endpoint = "edit_message")]
pub async fn edit_message(edited: MessageId, message: MessageId, text: String) -> Result<AskedReply, AppError> {
    edge::ask(async |server, actor| {
        let text = edge::checked(&text)?;
        Ok(server.store.edit_message(&actor, edited, message, text).await?)
    })
    .await
}

/// Asks for another reply beside an old one; `message` is the new one's id.
///
/// # Errors
/// `NotFound`, `ReplyRunning`, `ChatFull`, or `Invalid` if `reply` is no reply or the id is taken.
#[server(endpoint = "regenerate_reply")]
pub async fn regenerate_reply(reply: MessageId, message: MessageId) -> Result<AskedReply, AppError> {
    edge::ask(async |server, actor| Ok(server.store.ask_again(&actor, reply, message, false).await?)).await
}

/// Asks for a reply that goes on where an old one broke off; `message` is the new one's id.
///
/// # Errors
/// As `regenerate_reply`; also `Invalid` if the old one did not break off.
#[server(endpoint = "continue_reply")]
pub async fn continue_reply(reply: MessageId, message: MessageId) -> Result<AskedReply, AppError> {
    edge::ask(async |server, actor| Ok(server.store.ask_again(&actor, reply, message, true).await?)).await
}

/// Stops a reply; its text stays. Before its first word, twice and after its end are fine.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "stop_reply")]
pub async fn stop_reply(reply: MessageId) -> Result<(), AppError> {
    edge::answer(async |server, actor| Ok(server.engine.stop(&actor, reply).await?)).await
}

/// Shows the newest path through a message.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "select_message")]
pub async fn select_message(message: MessageId) -> Result<(), AppError> {
    edge::answer(async |server, actor| {
        let chat = server.store.select_message(&actor, message).await?;
        server.engine.changes().publish(chat);
        Ok(())
    })
    .await
}

/// Which model answers where a chat names none.
///
/// # Errors
/// None of its own.
#[server(endpoint = "who_answers")]
pub async fn who_answers() -> Result<Answers, AppError> {
    edge::answer(async |server, _| Ok(server.answers.clone())).await
}

/// The newest part of a chat.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "load_chat")]
pub async fn load_chat(chat: ChatId) -> Result<ChatPage, AppError> {
    use crate::domain::limits::MESSAGES_PER_PAGE;
    edge::answer(async |server, actor| {
        let summary = server.store.chat(&actor, chat).await?;
        let mut path = server.store.shown_path(&actor, chat, MESSAGES_PER_PAGE).await?;
        path.messages.iter_mut().for_each(|message| server.engine.catch_up(message));
        Ok(ChatPage { chat: summary, messages: path.messages, has_older: path.has_older })
    })
    .await
}

/// The messages above one that is shown.
///
/// # Errors
/// `NotFound`.
#[server(name = LoadOlder, endpoint = "older_messages")]
pub async fn older_messages(before: MessageId) -> Result<OlderMessages, AppError> {
    use crate::domain::limits::MESSAGES_PER_PAGE;
    edge::answer(async |server, actor| {
        let path = server.store.path_above(&actor, before, MESSAGES_PER_PAGE).await?;
        Ok(OlderMessages { messages: path.messages, has_older: path.has_older })
    })
    .await
}

/// Follows a reply from a position in its log: a stream of [frames](crate::domain::frame).
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "follow_reply", output = Streaming)]
pub async fn follow_reply(message: MessageId, cursor: u64) -> Result<ByteStream<AppError>, AppError> {
    edge::stream(
        async |server, actor| Ok(crate::server::replies::follow(&server.engine, actor, message, cursor).await?),
    )
    .await
}

/// Code with its words marked by kind, as HTML; `None` if the language is not known.
///
/// # Errors
/// None of its own.
#[server(endpoint = "highlight_code")]
pub async fn highlight_code(language: String, code: String) -> Result<Option<String>, AppError> {
    use crate::server::highlight::highlight;
    edge::answer(async |_, _| {
        // Long code takes a while to read: not on a thread that serves others.
        Ok(tokio::task::spawn_blocking(move || highlight(&language, &code)).await.unwrap_or_default())
    })
    .await
}

/// What the functions above share, on the server.
#[cfg(feature = "ssr")]
mod edge {
    use super::{AppError, AskedReply, ChatId, MessageId};
    pub(super) use crate::features::edge::{answer, stream};
    use crate::{
        domain::{actor::Actor, chat::title_from, limits::MESSAGE_BYTES},
        server::{error::wants_page, state::AppState, store::messages::Asked},
    };

    /// A message's text, checked. What is around it is kept as it was written.
    pub(super) fn checked(text: &str) -> Result<&str, AppError> {
        if text.trim().is_empty() {
            return Err(AppError::EmptyMessage);
        }
        if text.len() > MESSAGE_BYTES {
            return Err(AppError::MessageTooLong);
        }
        Ok(text)
    }

    /// Answers a request that asks for a reply, and wakes who writes it.
    pub(super) async fn ask(
        asking: impl AsyncFnOnce(&AppState, Actor) -> Result<Asked, AppError>,
    ) -> Result<AskedReply, AppError> {
        answer(async |server, actor| {
            let asked = asking(server, actor).await?;
            server.engine.asked(&asked);
            Ok(AskedReply { chat: asked.chat, reply: asked.reply })
        })
        .await
    }

    pub(super) async fn start(chat: ChatId, message: MessageId, text: String) -> Result<AskedReply, AppError> {
        let asked = ask(async |server, actor| {
            let text = checked(&text)?;
            Ok(server.store.start_chat(&actor, chat, message, text, &title_from(text)).await?)
        })
        .await?;
        if wants_page() {
            leptos_axum::redirect(&format!("/chats/{}", asked.chat));
        }
        Ok(asked)
    }
}
