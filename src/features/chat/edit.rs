//! Says what was said in other words.

use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    html,
    prelude::*,
};

use super::{conversation::Conversation, send, shown::Shown};
use crate::{
    texts::chat as texts,
    ui::{
        area::inside,
        handler::{effect, handler},
        key::is_composing,
    },
};

/// The form that takes the place of a message while it is edited. It stays, with what was typed, until the new
/// version is there.
#[component]
pub(super) fn EditForm(shown: Shown, conversation: Conversation, editing: RwSignal<bool>) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let busy = conversation.busy();
    let text = shown.with_text(str::to_owned);
    effect(move || {
        if let Some(area) = area.get() {
            // Without focus it can be clicked.
            let _ = area.focus();
        }
    });
    let submit = {
        let id = shown.id;
        move |event: SubmitEvent| {
            event.prevent_default();
            let text = area.get_untracked().map(|area| area.value()).unwrap_or_default();
            if !text.trim().is_empty() {
                send::edit(conversation.clone(), id, text);
            }
        }
    };
    view! {
        <form
            class="edit"
            on:submit=handler(submit)
            on:keydown=handler(move |event: KeyboardEvent| {
                if event.key() == "Escape" && !is_composing(&event) {
                    event.prevent_default();
                    editing.set(false);
                }
            })
        >
            <textarea aria-label=texts::EDIT_MESSAGE name="text" rows="3" node_ref=area>{inside(text)}</textarea>
            <button class="button" type="button" on:click=handler(move |_| editing.set(false))>{texts::CANCEL}</button>
            <button class="button primary" type="submit" disabled=busy>{texts::SAVE_AND_SEND}</button>
        </form>
    }
}
