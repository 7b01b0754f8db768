//! The keys, listed.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use crate::ui::{
    handler::handler,
    icon::{Icon, Shape},
    key::command,
};

/// Opens the list.
#[derive(Clone, Copy, Debug)]
pub struct Shortcuts {
    dialog: NodeRef<html::Dialog>,
}

impl Default for Shortcuts {
    fn default() -> Self {
        Self { dialog: NodeRef::new() }
    }
}

impl Shortcuts {
    /// Opens the list; the browser keeps the focus in it and gives it back.
    pub fn open(self) {
        if let Some(dialog) = self.dialog.get_untracked().filter(|dialog| !dialog.open()) {
            // It fails only while it is open already.
            let _ = dialog.show_modal();
        }
    }

    fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
    }
}

/// Opens the list with the mouse.
#[component]
pub fn ShortcutsButton() -> impl IntoView {
    let shortcuts = expect_context::<Shortcuts>();
    view! {
        <button
            class="icon-button scripted"
            type="button"
            aria-label="Keyboard shortcuts"
            on:click=handler(move |_| shortcuts.open())
        >
            <Icon shape=Shape::Keyboard />
        </button>
    }
}

/// The list.
#[component]
pub fn ShortcutsDialog() -> impl IntoView {
    let shortcuts = expect_context::<Shortcuts>();
    let keys: [(&str, Signal<String>); 7] = [
        ("Send", "Enter".into()),
        ("Break the line", "Shift Enter".into()),
        ("Stop the reply", "Esc".into()),
        ("Search chats", command("K")),
        ("New chat", command("Shift O")),
        ("Move to the next part of the page", "Tab".into()),
        ("This list", "?".into()),
    ];
    let rows = keys
        .into_iter()
        .map(|(what, keys)| {
            view! {
                <div>
                    <dt>{what}</dt>
                    <dd>
                        <kbd>{keys}</kbd>
                    </dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <dialog
            class="dialog"
            aria-labelledby="keys-title"
            node_ref=shortcuts.dialog
            on:keydown=handler(move |event: KeyboardEvent| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                }
            })
        >
            <h2 id="keys-title">"Keyboard shortcuts"</h2>
            <dl class="keys">{rows}</dl>
            <button class="button" type="button" on:click=handler(move |_| shortcuts.close())>"Close"</button>
        </dialog>
    }
}
