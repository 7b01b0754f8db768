//! The button that tries what is entered, before it is kept.

use leptos::{ev::MouseEvent, prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use server_fn::{ServerFn, error::ServerFnUrlError};
use wasm_bindgen::JsCast;
use web_sys::{Element, FormData, HtmlFormElement};

use super::api::{TestProvider, test_provider};
use crate::{
    domain::{
        error::AppError,
        provider::{TestedBy, TestedProvider},
    },
    texts::providers as texts,
    ui::handler::handler,
};

/// What a test said.
type Outcome = Result<TestedProvider, AppError>;

/// The button, in the form of which it tries the fields. A plain page comes back with the outcome in its address; in one
/// that is alive the fields stay as they are.
#[component]
pub(super) fn TestConnection() -> impl IntoView {
    let (busy, outcome) = (RwSignal::new(false), RwSignal::new(None::<Outcome>));
    let from_address = said_by_address();
    let tried = RwSignal::new(false);
    let on_click = move |event: MouseEvent| {
        event.prevent_default();
        let Some(fields) = form_of(&event) else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        tried.set(true);
        outcome.set(None);
        spawn_local(async move {
            let said = ask(&fields).await;
            busy.try_set(false);
            outcome.try_set(Some(said));
        });
    };
    view! {
        <button
            class="button"
            type="submit"
            formaction=TestProvider::PATH
            aria-busy=move || busy.get().to_string()
            on:click=handler(on_click)
        >
            {move || if busy.get() { texts::TESTING } else { texts::TEST }}
        </button>
        <div role="status">
            {move || {
                outcome
                    .get()
                    .or_else(|| from_address.get().filter(|_| !tried.get()))
                    .and_then(Result::ok)
                    .map(|tested| view! { <p class="notice">{texts::works(tested)}</p> }.into_any())
            }}
        </div>
        {move || {
            outcome
                .get()
                .or_else(|| from_address.get().filter(|_| !tried.get()))
                .and_then(Result::err)
                .map(|error| view! { <p class="notice problem" role="alert">{error.to_string()}</p> }.into_any())
        }}
    }
    .into_any()
}

/// What the page's address says of a test, after a plain form.
fn said_by_address() -> Memo<Option<Outcome>> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| {
            if let Some(tested) = query.get_str("tested") {
                let by = query.get_str("by").and_then(TestedBy::from_word).unwrap_or(TestedBy::List);
                return Some(Ok(TestedProvider { models: tested.parse().ok(), by }));
            }
            let is_ours = query.get_str("__path") == Some(TestProvider::PATH);
            query.get_str("__err").filter(|_| is_ours).map(|said| Err(ServerFnUrlError::<AppError>::decode_err(said)))
        })
    })
}

/// The fields of the form that a button is in.
fn form_of(event: &MouseEvent) -> Option<FormData> {
    let button: Element = event.target()?.dyn_into().ok()?;
    let form: HtmlFormElement = button.closest("form").ok()??.dyn_into().ok()?;
    // What the browser finds wrong it says itself.
    if form.report_validity() { FormData::new_with_form(&form).ok() } else { None }
}

async fn ask(fields: &FormData) -> Outcome {
    let text = |name: &str| fields.get(name).as_string().unwrap_or_default();
    let given = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
    let provider = text("provider").parse().map_err(|_| AppError::NotFound)?;
    let workspace = text("workspace").parse().ok();
    test_provider(workspace, provider, given("name"), text("base_url"), given("key"), given("model")).await
}
