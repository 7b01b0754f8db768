//! One message of a conversation.

use std::sync::Arc;

use leptos::{html, prelude::*};

use super::{
    code::{ClosedBlock, copy_and_say},
    conversation::Conversation,
    edit::EditForm,
    send,
    shown::Shown,
};
use crate::{
    domain::{
        id::MessageId,
        message::{Role, Status},
        reply::Usage,
    },
    ui::{
        handler::{effect, handler},
        icon::{Icon, Shape},
        paint::after_paint,
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
    let busy = conversation.busy();
    let (edited, on) = (shown.clone(), conversation.clone());
    view! {
        <article class="message" aria-label="You" data-role="user" data-status=move || status.get().as_str()>
            {move || {
                if editing.get() {
                    view! { <EditForm shown=edited.clone() conversation=on.clone() editing /> }.into_any()
                } else {
                    view! { <div class="bubble" data-content="">{text.get_value()}</div> }.into_any()
                }
            }}
            <div class="actions scripted" hidden=move || editing.get()>
                <SiblingsNav shown conversation thing="version" />
                <button type="button" disabled=busy on:click=handler(move |_| editing.set(true))>
                    <Icon shape=Shape::Pen />
                    <span>"Edit"</span>
                </button>
                <button type="button" on:click=handler(move |_| copy_and_say(text.get_value()))>
                    <Icon shape=Shape::Copy />
                    <span>"Copy"</span>
                </button>
            </div>
        </article>
    }
}

#[component]
fn AssistantMessage(shown: Shown, conversation: Conversation) -> impl IntoView {
    let status = RwSignal::from(shown.status.clone());
    let running = Memo::new(move |_| !status.get().is_terminal());
    let (closed, open) = (RwSignal::from(shown.closed.clone()), RwSignal::from(shown.open.clone()));
    let said = Memo::new(move |_| closed.with(|closed| !closed.is_empty()) || open.with(|open| !open.is_empty()));
    view! {
        <article
            class="message"
            aria-label="Assistant"
            data-role="assistant"
            data-status=move || status.get().as_str()
            aria-busy=move || if running.get() { "true" } else { "false" }
        >
            <Reasoning shown=shown.clone() said />
            <Prose closed open />
            {move || (running.get() && !said.get()).then(|| view! { <Typing /> }.into_any())}
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
                        <summary>{move || if thinking() { "Thinking…" } else { "Thoughts" }}</summary>
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
fn Typing() -> impl IntoView {
    view! {
        <p class="typing" role="status">
            <span class="visually-hidden">"Preparing a reply"</span>
            <span class="dots" aria-hidden="true"></span>
        </p>
    }
}

/// The place of a reply that was asked for and is not known yet.
#[component]
pub(super) fn Preparing() -> impl IntoView {
    view! {
        <article class="message" aria-label="Assistant" data-role="assistant" data-status="queued" aria-busy="true">
            <Typing />
        </article>
    }
}

/// How a reply ended, where it did not end well, and what can be done about it.
#[component]
fn Outcome(shown: Shown, conversation: Conversation, has_text: Memo<bool>) -> impl IntoView {
    let (status, failure, id) = (RwSignal::from(shown.status), RwSignal::from(shown.failure), shown.id);
    let busy = conversation.busy();
    let conversation = StoredValue::new(conversation);
    let action = move |name: &'static str, act: fn(Conversation, MessageId)| {
        let act = handler(move |_| act(conversation.get_value(), id));
        view! { <button type="button" class="scripted" disabled=busy on:click=act>{name}</button> }.into_any()
    };
    view! {
        {move || {
            let status = status.get();
            let text = outcome(status, failure.get().map(|failure| failure.message));
            match status {
                Status::Failed | Status::Interrupted => {
                    let can_go_on = status == Status::Interrupted || has_text.get();
                    view! {
                        <div class="problem" role="alert">
                            <p>{text}</p>
                            {can_go_on.then(|| action("Continue", send::go_on))}
                            {(status == Status::Failed).then(|| action("Retry", send::regenerate))}
                        </div>
                    }
                    .into_any()
                }
                _ => text.map(|text| view! { <p class="outcome">{text}</p> }.into_any()).into_any(),
            }
        }}
    }
}

/// What is said of how a reply ended, if it is worth a word.
fn outcome(status: Status, said: Option<String>) -> Option<String> {
    let usual = match status {
        Status::Failed => "The model did not answer.",
        Status::Interrupted => "This reply broke off. What came is kept.",
        Status::Length => "The model reached its limit before the end.",
        Status::Stopped => return Some("You stopped this reply.".to_owned()),
        Status::Filtered => return Some("The provider withheld the rest of this reply.".to_owned()),
        Status::Queued | Status::Streaming | Status::Complete => return None,
    };
    Some(said.unwrap_or_else(|| usual.to_owned()))
}

#[component]
fn ReplyActions(shown: Shown, conversation: Conversation, running: Memo<bool>) -> impl IntoView {
    let id = shown.id;
    let status = RwSignal::from(shown.status.clone());
    let (usage, model) = (RwSignal::from(shown.usage.clone()), RwSignal::from(shown.model.clone()));
    let busy = conversation.busy();
    let copied = shown.clone();
    let (again, on) = (conversation.clone(), conversation.clone());
    view! {
        <footer class="actions scripted" hidden=running>
            <SiblingsNav shown conversation thing="reply" />
            <button
                type="button"
                class="label"
                hidden=move || !matches!(status.get(), Status::Stopped | Status::Length)
                disabled=busy
                on:click=handler(move |_| send::go_on(on.clone(), id))
            >
                <Icon shape=Shape::Play />
                <span>"Continue"</span>
            </button>
            <button
                type="button"
                hidden=move || status.get() == Status::Failed
                disabled=busy
                on:click=handler(move |_| send::regenerate(again.clone(), id))
            >
                <Icon shape=Shape::Again />
                <span>"Regenerate"</span>
            </button>
            <button type="button" on:click=handler(move |_| copy_and_say(copied.with_text(str::to_owned)))>
                <Icon shape=Shape::Copy />
                <span>"Copy"</span>
            </button>
            <span class="meta">{move || meta(usage.get(), model.get())}</span>
        </footer>
    }
}

/// `gpt-4o · 1,204 tokens`, of what is known.
fn meta(usage: Option<Usage>, model: Option<String>) -> String {
    let tokens = usage.map(|usage| format!("{} tokens", grouped(usage.total_tokens())));
    [model, tokens].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A number with a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Which of several answers to the same question this is, and the way to the others.
#[component]
fn SiblingsNav(shown: Shown, conversation: Conversation, thing: &'static str) -> impl IntoView {
    let siblings = RwSignal::from(shown.siblings);
    let busy = conversation.busy();
    let conversation = StoredValue::new(conversation);
    let step = move |label: &'static str, to: Option<MessageId>, back: Option<MessageId>, shape: Shape| {
        let button = NodeRef::<html::Button>::new();
        let go = handler(move |_| {
            if let Some(to) = to {
                let conversation = conversation.get_value();
                conversation.stepped.set_value(Some(label));
                send::select(conversation, to);
            }
        });
        effect(move || {
            let stepped = conversation.with_value(|conversation| conversation.stepped.clone());
            // What rests cannot have it.
            if busy.get() {
                return;
            }
            // At the end of the row the way back takes the focus.
            let is_next = |stepped| if stepped == label { to.is_some() } else { back.is_none() };
            if let Some(button) = button.get().filter(|_| stepped.get_value().is_some_and(is_next)) {
                after_paint(move || {
                    // Not the one in the message that has gone.
                    if button.is_connected() {
                        stepped.set_value(None);
                        let _ = button.focus();
                    }
                });
            }
        });
        view! {
            <button
                type="button"
                aria-label=format!("{label} {thing}")
                disabled=move || to.is_none() || busy.get()
                node_ref=button
                on:click=go
            >
                <Icon shape />
            </button>
        }
        .into_any()
    };
    view! {
        {move || {
            let now = siblings.get();
            (now.count > 1).then(|| {
                view! {
                    <div class="siblings">
                        {step("Previous", now.previous, now.next, Shape::Left)}
                        <span>{format!("{} of {}", now.place, now.count)}</span>
                        {step("Next", now.next, now.previous, Shape::Right)}
                    </div>
                }
                .into_any()
            })
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1_204, 1_234_567].map(grouped), ["0", "999", "1,204", "1,234,567"]);
    }
}
