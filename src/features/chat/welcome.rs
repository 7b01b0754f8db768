//! The first screen of a chat: who answers, and four ways to begin.

use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    composer::{FormIds, action, begin_with},
    conversation::Conversation,
};
use crate::{
    domain::{asking::Offer, model::ModelRef},
    features::asking::{Offered, meant},
    texts::chat as texts,
    ui::handler::handler,
};

/// What a new chat shows before its first message.
#[component]
pub(super) fn Welcome(conversation: Conversation) -> impl IntoView {
    let offered = expect_context::<Offered>();
    let meant = meant(&conversation);
    let starters = texts::STARTERS.map(|text| view! { <Starter text conversation=conversation.clone() /> });
    view! {
        <section class="welcome">
            <h1>{texts::WELCOME}</h1>
            <p class="answers">
                <Transition>
                    {move || Suspend::new(async move {
                        offered.0.await.ok().map(|offer| who(offer, meant)).into_any()
                    })}
                </Transition>
            </p>
            <ul class="starters">{starters.into_iter().collect_view()}</ul>
        </section>
    }
}

/// Which model answers, and whether it is the one that is built in.
fn who(offer: Offer, meant: Memo<Option<ModelRef>>) -> AnyView {
    let who = Memo::new(move |_| meant.with(|meant| (offer.name_of(meant.as_ref()), offer.is_demo(meant.as_ref()))));
    let name = move || who.with(|(name, _)| name.clone());
    let rest = move || if who.with(|(_, is_demo)| *is_demo) { texts::BUILT_IN_ANSWERS } else { texts::ANSWERS };
    view! {
        <strong>{name}</strong>
        {rest}
    }
    .into_any()
}

/// One way to begin: a form of its own, so that it works without scripts.
#[component]
fn Starter(text: &'static str, conversation: Conversation) -> impl IntoView {
    let begin = {
        let conversation = conversation.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            begin_with(&conversation, text);
        }
    };
    view! {
        <li>
            <form method="post" action=action(true) on:submit=handler(begin)>
                <FormIds conversation begins=true />
                <input type="hidden" name="text" value=text />
                <button type="submit">{text}</button>
            </form>
        </li>
    }
}
