//! The server functions of a chat: who is asking, may they, one call into the server, return.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]
#![allow(clippy::too_many_arguments, reason = "a form is flat: every field of one is a parameter")]

use leptos::prelude::*;
use server_fn::codec::{ByteStream, Streaming};

use crate::domain::{
    answers::Answers,
    chat::{AskedReply, ChatPage, OlderMessages},
    error::AppError,
    form::Form,
    id::{ChatId, ExpertId, MessageId, ProductId, WorkspaceId},
    settings::Effort,
};

/// Begins a chat with its first message, in the workspace that is named or in the one that one has before oneself, about
/// one of its products and answered by one of its experts, if they are named; where it says how models are asked, that goes
/// before what its expert and its workspace say. `tools` are the keys of those that the model may call, one a line. The client makes both ids: sent twice, it
/// is stored once and answered once. A plain form is sent on to the chat's page.
///
/// # Errors
/// As [`send_message`]; also `Invalid` if the product or the expert is not there to be chosen, or a setting does not fit.
#[server(endpoint = "start_chat", input = Form)]
pub async fn start_chat(
    workspace: Option<WorkspaceId>,
    chat: ChatId,
    message: MessageId,
    text: String,
    product: Option<ProductId>,
    expert: Option<ExpertId>,
    model: Option<String>,
    system_prompt: Option<String>,
    temperature: Option<f64>,
    max_tokens: Option<u32>,
    effort: Option<Effort>,
    tools: Option<String>,
) -> Result<AskedReply, AppError> {
    let settings = edge::Settings { model: None, system_prompt, temperature, max_tokens, effort };
    let own = edge::chosen(settings, model)?;
    let first = edge::First { chat, message, text, choice: edge::Choice { product, expert }, own, tools };
    edge::start(workspace, first).await
}

/// Sends a message in a chat and asks for the reply. Sent twice with the same id, it is stored once.
///
/// # Errors
/// `NotFound`, `Forbidden`, `TooMany`, `ReplyRunning`, `ChatFull`, `ModelGone`, `OverBudget`, `EmptyMessage`, `MessageTooLong`, or
/// `Invalid` if the id is taken.
#[server(endpoint = "send_message", input = Form)]
pub async fn send_message(chat: ChatId, message: MessageId, text: String) -> Result<AskedReply, AppError> {
    edge::ask_in_chat(chat, async |server, actor, terms| {
        let text = edge::checked(&text)?;
        Ok(server.store.send_message(&actor, chat, message, &text, terms.order()).await?)
    })
    .await
}

/// Says a person's message in other words, beside the old one.
///
/// # Errors
/// As `send_message`.
#[server(endpoint = "edit_message", input = Form)]
pub async fn edit_message(edited: MessageId, message: MessageId, text: String) -> Result<AskedReply, AppError> {
    edge::ask_beside(edited, async |server, actor, terms| {
        let text = edge::checked(&text)?;
        Ok(server.store.edit_message(&actor, edited, message, &text, terms.order()).await?)
    })
    .await
}

/// Asks for another reply beside an old one; `message` is the new one's id.
///
/// # Errors
/// `NotFound`, `ReplyRunning`, `ChatFull`, `OverBudget`, or `Invalid` if `reply` is no reply or the id is taken.
#[server(endpoint = "regenerate_reply", input = Form)]
pub async fn regenerate_reply(reply: MessageId, message: MessageId) -> Result<AskedReply, AppError> {
    edge::ask_beside(reply, async |server, actor, terms| {
        Ok(server.store.ask_again(&actor, reply, message, false, terms.order()).await?)
    })
    .await
}

/// Asks for a reply that goes on where an old one broke off; `message` is the new one's id.
///
/// # Errors
/// As `regenerate_reply`; also `Invalid` if the old one did not break off.
#[server(endpoint = "continue_reply", input = Form)]
pub async fn continue_reply(reply: MessageId, message: MessageId) -> Result<AskedReply, AppError> {
    edge::ask_beside(reply, async |server, actor, terms| {
        Ok(server.store.ask_again(&actor, reply, message, true, terms.order()).await?)
    })
    .await
}

/// Stops a reply; its text stays. Before its first word, twice and after its end are fine.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "stop_reply", input = Form)]
pub async fn stop_reply(reply: MessageId) -> Result<(), AppError> {
    edge::with_message(reply, edge::WithChat::Write, async |server, actor| {
        Ok(server.engine.stop(&actor, reply).await?)
    })
    .await
}

