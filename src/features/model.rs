//! Which model answers, said on every page.

use leptos::prelude::*;

use super::{
    chat::api::who_answers,
    loaded::{Loaded, load},
};
use crate::{domain::answers::Answers, texts::frame as texts};

/// What answers, known once for all pages.
#[derive(Clone, Copy)]
pub struct Answering(pub Loaded<Answers>);

impl Answering {
    /// Asks the server, before the page is sent.
    #[must_use]
    pub fn load() -> Self {
        Self(load(|| (), |()| who_answers()))
    }
}

/// That it is only the demo model, and how to connect a real one.
#[component]
pub fn DemoNotice() -> impl IntoView {
    let Some(answering) = use_context::<Answering>() else { return ().into_any() };
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let demo = answering.0.await.is_ok_and(|answers| answers.demo);
                let notice = move || view! {
                    <p class="notice demo-notice" role="note">
                        <span>
                            {texts::DEMO_ANSWERS} <code>"OPENAI_API_KEY"</code> {texts::OR}
                            <code>"OPENAI_BASE_URL"</code> {texts::CONNECT_REAL}
                        </span>
                    </p>
                }.into_any();
                demo.then(notice).into_any()
            })}
        </Transition>
    }
    .into_any()
}
