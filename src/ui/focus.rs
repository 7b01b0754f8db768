//! Where the focus goes when what has it goes: without a word it would fall to the page, and whoever uses the keyboard would
//! begin again at its top.

use leptos::{html, prelude::*};
use web_sys::{HtmlDivElement, HtmlElement};

use super::{handler::effect, paint::after_paint};

/// Watches a part of the page until it is shown no more. If it had the focus then, and nothing else got it, what `next` finds
/// gets it; it is asked while the part is still there.
pub fn hand_on(part: NodeRef<html::Div>, next: fn(&HtmlDivElement) -> Option<HtmlElement>) {
    // In an effect, since the server has no focus.
    effect(move || {
        on_cleanup(move || {
            let next = part.try_get_untracked().flatten().filter(has_focus).and_then(|part| next(&part));
            if let Some(next) = next {
                after_paint(move || {
                    if is_lost() {
                        let _ = next.focus();
                    }
                });
            }
        });
    });
}

fn has_focus(part: &HtmlDivElement) -> bool {
    document().active_element().is_some_and(|focused| part.contains(Some(focused.as_ref())))
}

/// Whether nothing but the page has it.
fn is_lost() -> bool {
    document().active_element().is_none_or(|focused| focused.tag_name() == "BODY")
}
