//! Who answers in a chat and how, in its header: to be chosen by whoever may write in it, to be read by the others.

use leptos::{ev::Event, html, prelude::*, task::spawn_local};
use server_fn::ServerFn;

use super::{
    Offered,
    api::{ChooseModel, choose_model},
    meant::of_expert,
    panel::Panel,
    select::{newer, options, value},
    typed::COMPOSER,
};
use crate::{
    domain::{asking::Offer, error::AppError, id::ChatId, model::ModelRef},
    features::chat::Conversation,
    texts::asking as texts,
    ui::{
        handler::{effect, handler},
        toast::Toasts,
    },
};

/// The choice among the models that begins a chat, among all elements of the page.
pub(super) const CHOICE: &str = "model-of-new-chat";

/// The model of a chat, and its settings.
#[component]
pub fn Asking(
    /// The chat.
    conversation: Conversation,
    /// Whether it does not exist yet: what is chosen goes along with its first message.
    begins: bool,
) -> impl IntoView {
    let offered = expect_context::<Offered>();
    view! {
        <div class="asked">
            <Transition>
                {move || {
                    let conversation = conversation.clone();
                    Suspend::new(async move {
                        offered.0.await.ok().map(|offer| view! { <Choices offer conversation begins /> }).into_any()
                    })
                }}
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn Choices(offer: Offer, conversation: Conversation, begins: bool) -> impl IntoView {
    let writes = conversation.writes();
    let offer = StoredValue::new(offer);
    let settings = RwSignal::from(conversation.settings.clone());
    view! {
        {move || {
            let conversation = conversation.clone();
            if !writes.get() {
                let name = move || offer.with_value(|offer| settings.with(|own| offer.name_of(own.model.as_ref())));
                view! { <span class="model-chip">{name}</span> }.into_any()
            } else if begins {
                view! {
                    <FirstModel offer conversation=conversation.clone() />
                    <Panel offer conversation begins />
                }
                .into_any()
            } else {
                view! {
                    <Model offer conversation=conversation.clone() />
                    <Panel offer conversation begins />
                }
                .into_any()
            }
        }}
    }
    .into_any()
}

/// The choice for a chat that begins: a field of the form that begins it.
#[component]
fn FirstModel(offer: StoredValue<Offer>, conversation: Conversation) -> impl IntoView {
    let settings = conversation.settings.clone();
    let select = NodeRef::<html::Select>::new();
    let choose = move |value: String| {
        let chosen = named(&value);
        if settings.with_untracked(|settings| settings.model != chosen) {
            settings.update(|settings| settings.model = chosen);
        }
    };
    // What was chosen before the page was alive holds.
    let first = choose.clone();
    effect(move || {
        if let Some(select) = select.get() {
            first(select.value());
        }
    });
    let expert = of_expert();
    let usual =
        move || expert.with(|expert| offer.with_value(|offer| texts::unchosen(&offer.name_of(expert.as_ref()))));
    let choices = offer.with_value(|offer| options(offer, view! { {usual} }.into_any(), None));
    view! {
        <select
            class="quiet-select"
            id=CHOICE
            name="model"
            form=COMPOSER
            aria-label=texts::MODEL
            autocomplete="off"
            node_ref=select
            on:change=handler(move |event: Event| choose(event_target_value(&event)))
        >
            {choices}
            {newer(offer, RwSignal::from(conversation.settings.clone()))}
        </select>
    }
    .into_any()
}

/// A choice takes effect at once; without scripts, by a button.
#[component]
fn Model(offer: StoredValue<Offer>, conversation: Conversation) -> impl IntoView {
    let chat = conversation.chat;
    let settings = RwSignal::from(conversation.settings.clone());
    let toasts = expect_context::<Toasts>();
    let chosen = settings.with_untracked(|settings| settings.model.clone());
    let usual = offer.with_value(|offer| texts::unchosen(&offer.name_of(None)));
    let choices = offer.with_value(|offer| options(offer, usual.into_any(), chosen.as_ref()));
    let shown = move || settings.with(|own| offer.with_value(|offer| value(offer, own.model.as_ref())));
    let choose = move |event: Event| {
        let conversation = conversation.clone();
        let wanted = event_target_value(&event);
        spawn_local(async move {
            if let Err(error) = choose(&conversation, wanted).await {
                toasts.fail(error.to_string());
            }
        });
    };
    view! {
        <form class="model" method="post" action=ChooseModel::PATH>
            <ChatField chat />
            <select
                class="quiet-select"
                name="model"
                aria-label=texts::MODEL
                autocomplete="off"
                prop:value=shown
                on:change=handler(choose)
            >
                {choices}
                {newer(offer, settings)}
            </select>
            <button class="button unscripted" type="submit">{texts::SAVE}</button>
        </form>
    }
    .into_any()
}

/// Which chat a form is about.
#[component]
pub(super) fn ChatField(chat: ChatId) -> impl IntoView {
    view! { <input type="hidden" name="chat" value=chat.to_string() /> }
}

/// Shows a choice at once, and takes it back if the server refuses it. What is sent meanwhile waits for it.
///
/// # Errors
/// The server's.
pub(super) async fn choose(conversation: &Conversation, wanted: String) -> Result<(), AppError> {
    let settings = conversation.settings.clone();
    let before = settings.with_untracked(|settings| settings.model.clone());
    settings.update(|settings| settings.model = named(&wanted));
    let _turn = conversation.turns.lock().await;
    let outcome = choose_model(conversation.chat, Some(wanted).filter(|wanted| !wanted.is_empty())).await;
    match &outcome {
        Ok(())
            if conversation.problem.with_untracked(|problem| matches!(problem, Some(AppError::ModelGone { .. }))) =>
        {
            conversation.problem.set(None);
        }
        Ok(()) => {}
        Err(_) => settings.update(|settings| settings.model = before),
    }
    outcome
}

/// The model that a form's value names.
pub(super) fn named(value: &str) -> Option<ModelRef> {
    if value.is_empty() { None } else { value.parse().ok() }
}
