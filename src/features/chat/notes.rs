//! What is worth a quiet word about how a model was asked for a reply.

use leptos::prelude::*;

use super::shown::Shown;
use crate::texts::asking as texts;

/// Above a reply: how much of the conversation was not sent.
#[component]
pub(super) fn LeftOut(shown: Shown) -> impl IntoView {
    let left_out = RwSignal::from(shown.left_out);
    view! {
        {move || {
            let count = left_out.get();
            (count > 0).then(|| view! { <p class="note">{texts::left_out(count)}</p> }.into_any())
        }}
    }
}

/// Below a reply: what the model does not take.
#[component]
pub(super) fn Dropped(shown: Shown) -> impl IntoView {
    let dropped = RwSignal::from(shown.dropped);
    view! {
        {move || {
            let dropped = dropped.get();
            (!dropped.is_empty()).then(|| view! { <p class="note">{texts::dropped(&dropped)}</p> }.into_any())
        }}
    }
}
