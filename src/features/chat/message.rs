//! One message of a conversation.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    announce::Announcer,
    code::{ClosedBlock, copy_and_say},
    conversation::{Conversation, Shown},
    edit::EditForm,
    send,
};
use crate::{
    domain::message::{Role, Status},
    ui::icon::{Icon, Shape},
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
    let text = shown.with_text(str::to_owned);
    let bubble = text.clone();
    let status = shown.status.clone();
    let body = {
        let (shown, conversation) = (shown.clone(), conversation.clone());
        move || {
            if editing.get() {
                view! { <EditForm shown=shown.clone() conversation=conversation.clone() editing /> }.into_any()
            } else {
                view! { <div class="bubble" data-content="">{bubble.clone()}</div> }.into_any()
            }
        }
    };
    view! {
        <article class="message" aria-label="You" data-role="user" data-status=move || status.get().as_str()>
            {body}
            <div class="actions scripted" hidden=move || editing.get()>
                <SiblingsNav shown conversation=conversation.clone() thing="version" />
                <button type="button" disabled=move || conversation.is_busy() on:click=move |_| editing.set(true)>
                    <Icon shape=Shape::Pen />
                    <span>"Edit"</span>
                </button>
                <button type="button" on:click=move |_| copy_and_say(text.clone())>
                    <Icon shape=Shape::Copy />
                    <span>"Copy"</span>
                </button>
            </div>
        </article>
    }
}

#[component]
fn AssistantMessage(shown: Shown, conversation: Conversation) -> impl IntoView {
    let status = shown.status.clone();
    let state = {
        let status = status.clone();
        move || status.get().as_str()
    };
    let busy = {
        let status = status.clone();
        move || if status.get().is_terminal() { "false" } else { "true" }
    };
    let running = Memo::new(move |_| !status.get().is_terminal());
    let said = {
        let (closed, open) = (shown.closed.clone(), shown.open.clone());
        Memo::new(move |_| closed.with(|closed| !closed.is_empty()) || open.with(|open| !open.is_empty()))
    };
    let announcer = {
        let shown = shown.clone();
        move || running.get().then(|| view! { <Announcer shown=shown.clone() /> })
    };
    view! {
        <article class="message" aria-label="Assistant" data-role="assistant" data-status=state aria-busy=busy>
            <Reasoning shown=shown.clone() said />
            <Prose shown=shown.clone() />
            {move || (running.get() && !said.get()).then(|| view! { <Typing /> })}
            <Outcome shown=shown.clone() conversation=conversation.clone() has_text=said />
            <ReplyActions shown conversation running />
            {announcer}
        </article>
    }
}

/// What is said: closed blocks stay as they are, only the open one is rendered again.
#[component]
fn Prose(shown: Shown) -> impl IntoView {
    let Shown { closed, open, .. } = shown;
    let blocks = move || closed.get().into_iter().enumerate().collect::<Vec<(usize, Arc<str>)>>();
    let last = move || {
        let html = open.get();
        (!html.is_empty()).then(|| view! { <div class="block" inner_html=html></div> })
    };
    view! {
        <div class="prose" data-content="">
            <For each=blocks key=Clone::clone children=|(_, html)| view! { <ClosedBlock html /> } />
            {last}
        </div>
    }
}

