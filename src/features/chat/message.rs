//! One message of a conversation.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    code::{ClosedBlock, copy_and_say},
    conversation::Conversation,
    edit::EditForm,
    notes::{Dropped, LeftOut},
    send,
    shown::Shown,
    siblings::SiblingsNav,
    waits::Waits,
};
use crate::{
    domain::{
        chat::Sharing,
        id::MessageId,
        message::{Role, Status},
        reply::Usage,
        usage::Spent,
    },
    features::tools::Calls,
    texts::{chat as texts, sharing as sharing_texts, usage as usage_texts},
    ui::{
        handler::handler,
        icon::{Icon, Shape},
    },
};

/// A message, whoever wrote it.
#[component]
pub(super) fn MessageView(shown: Shown, conversation: Conversation) -> impl IntoView {
    match shown.role {
        Role::Assistant => view! { <AssistantMessage shown conversation /> }.into_any(),
        Role::User => view! { <UserMessage shown conversation /> }.into_any(),
        Role::System | Role::Tool => ().into_any(),
    }
}

#[component]
fn UserMessage(shown: Shown, conversation: Conversation) -> impl IntoView {
    let editing = RwSignal::new(false);
    let text = StoredValue::new(shown.with_text(str::to_owned));
    let status = RwSignal::from(shown.status.clone());
    let (busy, writes) = (conversation.busy(), conversation.writes());
    let (edited, on) = (shown.clone(), conversation.clone());
    let others = shown.author.is_some();
    let name = shown.author.as_ref().map_or_else(|| sharing_texts::YOU.to_owned(), |author| author.name.clone());
    let (author, private) = (StoredValue::new(name.clone()), private(&conversation));
    view! {
        <article class="message" aria-label=name data-role="user" data-status=move || status.get().as_str()>
            {move || {
                let named = others || !private.get();
                named.then(|| view! { <p class="author">{author.get_value()}</p> }.into_any())
            }}
            {move || {
                if editing.get() && writes.get() {
                    view! { <EditForm shown=edited.clone() conversation=on.clone() editing /> }.into_any()
                } else {
                    view! { <div class="bubble" data-content="">{text.get_value()}</div> }.into_any()
                }
            }}
            <div class="actions scripted" hidden=move || editing.get()>
                <SiblingsNav shown conversation thing=texts::VERSION />
                <button
                    type="button"
                    hidden=move || !writes.get()
                    disabled=busy
                    on:click=handler(move |_| editing.set(true))
                >
                    <Icon shape=Shape::Pen />
                    <span>{texts::EDIT}</span>
                </button>
                <button type="button" on:click=handler(move |_| copy_and_say(text.get_value()))>
                    <Icon shape=Shape::Copy />
                    <span>{texts::COPY}</span>
                </button>
            </div>
        </article>
    }
}

/// Whether nobody else sees the chat.
fn private(conversation: &Conversation) -> Memo<bool> {
    let standing = conversation.standing.clone();
    Memo::new(move |_| standing.with(|standing| standing.sharing == Sharing::Private))
}

#[component]
fn AssistantMessage(shown: Shown, conversation: Conversation) -> impl IntoView {
    let status = RwSignal::from(shown.status.clone());
    let running = Memo::new(move |_| !status.get().is_terminal());
    let (closed, open) = (RwSignal::from(shown.closed.clone()), RwSignal::from(shown.open.clone()));
    let waiting = RwSignal::from(shown.waiting.clone());
    let said = Memo::new(move |_| closed.with(|closed| !closed.is_empty()) || open.with(|open| !open.is_empty()));
    // It may also wait for its provider in the middle, between two calls of the model.
    let waits = Memo::new(move |_| running.get() && (!said.get() || waiting.get().is_some()));
    view! {
        <article
            class="message"
            aria-label=texts::ASSISTANT
            data-role="assistant"
            data-status=move || status.get().as_str()
            aria-busy=move || if running.get() { "true" } else { "false" }
        >
            <LeftOut shown=shown.clone() />
            <Reasoning shown=shown.clone() said />
            <Calls reply=shown.id calls=RwSignal::from(shown.tool_calls.clone()) writes=conversation.writes() />
            <Prose closed open />
            {move || waits.get().then(|| view! { <Waits waiting /> }.into_any())}
            <Dropped shown=shown.clone() />
            <Outcome shown=shown.clone() conversation=conversation.clone() has_text=said />
            <ReplyActions shown conversation running />
        </article>
    }
}

/// What is said: closed blocks stay as they are, only the open one is rendered again.
#[component]
fn Prose(closed: RwSignal<Vec<Arc<str>>>, open: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="prose" data-content="">
            <For
                each=move || closed.get().into_iter().enumerate()
                key=Clone::clone
                children=|(_, html)| view! { <ClosedBlock html /> }
            />
            {move || {
                let html = open.get();
                (!html.is_empty()).then(|| view! { <div class="block" inner_html=html></div> }.into_any())
            }}
        </div>
    }
}

