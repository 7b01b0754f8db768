//! What a chat came to so far.

use leptos::prelude::*;

use super::conversation::Conversation;
use crate::texts::usage as texts;

/// A quiet line; nothing before something was used.
#[component]
pub(super) fn SpentInChat(conversation: Conversation) -> impl IntoView {
    let spent = RwSignal::from(conversation.spent);
    view! {
        {move || {
            let spent = spent.get();
            (spent.requests > 0).then(|| view! { <p class="spent">{texts::chat(&spent)}</p> }.into_any())
        }}
    }
    .into_any()
}
