//! A button and what it opens, which the browser itself opens and closes: with the keyboard, with a click beside it, and
//! without scripts.

use leptos::{ev::KeyboardEvent, html, prelude::*};
use leptos_router::hooks::use_location;

use super::handler::{effect, handler};

/// The button and the panel.
#[component]
pub fn Popover(
    /// Names the panel among all elements of the page.
    id: &'static str,
    /// What the button is called.
    label: String,
    /// What stands on the button.
    face: AnyView,
    /// What is in the panel.
    children: Children,
) -> impl IntoView {
    let panel = NodeRef::<html::Div>::new();
    let path = use_location().pathname;
    // A link in the panel leads to a page beside it.
    effect(move || {
        path.track();
        if let Some(panel) = panel.get_untracked().filter(is_open) {
            // It fails only for a panel that is closed.
            let _ = panel.hide_popover();
        }
    });
    // The key closes the panel and nothing behind it; the browser does that where nobody prevents it.
    let keep_escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && panel.get_untracked().as_ref().is_some_and(is_open) {
            event.stop_propagation();
        }
    };
    view! {
        <div class="popover-holder" on:keydown=handler(keep_escape)>
            <button class="popover-button" type="button" popovertarget=id aria-label=label>
                {face}
            </button>
            <div class="popover" id=id popover="auto" node_ref=panel>
                {children()}
            </div>
        </div>
    }
    .into_any()
}

/// A browser that knows no such panels never opens one.
fn is_open(panel: &web_sys::HtmlDivElement) -> bool {
    panel.matches(":popover-open").unwrap_or(false)
}
