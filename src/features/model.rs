//! Which model answers, said on every page where it is only the built-in one.

use leptos::prelude::*;

use super::{
    account::Myself,
    asking::{Offered, meant},
    chat::{Conversation, api::who_answers},
    chats::Chats,
    loaded::{Loaded, load},
};
use crate::{
    domain::{answers::Answers, member::MemberRole},
    texts::frame as texts,
};

/// What answers in the workspace where a chat says nothing, known once for all pages.
#[derive(Clone, Copy)]
pub struct Answering(pub Loaded<Answers>);

impl Answering {
    /// Asks the server, before the page is sent.
    #[must_use]
    pub fn load() -> Self {
        let chats = expect_context::<Chats>();
        Self(load(|| (), move |()| async move { who_answers(chats.shown().await).await }))
    }
}

/// That it is only the demo model, on a page without a chat, and how to connect a real one.
#[component]
pub fn DemoNotice() -> impl IntoView {
    let Some(answering) = use_context::<Answering>() else { return ().into_any() };
    let myself = expect_context::<Myself>();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let curates = curates(myself).await;
                let demo = answering.0.await.is_ok_and(|answers| answers.demo);
                demo.then(|| notice(curates)).into_any()
            })}
        </Transition>
    }
    .into_any()
}

/// The same beside a chat, as long as that model answers in it.
#[component]
pub fn DemoNoticeOfChat(
    /// The chat.
    conversation: Conversation,
) -> impl IntoView {
    let (offered, myself) = (expect_context::<Offered>(), expect_context::<Myself>());
    let meant = meant(&conversation);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let curates = curates(myself).await;
                let offer = offered.0.await.ok();
                let demo = Memo::new(move |_| {
                    offer.as_ref().is_some_and(|offer| meant.with(|meant| offer.is_demo(meant.as_ref())))
                });
                view! { {move || demo.get().then(|| notice(curates))} }.into_any()
            })}
        </Transition>
    }
    .into_any()
}

/// Whether one may add a provider.
async fn curates(myself: Myself) -> bool {
    let role = myself.me.await.ok().and_then(|me| me.membership().map(|membership| membership.role));
    role >= Some(MemberRole::Admin)
}

fn notice(curates: bool) -> AnyView {
    let end = if curates {
        view! {
            {texts::OR_ELSE}
            <a href="/workspace/providers">{texts::ADD_PROVIDER}</a>
            {texts::AND_CHOOSE}
        }
        .into_any()
    } else {
        texts::STOP.into_any()
    };
    view! {
        <p class="notice demo-notice" role="note">
            <span>
                {texts::DEMO_ANSWERS} <code>"OPENAI_API_KEY"</code> {texts::OR}
                <code>"OPENAI_BASE_URL"</code> {texts::CONNECT_REAL} {end}
            </span>
        </p>
    }
    .into_any()
}
