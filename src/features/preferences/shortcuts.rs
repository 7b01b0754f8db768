//! The keys, listed.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use crate::{
    texts::{keys, preferences as texts},
    ui::{
        handler::handler,
        icon::{Icon, Shape},
        key::command,
    },
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
            aria-label=texts::SHORTCUTS
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
    let all: [(&str, Signal<String>); 7] = [
        (texts::SEND, keys::ENTER.into()),
        (texts::BREAK_LINE, keys::SHIFT_ENTER.into()),
        (texts::STOP, keys::ESC.into()),
        (texts::SEARCH, command(keys::K)),
        (texts::NEW, command(keys::SHIFT_O)),
        (texts::MOVE_ON, keys::TAB.into()),
        (texts::THIS_LIST, keys::QUESTION_MARK.into()),
    ];
    let rows = all
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
            <h2 id="keys-title">{texts::SHORTCUTS}</h2>
            <dl class="keys">{rows}</dl>
            <button class="button" type="button" on:click=handler(move |_| shortcuts.close())>{texts::CLOSE}</button>
        </dialog>
    }
}
