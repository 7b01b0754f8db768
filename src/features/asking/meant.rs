//! Which model is meant to answer in a chat.

use leptos::prelude::*;

use crate::{
    domain::model::ModelRef,
    features::{catalogue::Choosing, chat::Conversation},
};

/// The model that was chosen for a chat: by itself, or in one that begins by its expert. None for the one of the workspace.
#[must_use]
pub fn meant(conversation: &Conversation) -> Memo<Option<ModelRef>> {
    let (settings, expert) = (conversation.settings.clone(), of_expert());
    Memo::new(move |_| settings.with(|settings| settings.model.clone()).or_else(|| expert.get()))
}

/// The model of the expert who is chosen for a chat that begins; none in others, which have it as their own.
pub(super) fn of_expert() -> Signal<Option<ModelRef>> {
    let choosing = use_context::<Choosing>();
    Signal::derive(move || choosing.and_then(|choosing| choosing.model.get()))
}