/// Shows the newest path through a message.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "select_message", input = Form)]
pub async fn select_message(message: MessageId) -> Result<(), AppError> {
    edge::with_message(message, edge::WithChat::Write, async |server, actor| {
        Ok(server.store.select_message(&actor, message).await?)
    })
    .await
}

/// Which model answers in the workspace that is named, or in the one that one has before oneself, where a chat names none.
///
/// # Errors
/// `NotFound` if one is not in that workspace.
#[server(endpoint = "who_answers", input = Form)]
pub async fn who_answers(workspace: Option<WorkspaceId>) -> Result<Answers, AppError> {
    edge::in_workspace(workspace, edge::InWorkspace::Look, async |server, actor| {
        let offer = edge::offer(server, &actor).await?;
        Ok(Answers { model: offer.name_of(None), demo: offer.is_demo(None) })
    })
    .await
}

/// The newest part of a chat.
///
/// # Errors
/// `NotFound`.
#[server(endpoint = "load_chat", input = Form)]
pub async fn load_chat(chat: ChatId) -> Result<ChatPage, AppError> {
    use crate::domain::budget::BudgetState;
    use crate::domain::limits::MESSAGES_PER_PAGE;
    use crate::server::access::may;
    edge::with_chat(chat, edge::WithChat::Read, async |server, actor| {
        let summary = server.store.chat(&actor, chat).await?;
        let mut path = server.store.shown_path(&actor, chat, MESSAGES_PER_PAGE).await?;
        path.messages.iter_mut().for_each(|message| server.engine.catch_up(message));
        let (may_write, may_manage) = may(&server.store, &actor, chat).await?;
        let workspace = actor.workspace;
        let spent = server.store.chat_usage(&actor, chat).await?;
        let budgets = BudgetState::told(server.store.budgets_left(&actor).await?);
        let settings = server.store.chat_settings(&actor, chat).await?;
        let defaults = server.store.workspace_settings(&actor).await?;
        let merged = settings.clone().or(defaults.clone());
        let context = edge::context(server.store.chosen(&actor, chat).await?, &merged);
        Ok(ChatPage {
            chat: summary,
            messages: path.messages,
            has_older: path.has_older,
            may_write,
            may_manage,
            workspace,
            context,
            settings,
            defaults,
            spent,
            budgets,
        })
    })
    .await
}

/// The messages above one that is shown.
///
/// # Errors
/// `NotFound`.
#[server(name = LoadOlder, endpoint = "older_messages", input = Form)]
pub async fn older_messages(before: MessageId) -> Result<OlderMessages, AppError> {
    use crate::domain::limits::MESSAGES_PER_PAGE;
    edge::with_message(before, edge::WithChat::Read, async |server, actor| {
        let path = server.store.path_above(&actor, before, MESSAGES_PER_PAGE).await?;
        Ok(OlderMessages { messages: path.messages, has_older: path.has_older })
    })
    .await
}

/// Follows a reply from a position in its log: a stream of [frames](crate::domain::frame).
///
/// # Errors
/// `NotFound`, `TooManyStreams`.
#[server(endpoint = "follow_reply", input = Form, output = Streaming)]
pub async fn follow_reply(message: MessageId, cursor: u64) -> Result<ByteStream<AppError>, AppError> {
    edge::with_message(message, edge::WithChat::Read, async |server, actor| {
        let (chat, frames) = crate::server::replies::follow(&server.engine, actor, message, cursor).await?;
        edge::stream(server, &actor, Some(chat), frames)
    })
    .await
}

/// Code with its words marked by kind, as HTML; `None` if the language is not known.
///
/// # Errors
/// None of its own.
#[server(endpoint = "highlight_code", input = Form)]
pub async fn highlight_code(language: String, code: String) -> Result<Option<String>, AppError> {
    use crate::server::highlight::highlight;
    edge::personally(edge::OnAccount::Read, async |_, _| {
        // Long code takes a while to read: not on a thread that serves others.
        Ok(tokio::task::spawn_blocking(move || highlight(&language, &code)).await.unwrap_or_default())
    })
    .await
}

/// What the functions above share, on the server.
#[cfg(feature = "ssr")]
mod edge {
    use std::borrow::Cow;

