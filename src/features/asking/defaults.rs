//! How models are asked in a workspace where a chat says nothing.

use leptos::{ev::Event, prelude::*};
use server_fn::ServerFn;

use super::{
    api::{SaveDefaults, load_defaults},
    choice::named,
    fields::fields,
    select::options,
};
use crate::{
    domain::{asking::Offer, settings::Settings},
    features::{loaded::load, model::Answering, not_loaded::NotLoaded, settings::SettingsPage},
    texts::asking as texts,
    ui::{
        form::{Done, Form},
        handler::handler,
        toast::Toasts,
    },
};

/// `/workspace/defaults`.
#[component]
pub fn DefaultsPage() -> impl IntoView {
    let offer = load(|| (), |()| load_defaults(None));
    let (toasts, answering) = (expect_context::<Toasts>(), expect_context::<Answering>());
    let saved = Done::new(move |()| {
        toasts.say(texts::SAVED, None);
        offer.refetch();
        answering.0.refetch();
    });
    view! {
        <SettingsPage heading=texts::DEFAULTS>
            <p class="about">{texts::DEFAULTS_LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match offer.await {
                        Ok(offer) => form(offer, saved),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn form(offer: Offer, saved: Done) -> AnyView {
    let own = offer.defaults.clone();
    let chosen = RwSignal::new(own.model.clone());
    let choose = move |event: Event| chosen.set(named(&event_target_value(&event)));
    let choices = options(&offer, texts::unchosen(&offer.model).into_any(), own.model.as_ref());
    let workspace = offer.workspace.to_string();
    let none = Settings::default();
    // Of the workspace itself, the server's model answers where none is chosen.
    let of_server = StoredValue::new(Offer { defaults: none.clone(), ..offer });
    let thinks = Signal::derive(move || of_server.with_value(|offer| offer.may_think(chosen.get().as_ref())));
    let usual_tokens = Signal::derive(move || of_server.with_value(|offer| offer.usual_tokens(chosen.get().as_ref())));
    view! {
        <Form action=SaveDefaults::PATH label=texts::DEFAULTS done=saved>
            <input type="hidden" name="workspace" value=workspace />
            <label class="field">
                <span>{texts::MODEL}</span>
                <select name="model" autocomplete="off" on:change=handler(choose)>
                    {choices}
                </select>
            </label>
            {fields(own, &none, thinks, usual_tokens, None)}
            <button class="button primary" type="submit">{texts::SAVE}</button>
        </Form>
    }
    .into_any()
}
