//! What there is instead of a model that cannot be asked any more, beside the message that it should have answered.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use server_fn::ServerFn;
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlSelectElement, HtmlTextAreaElement};

use super::{
    Offered,
    api::{ChooseModel, offered_models},
    choice::{CHOICE, ChatField, choose, named},
    typed::COMPOSER,
};
use crate::{
    domain::{asking::Offer, id::WorkspaceId, settings::Settings},
    features::{
        chat::{Conversation, MESSAGE_FIELD},
        chats::Chats,
        signed_out::heed,
    },
    texts::asking as texts,
    ui::{
        handler::{effect, handler},
        paint::after_paint,
    },
};

/// How many there are to choose from here; the choice in the header has all of them.
const SHOWN: usize = 4;

/// A button for each: it chooses the model, and sends what is kept where it was to be sent.
#[component]
pub fn Others(
    /// The chat.
    conversation: Conversation,
    /// Whether it does not exist yet.
    begins: bool,
    /// The model that cannot be asked any more.
    gone: String,
) -> impl IntoView {
    let (offered, chats) = (expect_context::<Offered>(), use_context::<Chats>());
    let (fresh, workspace) = (RwSignal::new(None::<Offer>), conversation.workspace);
    effect(move || ask_again(workspace.or_else(|| chats.and_then(Chats::workspace)), fresh));
    view! {
        <div class="others" role="group" aria-label=texts::OTHERS>
            <Transition>
                {move || {
                    let (conversation, gone, fresh) = (conversation.clone(), gone.clone(), fresh.get());
                    Suspend::new(async move {
                        let settings = conversation.settings.get_untracked();
                        let offer = match fresh {
                            Some(offer) => Some(offer),
                            None => offered.0.await.ok(),
                        };
                        let choices = offer.map(|offer| others(&offer, &settings, &gone)).unwrap_or_default();
                        let button = |(value, name)| view! { <Other conversation=conversation.clone() begins value name /> };
                        choices.into_iter().map(button).collect_view().into_any()
                    })
                }}
            </Transition>
        </div>
    }
    .into_any()
}

/// Asks which models there are now: what the page knows of may be older than the refusal. Only for what is offered here. The
/// rest of the page goes on with what it knows, since it would be made anew, without what was typed in it.
fn ask_again(workspace: Option<WorkspaceId>, fresh: RwSignal<Option<Offer>>) {
    spawn_local(async move {
        if let Ok(offer) = offered_models(workspace).await.inspect_err(heed) {
            fresh.try_set(Some(offer));
        }
    });
}

/// Models that can be asked, each with its value in a form: first the one of the workspace, if another one was chosen.
fn others(offer: &Offer, settings: &Settings, gone: &str) -> Vec<(String, String)> {
    let usual = offer.defaults.model.as_ref();
    let is_open = usual.is_none_or(|usual| usual.model != gone && offer.find(usual).is_some());
    let usual_name = offer.name_of(None);
    let unchosen = (settings.model.is_some() && is_open && usual_name != gone).then(|| (String::new(), usual_name));
    let others = offer.models.iter().filter(|offered| offered.reference.model != gone);
    let others = others.map(|offered| (offered.reference.to_string(), offered.name.clone()));
    let mut shown: Vec<(String, String)> = Vec::new();
    for choice in unchosen.into_iter().chain(others) {
        if shown.len() < SHOWN && shown.iter().all(|(_, name)| *name != choice.1) {
            shown.push(choice);
        }
    }
    shown
}

#[component]
fn Other(conversation: Conversation, begins: bool, value: String, name: String) -> impl IntoView {
    let chat = conversation.chat;
    let wanted = value.clone();
    let go_on = move |event: SubmitEvent| {
        event.prevent_default();
        go_on_with(conversation.clone(), begins, wanted.clone());
    };
    // Without scripts there is no chat yet to choose for: the choice in the header goes along with the message.
    view! {
        <form class=if begins { "scripted" } else { "" } method="post" action=ChooseModel::PATH on:submit=handler(go_on)>
            <ChatField chat />
            <input type="hidden" name="model" value=value />
            <button class="button" type="submit">{texts::use_model(&name)}</button>
        </form>
    }
    .into_any()
}

fn go_on_with(conversation: Conversation, begins: bool, wanted: String) {
    if begins {
        conversation.settings.update(|settings| settings.model = named(&wanted));
        conversation.problem.set(None);
        // Once the choice in the header has it: it may be newer than the page.
        return after_paint(move || {
            let select =
                document().get_element_by_id(CHOICE).and_then(|select| select.dyn_into::<HtmlSelectElement>().ok());
            if let Some(select) = select {
                select.set_value(&wanted);
            }
            send_kept();
        });
    }
    spawn_local(async move {
        match choose(&conversation, wanted).await {
            Ok(()) => {
                conversation.problem.set(None);
                send_kept();
            }
            Err(error) => conversation.problem.set(Some(error)),
        }
    });
}

/// Sends what is kept in the field for it, if it is there: what failed may have been something else.
fn send_kept() {
    let form = document().get_element_by_id(COMPOSER).and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    let field =
        document().get_element_by_id(MESSAGE_FIELD).and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok());
    let is_kept = field.is_some_and(|field| !field.value().trim().is_empty());
    if let Some(form) = form.filter(|_| is_kept) {
        // It fails only for a button of another form.
        let _ = form.request_submit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{asking::OfferedModel, id::ProviderId, model::ModelRef};

    fn offer(names: &[&str], usual: Option<&str>) -> Offer {
        let provider = ProviderId::new();
        let named = |name: &str| ModelRef { provider: Some(provider), model: name.to_owned() };
        let model = |name: &&str| OfferedModel {
            reference: named(name),
            name: (*name).to_owned(),
            provider: "P".to_owned(),
            reasoning: false,
            tools: None,
            max_tokens: 1_000,
        };
        Offer {
            workspace: WorkspaceId::new(),
            models: names.iter().map(model).collect(),
            defaults: Settings { model: usual.map(named), ..Settings::default() },
            model: "server".to_owned(),
            demo: None,
        }
    }

    fn names(offer: &Offer, settings: &Settings, gone: &str) -> Vec<String> {
        others(offer, settings, gone).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn the_usual_model_is_offered_first_and_the_one_that_is_gone_never() {
        let chosen =
            Settings { model: Some(ModelRef { provider: None, model: "b".to_owned() }), ..Settings::default() };
        assert_eq!(names(&offer(&["a", "b", "c"], Some("c")), &chosen, "b"), ["c", "a"]);
        assert_eq!(names(&offer(&["a"], None), &chosen, "b"), ["server", "a"]);
        assert_eq!(names(&offer(&["a", "b"], Some("b")), &Settings::default(), "b"), ["a"]);
        assert_eq!(names(&offer(&["a", "b", "c", "d", "e", "f"], None), &chosen, "f").len(), SHOWN);
        assert!(names(&offer(&[], Some("b")), &chosen, "b").is_empty());
    }
}
