//! What went wrong with the last thing that was asked for, beside where it was asked.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_query_map;
use server_fn::error::ServerFnUrlError;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDivElement, HtmlElement};

use super::{composer::FIELD, conversation::Conversation};
use crate::{
    domain::error::AppError,
    features::asking::Others,
    texts::frame as texts,
    ui::{
        focus::hand_on,
        handler::{effect, handler},
    },
};

/// The last problem, if there is one; a plain form brings its own back in the page's address.
#[component]
pub(super) fn Problem(conversation: Conversation, begins: bool) -> impl IntoView {
    let query = use_query_map();
    let from_form = move || query.with(|query| query.get_str("__err").map(ServerFnUrlError::<AppError>::decode_err));
    let problem = RwSignal::from(conversation.problem.clone());
    let sending = RwSignal::from(conversation.sending.clone());
    // The address keeps what it says; whoever has read it, or goes on, need not.
    let is_past = RwSignal::new(false);
    effect(move || {
        if sending.get() {
            is_past.set(true);
        }
    });
    view! {
        {move || {
            problem.get().or_else(|| from_form().filter(|_| !is_past.get())).map(|error| {
                let dismiss = handler(move |_| {
                    is_past.set(true);
                    problem.set(None);
                });
                let part = NodeRef::<html::Div>::new();
                hand_on(part, field);
                let others = match &error {
                    AppError::ModelGone { model } => {
                        let (conversation, gone) = (conversation.clone(), model.clone());
                        Some(view! { <Others conversation begins gone /> }.into_any())
                    }
                    _ => None,
                };
                view! {
                    <div class="notice problem" role="alert" node_ref=part>
                        <p>{error.to_string()}</p>
                        {others}
                        <button class="scripted" type="button" on:click=dismiss>{texts::DISMISS}</button>
                    </div>
                }
                .into_any()
            })
        }}
    }
}

/// Where one writes on.
fn field(_: &HtmlDivElement) -> Option<HtmlElement> {
    document().get_element_by_id(FIELD)?.dyn_into().ok()
}
