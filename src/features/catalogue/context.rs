//! What a chat is about and who answers in it, for whoever reads the chat.

use leptos::prelude::*;

use super::face::face;
use crate::{
    domain::catalogue::ChatContext,
    texts::{asking::SYSTEM_PROMPT, catalogue as texts},
};

/// The product and the expert of a chat; opened, what the model is told of them. Nothing if there are none.
#[component]
pub fn ContextView(context: RwSignal<ChatContext>) -> impl IntoView {
    view! {
        {move || {
            let ChatContext { product, expert, told, .. } = context.get();
            (!told.is_empty()).then(|| {
                let alone = product.is_none() && expert.is_none();
                let chips = [
                    alone.then(|| view! { <span>{SYSTEM_PROMPT}</span> }.into_any()),
                    product.map(|name| view! { <span>{texts::product(&name)}</span> }.into_any()),
                    expert.map(|expert| {
                        view! { <span>{face(&expert)} {texts::expert(&expert.full_name())}</span> }.into_any()
                    }),
                ];
                view! {
                    <details class="context">
                        <summary>{chips.into_iter().flatten().collect_view()}</summary>
                        <div class="told" role="region" aria-label=texts::CONTEXT tabindex="0">{told}</div>
                    </details>
                }
                .into_any()
            })
        }}
    }
    .into_any()
}
