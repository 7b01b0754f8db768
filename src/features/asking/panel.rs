//! How a model is asked in a chat, in a panel below its header.

use leptos::prelude::*;
use server_fn::ServerFn;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{api::SaveChatSettings, choice::ChatField, fields::fields, meant::meant, typed::COMPOSER};
use crate::{
    domain::{asking::Offer, settings::Settings},
    features::chat::{Conversation, refresh_soon},
    texts::asking as texts,
    ui::{
        form::{Done, Form},
        icon::{Icon, Shape},
        popover::Popover,
        toast::Toasts,
    },
};

/// Names the panel among all elements of the page.
const PANEL: &str = "chat-settings";

/// The settings of a chat; of one that begins, fields of the form that begins it.
#[component]
pub(super) fn Panel(offer: StoredValue<Offer>, conversation: Conversation, begins: bool) -> impl IntoView {
    let settings = RwSignal::from(conversation.settings.clone());
    let meant = meant(&conversation);
    let thinks = Signal::derive(move || meant.with(|meant| offer.with_value(|offer| offer.may_think(meant.as_ref()))));
    let usual_tokens =
        Signal::derive(move || meant.with(|meant| offer.with_value(|offer| offer.usual_tokens(meant.as_ref()))));
    // Whoever writes here is not disturbed by another choice of the model.
    let own = Memo::new(move |_| settings.with(|settings| Settings { model: None, ..settings.clone() }));
    let shown = move || {
        let form = begins.then_some(COMPOSER);
        offer.with_value(|offer| fields(own.get(), &offer.defaults, thinks, usual_tokens, form))
    };
    let content = if begins {
        view! {
            <section class="form" aria-label=texts::SETTINGS>
                <p class="about">{texts::SETTINGS_LEAD}</p>
                {shown}
                <button class="button" type="button" popovertarget=PANEL popovertargetaction="hide">
                    {texts::DONE}
                </button>
            </section>
        }
        .into_any()
    } else {
        let chat = conversation.chat;
        let toasts = expect_context::<Toasts>();
        let saved = Done::new(move |()| {
            close();
            toasts.say(texts::SAVED, None);
            refresh_soon(&conversation);
        });
        view! {
            <Form action=SaveChatSettings::PATH label=texts::SETTINGS done=saved>
                <ChatField chat />
                <p class="about">{texts::SETTINGS_LEAD}</p>
                {shown}
                <button class="button primary" type="submit">{texts::SAVE}</button>
            </Form>
        }
        .into_any()
    };
    let face = view! { <Icon shape=Shape::Sliders /> }.into_any();
    view! {
        <Popover id=PANEL label=texts::SETTINGS.to_owned() face>
            {content}
        </Popover>
    }
    .into_any()
}

fn close() {
    let panel = document().get_element_by_id(PANEL).and_then(|panel| panel.dyn_into::<HtmlElement>().ok());
    if let Some(panel) = panel {
        // It fails only for a panel that is closed.
        let _ = panel.hide_popover();
    }
}
