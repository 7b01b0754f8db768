//! A short word about what was just done, with a way to take it back.

use std::time::Duration;

use leptos::{html, prelude::*};

use super::handler::{effect, handler};
use crate::texts::frame as texts;

/// How long a word stays.
const STAYS: Duration = Duration::from_secs(10);

/// The place for such words.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    current: RwSignal<Option<Toast>>,
    shown: StoredValue<u32>,
}

/// One word.
#[derive(Clone, Debug)]
pub struct Toast {
    number: u32,
    text: String,
    /// Whether it says that something failed.
    failed: bool,
    undo: Option<Callback<()>>,
}

impl Default for Toasts {
    fn default() -> Self {
        Self { current: RwSignal::new(None), shown: StoredValue::new(0) }
    }
}

impl Toasts {
    /// Says a word in place of the one before; with `undo` it can be taken back.
    pub fn say(self, text: impl Into<String>, undo: Option<Callback<()>>) {
        let number = self.show(text.into(), false, undo);
        set_timeout(move || self.drop_toast(number), STAYS);
    }

    /// Says that something failed, until another word takes its place or it is dismissed.
    pub fn fail(self, text: impl Into<String>) {
        self.show(text.into(), true, None);
    }

    fn show(self, text: String, failed: bool, undo: Option<Callback<()>>) -> u32 {
        let number = self.shown.with_value(|shown| shown.wrapping_add(1));
        self.shown.set_value(number);
        self.current.set(Some(Toast { number, text, failed, undo }));
        number
    }

    fn drop_toast(self, number: u32) {
        let is_current =
            self.current.try_with_untracked(|current| current.as_ref().is_some_and(|toast| toast.number == number));
        if is_current == Some(true) {
            self.current.set(None);
        }
    }
}

/// Shows them.
#[component]
pub fn ToastView(
    /// What to show.
    toasts: Toasts,
) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    effect(move || {
        if let Some(button) = button.get().filter(|_| !is_writing()) {
            let _ = button.focus();
        }
    });
    let undo = move |number: u32, undo: Callback<()>| {
        let undo = handler(move |_| {
            toasts.drop_toast(number);
            undo.run(());
        });
        view! { <button node_ref=button on:click=undo>{texts::UNDO}</button> }.into_any()
    };
    let dismiss = move |number: u32| {
        let dismiss = handler(move |_| toasts.drop_toast(number));
        view! { <button on:click=dismiss>{texts::DISMISS}</button> }.into_any()
    };
    view! {
        <div class="toasts" role="status">
            {move || {
                toasts.current.get().map(|toast| {
                    let undo = toast.undo.map(|back| undo(toast.number, back));
                    let dismiss = toast.failed.then(|| dismiss(toast.number));
                    let role = toast.failed.then_some("alert");
                    view! { <div class="toast" role=role>{toast.text} {undo} {dismiss}</div> }.into_any()
                })
            }}
        </div>
    }
}

/// Whether the focus is in a field. From there nothing takes it; what was pressed to do what can be undone may be
/// gone with it.
fn is_writing() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| matches!(focused.tag_name().as_str(), "INPUT" | "TEXTAREA"))
}