    use super::{AppError, AskedReply, ChatId, MessageId, WorkspaceId};
    use crate::{
        domain::{actor::Actor, catalogue::ChatContext, chat::title_from, limits::MESSAGE_BYTES, text::without_nul},
        features::tools::edit::begun_with,
        server::{
            access::throttle,
            error::wants_page,
            replies::{Terms, told},
            state::AppState,
            store::{
                contexts::Chosen,
                sending::{Asked, Opening},
            },
        },
    };
    pub(super) use crate::{
        domain::{chat::Choice, settings::Settings},
        features::{
            asking::edit::{chosen, offer},
            edge::{in_workspace, personally, stream, with_chat, with_message},
        },
        server::access::policy::{InWorkspace, OnAccount, WithChat},
    };

    /// What a chat's page says of what was chosen for it.
    pub(super) fn context(chosen: Chosen, settings: &Settings) -> ChatContext {
        let told = told(settings.system_prompt.as_deref(), &chosen);
        let Chosen { product, expert, model } = chosen;
        ChatContext {
            product: product.map(|product| product.name),
            expert: expert.map(|expert| expert.summary),
            model,
            told,
        }
    }

    /// A message's text, checked. What is around it is kept as it was written.
    pub(super) fn checked(text: &str) -> Result<Cow<'_, str>, AppError> {
        if text.trim().is_empty() {
            return Err(AppError::EmptyMessage);
        }
        if text.len() > MESSAGE_BYTES {
            return Err(AppError::MessageTooLong);
        }
        Ok(without_nul(text))
    }

    /// Answers a request for a reply in a chat.
    pub(super) async fn ask_in_chat(
        chat: ChatId,
        asking: impl AsyncFnOnce(&AppState, Actor, Terms) -> Result<Asked, AppError>,
    ) -> Result<AskedReply, AppError> {
        with_chat(chat, WithChat::Write, async |server, actor| {
            let settings = server.store.settings_of(&actor, chat).await?;
            ask(server, actor, settings, asking).await
        })
        .await
    }

    /// Answers a request for a reply beside an earlier message.
    pub(super) async fn ask_beside(
        message: MessageId,
        asking: impl AsyncFnOnce(&AppState, Actor, Terms) -> Result<Asked, AppError>,
    ) -> Result<AskedReply, AppError> {
        with_message(message, WithChat::Write, async |server, actor| {
            let chat = server.store.message_state(&actor, message).await?.chat;
            let settings = server.store.settings_of(&actor, chat).await?;
            ask(server, actor, settings, asking).await
        })
        .await
    }

    /// Asks for a reply, if that is not too much, and says so in the log.
    async fn ask(
        server: &AppState,
        actor: Actor,
        settings: Settings,
        asking: impl AsyncFnOnce(&AppState, Actor, Terms) -> Result<Asked, AppError>,
    ) -> Result<AskedReply, AppError> {
        throttle::send(&server.store, server.access.settings(), &actor).await?;
        let catalogue = server.providers.catalogue(actor.workspace).await?;
        let terms = Terms::settle(settings, &catalogue, server.providers.default_model())?;
        let asked = asking(server, actor, terms).await?;
        if asked.fresh {
            tracing::info!(message_id = %asked.reply, chat = %asked.chat, "a reply was asked for");
        }
        Ok(AskedReply { chat: asked.chat, reply: asked.reply })
    }

    /// What a chat begins with.
    pub(super) struct First {
        pub chat: ChatId,
        pub message: MessageId,
        pub text: String,
        pub choice: Choice,
        /// How models are asked in it, as far as it says so itself.
        pub own: Settings,
        /// Which tools they may call, by their keys, one a line.
        pub tools: Option<String>,
    }

    pub(super) async fn start(workspace: Option<WorkspaceId>, first: First) -> Result<AskedReply, AppError> {
        let First { chat, message, text, choice, own, tools } = first;
        let settings = own.clone();
        let asking = async |server: &AppState, actor: Actor, terms: Terms| {
            let text = checked(&text)?;
            let tools = begun_with(server, &actor, tools.as_deref()).await?;
            let opening = Opening { title: &title_from(&text), choice, settings: &own, tools: &tools };
            Ok(server.store.start_chat(&actor, chat, message, &text, opening, terms.order()).await?)
        };
        let begin = async |server: &AppState, actor: Actor| {
            let settings = settings.or(server.store.settings_of_new(&actor, choice).await?);
            ask(server, actor, settings, asking).await
        };
        let asked = in_workspace(workspace, InWorkspace::BeginChat, begin).await?;
        if wants_page() {
            leptos_axum::redirect(&format!("/chats/{}", asked.chat));
        }
        Ok(asked)
    }
}
