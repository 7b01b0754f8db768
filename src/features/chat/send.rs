//! What a person does in a chat: each shows at once, asks the server, and puts right what it showed if the
//! server says no.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    api::{
        continue_reply, edit_message, load_chat, regenerate_reply, select_message, send_message, start_chat, stop_reply,
    },
    conversation::Conversation,
    shown::Shown,
};
use crate::{
    domain::{
        chat::{AskedReply, Choice, title_from},
        error::AppError,
        id::MessageId,
        message::{Message, Role, Status},
    },
    features::{
        asking::{Typed, typed},
        catalogue::Choosing,
        chats::Chats,
        signed_out::heed,
    },
};

/// A chat that was begun on the page for a new one, on its way to its own page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Handover(StoredValue<Option<Conversation>>);

impl Handover {
    fn give(self, conversation: Conversation) {
        self.0.set_value(Some(conversation));
    }

    /// The chat, if it is this one.
    #[must_use]
    pub fn take(self, chat: crate::domain::id::ChatId) -> Option<Conversation> {
        let given = self.0.try_update_value(Option::take).flatten();
        given.filter(|conversation| conversation.chat == chat)
    }
}

/// Sends a message. It stands in the conversation at once. `sent` is called when the server has it; if the
/// server refuses it, it is taken out again and `refused` gets the text back, before `sent` if the chat is there
/// nevertheless. A text that is sent again after no
/// answer came is the same message: the server may have it already.
pub(super) fn send(
    conversation: Conversation,
    text: String,
    begins: bool,
    sent: impl FnOnce() + 'static,
    refused: impl FnOnce(String) + 'static,
) {
    let before = conversation.unanswered.try_update_value(Option::take).flatten();
    let id = before.filter(|(before, _)| *before == text).map_or_else(MessageId::new, |(_, id)| id);
    conversation.problem.set(None);
    conversation.sending.set(true);
    conversation.change(|messages| {
        if messages.iter().all(|shown| shown.id != id) {
            messages.push(optimistic(messages, id, &text));
        }
    });
    if begins {
        conversation.title.set(title_from(&text));
    }
    let handover = use_context::<Handover>();
    let Choice { product, expert } = use_context::<Choosing>().map(Choosing::choice).unwrap_or_default();
    let navigate = use_navigate();
    let workspace = use_context::<Chats>().and_then(Chats::workspace);
    let typed = if begins { typed() } else { Ok(Typed::default()) };
    spawn_local(async move {
        let turn = conversation.turns.lock().await;
        let asked = match typed {
            Ok(Typed { model, system_prompt, temperature, max_tokens, effort, tools }) if begins => {
                let (chat, text) = (conversation.chat, text.clone());
                start_chat(
                    workspace,
                    chat,
                    id,
                    text,
                    product,
                    expert,
                    model,
                    system_prompt,
                    temperature,
                    max_tokens,
                    effort,
                    tools,
                )
                .await
            }
            Ok(_) => send_message(conversation.chat, id, text.clone()).await,
            Err(error) => Err(error),
        };
        drop(turn);
        match asked {
            Ok(asked) => {
                expect_reply(&conversation, asked);
            }
            Err(error) => {
                conversation.change(|messages| messages.retain(|shown| shown.id != id));
                conversation.sending.set(false);
                conversation.unanswered.set_value(Some((text.clone(), id)));
                let is_there = error == AppError::ReplyRunning;
                if begins && !is_there {
                    conversation.title.set(String::new());
                }
                // First, since the page may be left with the problem.
                refused(text);
                report(&conversation, error);
                if !is_there {
                    return;
                }
                refresh(&conversation).await;
            }
        }
        sent();
        if let Some(handover) = handover.filter(|_| begins) {
            let path = format!("/chats/{}", conversation.chat);
            handover.give(conversation.clone());
            navigate(&path, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
    });
}

/// Shows the reply that was asked for, still empty.
fn expect_reply(conversation: &Conversation, asked: AskedReply) {
    conversation.change(|messages| {
        if messages.iter().all(|shown| shown.id != asked.reply) {
            let number = messages.last().map_or(1, |shown| shown.number + 1);
            messages.push(Shown::new(&Message::empty(asked.reply, number, Role::Assistant, Status::Queued)));
        }
    });
    conversation.sending.set(false);
}

fn optimistic(messages: &[Shown], id: MessageId, text: &str) -> Shown {
    let number = messages.last().map_or(1, |shown| shown.number + 1);
    Shown::new(&Message { content: text.to_owned(), ..Message::empty(id, number, Role::User, Status::Complete) })
}

/// Says what went wrong beside the composer.
fn report(conversation: &Conversation, error: AppError) {
    heed(&error);
    conversation.problem.set(Some(error));
}

/// Stops a reply.
pub(super) fn stop(conversation: Conversation, reply: MessageId) {
    spawn_local(async move {
        if let Err(error) = stop_reply(reply).await {
            report(&conversation, error);
        }
    });
}

/// Asks for another reply beside an old one.
pub(super) fn regenerate(conversation: Conversation, reply: MessageId) {
    change(conversation, true, async move || regenerate_reply(reply, MessageId::new()).await.map(drop));
}

/// Asks for a reply that goes on with an old one.
pub(super) fn go_on(conversation: Conversation, reply: MessageId) {
    change(conversation, true, async move || continue_reply(reply, MessageId::new()).await.map(drop));
}

/// Says a message in other words.
pub(super) fn edit(conversation: Conversation, edited: MessageId, text: String) {
    change(conversation, true, async move || edit_message(edited, MessageId::new(), text).await.map(drop));
}

/// Shows the path through another message.
pub(super) fn select(conversation: Conversation, message: MessageId) {
    change(conversation, false, async move || select_message(message).await);
}

/// Changes the shown path on the server, then shows it; until then, that a reply is being prepared if one will be.
fn change(conversation: Conversation, awaits_reply: bool, ask: impl AsyncFnOnce() -> Result<(), AppError> + 'static) {
    conversation.problem.set(None);
    conversation.sending.set(true);
    conversation.awaits_reply.set(awaits_reply);
    spawn_local(async move {
        let turn = conversation.turns.lock().await;
        let asked = ask().await;
        drop(turn);
        match asked {
            Ok(()) => refresh(&conversation).await,
            Err(error) => {
                report(&conversation, error);
                // A reply may be running elsewhere, or this one was made and only the answer was lost.
                refresh(&conversation).await;
            }
        }
        conversation.awaits_reply.set(false);
        conversation.sending.set(false);
    });
}

/// Brings what is shown up to what the server knows, a moment later.
pub fn refresh_soon(conversation: &Conversation) {
    let conversation = conversation.clone();
    spawn_local(async move { refresh(&conversation).await });
}

/// Brings what is shown up to what the server knows. Without a connection it stays as it is.
pub(super) async fn refresh(conversation: &Conversation) {
    loop {
        let (epoch, look) = (conversation.epoch(), conversation.begin_look());
        let page = match load_chat(conversation.chat).await {
            Ok(page) => {
                if conversation.gone.get_untracked() {
                    conversation.gone.set(false);
                }
                page
            }
            Err(AppError::NotFound) => return conversation.gone.set(true),
            Err(error) => return heed(&error),
        };
        // What was done here meanwhile is not in this answer: ask again.
        if epoch == conversation.epoch() {
            if conversation.takes_look(look) {
                conversation.update(page);
            }
            return;
        }
    }
}
