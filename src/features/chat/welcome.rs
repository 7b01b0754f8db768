//! The first screen of a chat: who answers, and four ways to begin.

use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    composer::{FormIds, action},
    conversation::Conversation,
    send,
};
use crate::{domain::answers::Answers, features::model::Answering, ui::handler::handler};

/// Ways to begin that work for anybody and with any model.
const STARTERS: [&str; 4] = [
    "Summarise a long text in five points",
    "Draft a friendly reply to a customer who is waiting",
    "Explain a piece of code, line by line",
    "Plan a workshop for a team of eight",
];

/// What a new chat shows before its first message.
#[component]
pub(super) fn Welcome(conversation: Conversation) -> impl IntoView {
    let answering = expect_context::<Answering>();
    let starters = STARTERS.map(|text| view! { <Starter text conversation=conversation.clone() /> });
    view! {
        <section class="welcome">
            <h1>"What shall we work on?"</h1>
            <p class="answers">
                <Transition>
                    {move || Suspend::new(async move {
                        let who = |answers: Answers| {
                            let rest = if answers.demo { " answers, the model built into Parlance." } else { " answers." };
                            view! { <strong>{answers.model}</strong> {rest} }.into_any()
                        };
                        answering.0.await.ok().map(who).into_any()
                    })}
                </Transition>
            </p>
            <ul class="starters">{starters.into_iter().collect_view()}</ul>
        </section>
    }
}

/// One way to begin: a form of its own, so that it works without scripts.
#[component]
fn Starter(text: &'static str, conversation: Conversation) -> impl IntoView {
    let begin = {
        let conversation = conversation.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            send::send(conversation.clone(), text.to_owned(), true, || {}, |_| {});
        }
    };
    view! {
        <li>
            <form method="post" action=action(true) on:submit=handler(begin)>
                <FormIds conversation />
                <input type="hidden" name="text" value=text />
                <button type="submit">{text}</button>
            </form>
        </li>
    }
}