/// What was thought aloud, folded.
#[component]
fn Reasoning(shown: Shown, said: Memo<bool>) -> impl IntoView {
    let reasoning = shown.reasoning.clone();
    let has_any = {
        let reasoning = reasoning.clone();
        Memo::new(move |_| reasoning.with(|text| !text.is_empty()))
    };
    let status = shown.status;
    let thinking = move || !said.get() && !status.get().is_terminal();
    move || {
        let (reasoning, thinking) = (reasoning.clone(), thinking.clone());
        has_any.get().then(move || {
            view! {
                <details class="reasoning">
                    <summary>{move || if thinking() { "Thinking…" } else { "Thoughts" }}</summary>
                    <div>{move || reasoning.get()}</div>
                </details>
            }
        })
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
    let (status, failure, id) = (shown.status, shown.failure, shown.id);
    move || {
        let said = failure.get().map(|failure| failure.message);
        let conversation = conversation.clone();
        match status.get() {
            Status::Failed => {
                let text = said.unwrap_or_else(|| "The model did not answer.".to_owned());
                let on = conversation.clone();
                let go_on = has_text.get().then(|| {
                    view! { <button type="button" on:click=move |_| send::go_on(on.clone(), id)>"Continue"</button> }
                });
                view! {
                    <div class="problem" role="alert">
                        <p>{text}</p>
                        {go_on}
                        <button type="button" on:click=move |_| send::regenerate(conversation.clone(), id)>"Retry"</button>
                    </div>
                }
                .into_any()
            }
            Status::Interrupted => {
                let text = said.unwrap_or_else(|| "This reply broke off. What came is kept.".to_owned());
                view! {
                    <div class="problem" role="alert">
                        <p>{text}</p>
                        <button type="button" on:click=move |_| send::go_on(conversation.clone(), id)>"Continue"</button>
                    </div>
                }
                .into_any()
            }
            Status::Stopped => view! { <p class="outcome">"You stopped this reply."</p> }.into_any(),
            Status::Length => {
                let text = said.unwrap_or_else(|| "The model reached its limit before the end.".to_owned());
                view! { <p class="outcome">{text}</p> }.into_any()
            }
            Status::Filtered => {
                view! { <p class="outcome">"The provider withheld the rest of this reply."</p> }.into_any()
            }
            Status::Queued | Status::Streaming | Status::Complete => ().into_any(),
        }
    }
}

#[component]
fn ReplyActions(shown: Shown, conversation: Conversation, running: Memo<bool>) -> impl IntoView {
    let id = shown.id;
    let meta = meta(&shown);
    let status = shown.status.clone();
    let failed = {
        let status = status.clone();
        move || status.get() == Status::Failed
    };
    let can_continue = move || matches!(status.get(), Status::Stopped | Status::Length);
    let copied = shown.clone();
    let (again, on) = (conversation.clone(), conversation.clone());
    let busy = {
        let conversation = conversation.clone();
        Memo::new(move |_| conversation.is_busy())
    };
    view! {
        <footer class="actions scripted" hidden=move || running.get()>
            <SiblingsNav shown conversation thing="reply" />
            <button
                type="button"
                class="label"
                hidden=move || !can_continue()
                disabled=busy
                on:click=move |_| send::go_on(on.clone(), id)
            >
                <Icon shape=Shape::Play />
                <span>"Continue"</span>
            </button>
            <button type="button" hidden=failed disabled=busy on:click=move |_| send::regenerate(again.clone(), id)>
                <Icon shape=Shape::Again />
                <span>"Regenerate"</span>
            </button>
            <button type="button" on:click=move |_| copy_and_say(copied.with_text(str::to_owned))>
                <Icon shape=Shape::Copy />
                <span>"Copy"</span>
            </button>
            <span class="meta">{meta}</span>
        </footer>
    }
}

/// `gpt-4o · 1,204 tokens`, of what is known.
fn meta(shown: &Shown) -> impl Fn() -> String + Send + Sync + 'static + use<> {
    let (usage, model) = (shown.usage.clone(), shown.model.clone());
    move || {
        let tokens = usage.get().map(|usage| format!("{} tokens", grouped(usage.total_tokens())));
        [model.get(), tokens].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
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
    let siblings = shown.siblings;
    move || {
        let now = siblings.get();
        let conversation = conversation.clone();
        (now.count > 1).then(move || {
            let go = move |to: Option<crate::domain::id::MessageId>| {
                let conversation = conversation.clone();
                move |_| {
                    if let Some(to) = to {
                        send::select(conversation.clone(), to);
                    }
                }
            };
            view! {
                <div class="siblings">
                    <button
                        type="button"
                        aria-label=format!("Previous {thing}")
                        disabled=now.previous.is_none()
                        on:click=go(now.previous)
                    >
                        <Icon shape=Shape::Left />
                    </button>
                    <span>{format!("{} of {}", now.place, now.count)}</span>
                    <button
                        type="button"
                        aria-label=format!("Next {thing}")
                        disabled=now.next.is_none()
                        on:click=go(now.next)
                    >
                        <Icon shape=Shape::Right />
                    </button>
                </div>
            }
        })
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
