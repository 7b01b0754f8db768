//! Where one writes. It works as a plain form before the page is alive, and without scripts at all.

use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    html,
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use super::{conversation::Conversation, scroll::Scroll, send};
use crate::{
    domain::{error::AppError, id::MessageId, limits::MESSAGE_BYTES},
    features::catalogue::{Choices, Choosing},
    texts::chat as texts,
    ui::{
        handler::{effect, handler},
        key::is_composing,
        storage,
    },
};

/// Where one writes, among all elements of the page.
pub(in crate::features) const FIELD: &str = "message";

/// The form that sends a message.
#[component]
pub(super) fn Composer(conversation: Conversation, begins: bool, scroll: Scroll) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let draft = Draft::of(&conversation, begins);
    let key = draft.clone();
    effect(move || {
        let Some(area) = area.get() else { return };
        // What was typed before the page was alive goes first.
        if area.value().is_empty() {
            area.set_value(&key.read());
        } else {
            key.write(&area.value());
        }
        // Not on a touch screen, where the keyboard would cover the conversation.
        let has_pointer = window().match_media("(pointer: fine)").ok().flatten().is_some_and(|query| query.matches());
        if has_pointer {
            let _ = area.focus();
        }
    });
    let submit = {
        let (conversation, draft) = (conversation.clone(), draft.clone());
        move || submit(&conversation, begins, area, &draft, scroll)
    };
    let on_submit = {
        let submit = submit.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            submit();
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !is_composing(&event) {
            event.prevent_default();
            submit();
        }
    };
    let on_input = move |_| {
        if let Some(area) = area.get_untracked() {
            draft.write(&area.value());
        }
    };
    let running = {
        let conversation = conversation.clone();
        Memo::new(move |_| conversation.running().map(|shown| shown.id))
    };
    let busy = conversation.busy();
    let stop = {
        let conversation = conversation.clone();
        move |_| {
            if let Some(reply) = running.get_untracked() {
                send::stop(conversation.clone(), reply);
            }
            // The button goes when the reply ends.
            if let Some(area) = area.get_untracked() {
                let _ = area.focus();
            }
        }
    };
    view! {
        <form class="composer" id="composer" method="post" action=action(begins) on:submit=handler(on_submit)>
            <FormIds conversation=conversation.clone() begins />
            {use_context::<Choosing>().filter(|_| begins).map(|choosing| view! { <Choices choosing /> })}
            <label class="visually-hidden" for=FIELD>{texts::MESSAGE}</label>
            <textarea
                id=FIELD
                name="text"
                rows="1"
                placeholder=texts::MESSAGE
                required
                autocomplete="off"
                enterkeyhint="send"
                node_ref=area
                on:keydown=handler(on_keydown)
                on:input=handler(on_input)
            ></textarea>
            <button class="stop scripted" type="button" hidden=move || running.get().is_none() on:click=handler(stop)>{texts::STOP}</button>
            <button class="send" type="submit" disabled=busy>{texts::SEND}</button>
        </form>
        <p class="hint scripted">{texts::KEYS}</p>
    }
}

/// Where a plain form goes.
pub(super) fn action(begins: bool) -> &'static str {
    if begins { "/api/start_chat" } else { "/api/send_message" }
}

/// The ids that a plain form sends along: a chat begins in the workspace that its page showed. Only the server writes the
/// last two: a live page makes its own, and knows where it is.
#[component]
pub(super) fn FormIds(conversation: Conversation, begins: bool) -> impl IntoView {
    let message = if cfg!(feature = "ssr") { MessageId::new().to_string() } else { String::new() };
    view! {
        <input type="hidden" name="chat" value=conversation.chat.to_string() />
        <input type="hidden" name="message" value=message />
        {begins.then(|| view! { <input type="hidden" name="workspace" value=shown_workspace() /> }.into_any())}
    }
}

/// The workspace that the page shows which is being rendered.
#[cfg(feature = "ssr")]
fn shown_workspace() -> String {
    let person = crate::server::access::current_person();
    person.and_then(|person| person.workspace).map(|workspace| workspace.to_string()).unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
fn shown_workspace() -> String {
    String::new()
}

fn submit(conversation: &Conversation, begins: bool, area: NodeRef<html::Textarea>, draft: &Draft, scroll: Scroll) {
    let Some(field) = area.get_untracked() else { return };
    let text = field.value();
    if text.trim().is_empty() || untrack(|| conversation.is_busy()) {
        return;
    }
    if text.len() > MESSAGE_BYTES {
        conversation.problem.set(Some(AppError::MessageTooLong));
        return;
    }
    field.set_value("");
    scroll.to_latest();
    // The draft is kept until the server has the message.
    let (sent, back) = (draft.clone(), draft.clone());
    // Where the chat goes on.
    let next = Draft::of(conversation, false);
    let typed = move || area.try_get_untracked().flatten().map(|field| field.value()).unwrap_or_default();
    send::send(
        conversation.clone(),
        text,
        begins,
        move || {
            sent.clear();
            next.write(&typed());
        },
        move |text| back.take_back(text, area.try_get_untracked().flatten()),
    );
}

/// Begins a chat with a text that was not typed. If it is refused, it is kept where one writes, as if it had been.
pub(super) fn begin_with(conversation: &Conversation, text: &'static str) {
    let draft = Draft::of(conversation, true);
    let back = draft.clone();
    let field = || {
        let field = document().get_element_by_id(FIELD);
        field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok())
    };
    send::send(
        conversation.clone(),
        text.to_owned(),
        true,
        // It may be kept there since it was refused before.
        move || {
            if draft.read() == text {
                draft.clear();
            }
        },
        move |text| back.take_back(text, field()),
    );
}

/// What is typed and not sent, kept per chat.
#[derive(Clone, Debug)]
struct Draft(String);

impl Draft {
    fn of(conversation: &Conversation, begins: bool) -> Self {
        Self(if begins { "draft:new".to_owned() } else { format!("draft:{}", conversation.chat) })
    }

    fn read(&self) -> String {
        storage::get(&self.0).unwrap_or_default()
    }

    fn write(&self, text: &str) {
        storage::set(&self.0, text);
    }

    fn clear(&self) {
        storage::set(&self.0, "");
    }

    /// Keeps a text that was refused, in its field too: before what was typed there meanwhile, if that is not the same.
    fn take_back(&self, text: String, field: Option<HtmlTextAreaElement>) {
        let typed = field.as_ref().map(HtmlTextAreaElement::value).filter(|typed| !typed.is_empty() && *typed != text);
        let text = [Some(text), typed].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        self.write(&text);
        if let Some(field) = field {
            field.set_value(&text);
        }
    }
}
