//! The page of a model: what is known of it, and what holds in the workspace in place of that.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;

use super::api::{SaveModel, load_model};
use crate::{
    domain::{
        error::AppError,
        id::ModelId,
        model::{Capability, Model},
        model_facts::{ModelDetails, ModelFacts, per_million},
        money::Money,
    },
    features::{loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::models as texts,
    ui::form::Form,
};

/// `/workspace/models/{id}`.
#[component]
pub fn ModelPage() -> impl IntoView {
    let params = use_params_map();
    let named = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let details = load(
        move || named.get(),
        |named| async move { load_model(None, named.parse::<ModelId>().map_err(|_| AppError::NotFound)?).await },
    );
    view! {
        <SettingsPage heading=texts::MODEL>
            <Transition>
                {move || Suspend::new(async move {
                    match details.await {
                        Ok(details) => page(details),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn page(details: ModelDetails) -> AnyView {
    let gone = (!details.model.available).then(|| view! { <p class="notice">{texts::GONE_LEAD}</p> }.into_any());
    view! {
        {about(&details.model)}
        {gone}
        <p class="about">{texts::EDIT_LEAD}</p>
        {fields(details)}
    }
    .into_any()
}

fn about(model: &Model) -> AnyView {
    view! {
        <section>
            <h2>{model.name.clone()}</h2>
            {(!model.description.is_empty()).then(|| view! { <p>{model.description.clone()}</p> }.into_any())}
            <dl class="facts">
                <dt>{texts::PROVIDER}</dt>
                <dd>{model.provider_name.clone()}</dd>
                <dt>{texts::NAME_AT_PROVIDER}</dt>
                <dd>{model.model.clone()}</dd>
            </dl>
        </section>
    }
    .into_any()
}

fn fields(details: ModelDetails) -> AnyView {
    let ModelDetails { workspace, model, known, edits } = details;
    let length = edits.context_length.map(|length| length.to_string()).unwrap_or_default();
    let known_length = texts::known_as(&texts::tokens(known.context_length));
    view! {
        <Form action=SaveModel::PATH label=texts::MODEL>
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <input type="hidden" name="model" value=model.id.to_string() />
            <label class="field">
                <span>{texts::MAY_CHOOSE}</span>
                <select name="enabled">
                    <option value="true" selected=model.enabled>{texts::YES}</option>
                    <option value="false" selected=!model.enabled>{texts::NO}</option>
                </select>
            </label>
            {number(texts::CONTEXT, "context_length", length, known_length)}
            {price(texts::PRICE_IN, "input_price", edits.input, known.input)}
            {price(texts::PRICE_OUT, "output_price", edits.output, known.output)}
            {capabilities(&known, &edits)}
            <button class="button primary" type="submit">
                {texts::SAVE}
            </button>
        </Form>
    }
    .into_any()
}

fn price(label: &'static str, name: &'static str, edited: Option<Money>, known: Option<Money>) -> AnyView {
    let value = edited.map(|price| per_million(price).dollars()).unwrap_or_default();
    number(label, name, value, texts::known_price(known))
}

/// A field for a number, with what is known of it below.
fn number(label: &'static str, name: &'static str, value: String, hint: String) -> AnyView {
    let hint_id = format!("{name}-hint");
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                type="text"
                inputmode="decimal"
                name=name
                autocomplete="off"
                maxlength="24"
                value=value
                aria-describedby=hint_id.clone()
            />
        </label>
        <p class="field-hint" id=hint_id>
            {hint}
        </p>
    }
    .into_any()
}

fn capabilities(known: &ModelFacts, edits: &ModelFacts) -> AnyView {
    let all = [
        (Capability::Vision, edits.vision, known.vision),
        (Capability::Audio, edits.audio, known.audio),
        (Capability::Tools, edits.tools, known.tools),
        (Capability::Reasoning, edits.reasoning, known.reasoning),
    ];
    let choices = all.map(|(capability, edited, known)| {
        view! {
            <label class="field">
                <span>{texts::capability(capability)}</span>
                <select name=capability.as_str()>
                    <option value="" selected=edited.is_none()>
                        {texts::as_known(known)}
                    </option>
                    <option value="true" selected=edited == Some(true)>
                        {texts::YES}
                    </option>
                    <option value="false" selected=edited == Some(false)>
                        {texts::NO}
                    </option>
                </select>
            </label>
        }
        .into_any()
    });
    choices.into_iter().collect_view().into_any()
}
