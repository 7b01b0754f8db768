//! Says what was said in other words.

use leptos::{ev::SubmitEvent, html, prelude::*};

use super::{
    conversation::{Conversation, Shown},
    send,
};

/// The form that takes the place of a message while it is edited. It stays, with what was typed, until the new
/// version is there.
#[component]
pub(super) fn EditForm(shown: Shown, conversation: Conversation, editing: RwSignal<bool>) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let text = shown.with_text(str::to_owned);
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            // Without focus it can be clicked.
            let _ = area.focus();
        }
    });
    let submit = {
        let (conversation, id) = (conversation.clone(), shown.id);
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
            on:submit=submit
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    editing.set(false);
                }
            }
        >
            <textarea aria-label="Edit message" name="text" rows="3" node_ref=area>{text}</textarea>
            <button class="button" type="button" on:click=move |_| editing.set(false)>"Cancel"</button>
            <button class="button primary" type="submit" disabled=move || conversation.is_busy()>"Save and send"</button>
        </form>
    }
}