/// What was thought aloud, folded.
#[component]
fn Reasoning(shown: Shown, said: Memo<bool>) -> impl IntoView {
    let (reasoning, status) = (RwSignal::from(shown.reasoning), RwSignal::from(shown.status));
    let has_any = Memo::new(move |_| reasoning.with(|text| !text.is_empty()));
    let thinking = move || !said.get() && !status.get().is_terminal();
    view! {
        {move || {
            has_any.get().then(|| {
                view! {
                    <details class="reasoning">
                        <summary>{move || if thinking() { texts::THINKING } else { texts::THOUGHTS }}</summary>
                        <div>{reasoning}</div>
                    </details>
                }
                .into_any()
            })
        }}
    }
}

/// A reply that is being prepared.
#[component]
pub(super) fn Typing() -> impl IntoView {
    view! {
        <p class="typing" role="status">
            <span class="visually-hidden">{texts::PREPARING}</span>
            <span class="dots" aria-hidden="true"></span>
        </p>
    }
}

/// The place of a reply that was asked for and is not known yet.
#[component]
pub(super) fn Preparing() -> impl IntoView {
    view! {
        <article class="message" aria-label=texts::ASSISTANT data-role="assistant" data-status="queued" aria-busy="true">
            <Typing />
        </article>
    }
}

/// How a reply ended, where it did not end well, and what can be done about it.
#[component]
fn Outcome(shown: Shown, conversation: Conversation, has_text: Memo<bool>) -> impl IntoView {
    let (status, failure, id) = (RwSignal::from(shown.status), RwSignal::from(shown.failure), shown.id);
    let (busy, writes, private) = (conversation.busy(), conversation.writes(), private(&conversation));
    let conversation = StoredValue::new(conversation);
    let action = move |name: &'static str, act: fn(Conversation, MessageId)| {
        let act = handler(move |_| act(conversation.get_value(), id));
        let hidden = move || !writes.get();
        view! { <button type="button" class="scripted" hidden=hidden disabled=busy on:click=act>{name}</button> }
            .into_any()
    };
    view! {
        {move || {
            let status = status.get();
            let text = outcome(status, private.get(), failure.get().map(|failure| failure.message));
            match status {
                Status::Failed | Status::Interrupted => {
                    let can_go_on = status == Status::Interrupted || has_text.get();
                    view! {
                        <div class="problem" role="alert">
                            <p>{text}</p>
                            {can_go_on.then(|| action(texts::CONTINUE, send::go_on))}
                            {(status == Status::Failed).then(|| action(texts::RETRY, send::regenerate))}
                        </div>
                    }
                    .into_any()
                }
                _ => text.map(|text| view! { <p class="outcome">{text}</p> }.into_any()).into_any(),
            }
        }}
    }
}

/// What is said of how a reply ended, if it is worth a word. In a chat that is not `private` somebody else may have stopped it.
fn outcome(status: Status, private: bool, said: Option<String>) -> Option<String> {
    let usual = match status {
        Status::Failed => texts::FAILED,
        Status::Interrupted => texts::INTERRUPTED,
        Status::Length => texts::AT_LIMIT,
        Status::Stopped => {
            return Some(if private { sharing_texts::YOU_STOPPED } else { sharing_texts::STOPPED }.to_owned());
        }
        Status::Filtered => texts::FILTERED,
        Status::Queued | Status::Streaming | Status::Complete => return None,
    };
    Some(said.unwrap_or_else(|| usual.to_owned()))
}

#[component]
fn ReplyActions(shown: Shown, conversation: Conversation, running: Memo<bool>) -> impl IntoView {
    let id = shown.id;
    let status = RwSignal::from(shown.status.clone());
    let (usage, model) = (RwSignal::from(shown.usage.clone()), RwSignal::from(shown.model.clone()));
    let spent = RwSignal::from(shown.spent.clone());
    let (busy, writes) = (conversation.busy(), conversation.writes());
    let copied = shown.clone();
    let (again, on) = (conversation.clone(), conversation.clone());
    view! {
        <footer class="actions scripted" hidden=running>
            <SiblingsNav shown conversation thing=texts::REPLY />
            <button
                type="button"
                class="label"
                hidden=move || !writes.get() || !matches!(status.get(), Status::Stopped | Status::Length)
                disabled=busy
                on:click=handler(move |_| send::go_on(on.clone(), id))
            >
                <Icon shape=Shape::Play />
                <span>{texts::CONTINUE}</span>
            </button>
            <button
                type="button"
                hidden=move || !writes.get() || status.get() == Status::Failed
                disabled=busy
                on:click=handler(move |_| send::regenerate(again.clone(), id))
            >
                <Icon shape=Shape::Again />
                <span>{texts::REGENERATE}</span>
            </button>
            <button type="button" on:click=handler(move |_| copy_and_say(copied.with_text(str::to_owned)))>
                <Icon shape=Shape::Copy />
                <span>{texts::COPY}</span>
            </button>
            <span class="meta">{move || meta(usage.get(), spent.get(), model.get())}</span>
        </footer>
    }
}

/// `gpt-4o · 1,204 tokens · $0.02`, of what is known.
fn meta(usage: Option<Usage>, spent: Option<Spent>, model: Option<String>) -> String {
    let told = usage.map(|usage| Spent { tokens: usage.total_tokens(), cost: None, estimated: usage.estimated });
    let tokens = spent.or(told).filter(|spent| spent.tokens > 0).map(|spent| usage_texts::spent(&spent));
    [model, tokens].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
