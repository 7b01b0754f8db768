//! Versions of a message, of which one is shown.

use leptos::{html, prelude::*};

use super::{conversation::Conversation, send, shown::Shown};
use crate::{
    domain::id::MessageId,
    texts::chat as texts,
    ui::{
        handler::{effect, handler},
        icon::{Icon, Shape},
        paint::after_paint,
    },
};

/// Which of several answers to the same question this is, and the way to the others; which one is shown is for those who
/// may write to say.
#[component]
pub(super) fn SiblingsNav(shown: Shown, conversation: Conversation, thing: &'static str) -> impl IntoView {
    let siblings = RwSignal::from(shown.siblings);
    let (busy, writes) = (conversation.busy(), conversation.writes());
    let conversation = StoredValue::new(conversation);
    let step = move |label: &'static str, to: Option<MessageId>, back: Option<MessageId>, shape: Shape| {
        let button = NodeRef::<html::Button>::new();
        let go = handler(move |_| {
            if let Some(to) = to {
                let conversation = conversation.get_value();
                conversation.stepped.set_value(Some(label));
                send::select(conversation, to);
            }
        });
        effect(move || {
            let stepped = conversation.with_value(|conversation| conversation.stepped.clone());
            // What rests cannot have it.
            if busy.get() {
                return;
            }
            // At the end of the row the way back takes the focus.
            let is_next = |stepped| if stepped == label { to.is_some() } else { back.is_none() };
            if let Some(button) = button.get().filter(|_| stepped.get_value().is_some_and(is_next)) {
                after_paint(move || {
                    // Not the one in the message that has gone.
                    if button.is_connected() {
                        stepped.set_value(None);
                        let _ = button.focus();
                    }
                });
            }
        });
        view! {
            <button
                type="button"
                aria-label=texts::step(label, thing)
                disabled=move || to.is_none() || busy.get()
                node_ref=button
                on:click=go
            >
                <Icon shape />
            </button>
        }
        .into_any()
    };
    view! {
        {move || {
            let now = siblings.get();
            (now.count > 1 && writes.get()).then(|| {
                view! {
                    <div class="siblings">
                        {step(texts::PREVIOUS, now.previous, now.next, Shape::Left)}
                        <span>{texts::place(now.place, now.count)}</span>
                        {step(texts::NEXT, now.next, now.previous, Shape::Right)}
                    </div>
                }
                .into_any()
            })
        }}
    }
}
