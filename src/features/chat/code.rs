//! Code in a reply: its words are marked by the server once its block is closed, and it can be copied.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

use super::api::highlight_code;
use crate::{
    texts::chat as texts,
    ui::{clipboard, handler::effect, toast::Toasts},
};

/// A block of a reply that will not change any more.
#[component]
pub(super) fn ClosedBlock(html: std::sync::Arc<str>) -> impl IntoView {
    let block = NodeRef::<leptos::html::Div>::new();
    let has_code = html.contains("<code data-language");
    if has_code {
        effect(move || {
            if let Some(block) = block.get() {
                mark_words(&block);
            }
        });
    }
    view! { <div class="block" node_ref=block inner_html=html.to_string()></div> }
}

fn mark_words(block: &Element) {
    let Ok(found) = block.query_selector_all("code[data-language]:not([data-highlighted])") else { return };
    for index in 0..found.length() {
        let Some(code) = found.get(index).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        let language = code.get_attribute("data-language").unwrap_or_default();
        let text = code.text_content().unwrap_or_default();
        if language.is_empty() || text.is_empty() {
            continue;
        }
        spawn_local(async move {
            // Code without colours is still code: an error needs no word.
            if let Ok(html) = highlight_code(language, text).await {
                // Nothing for a language that is not known: then it need not be asked again.
                if let Some(html) = html {
                    code.set_inner_html(&html);
                }
                let _ = code.set_attribute("data-highlighted", "");
            }
        });
    }
}

/// Copies the code whose button was clicked. One listener serves all blocks, those of the server included.
pub(super) fn copy_clicked(event: MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Some(button) = target.closest("[data-copy]").ok().flatten() else { return };
    let code = button.closest("figure").ok().flatten().and_then(|figure| figure.query_selector("code").ok().flatten());
    let Some(text) = code.and_then(|code| code.text_content()) else { return };
    copy_and_say(text);
}

/// Copies a text and says so.
pub(in crate::features) fn copy_and_say(text: String) {
    let toasts = use_context::<Toasts>();
    clipboard::copy(text, move |copied| {
        if let Some(toasts) = toasts {
            if copied {
                toasts.say(texts::COPIED, None);
            } else {
                toasts.fail(texts::NO_COPYING);
            }
        }
    });
}
