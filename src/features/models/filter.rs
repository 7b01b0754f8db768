//! Which models are wanted: a form of which the page's address keeps what was chosen.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::{
    domain::{model::Capability, model_filter::ProviderName},
    texts::models as texts,
};

/// The form.
#[component]
pub(super) fn Filter(
    /// Whose models there may be.
    providers: Vec<ProviderName>,
    /// What was chosen.
    chosen: ParamsMap,
) -> impl IntoView {
    let chosen_as = |name: &str| chosen.get(name).unwrap_or_default();
    let providers = providers.into_iter().map(|provider| (provider.id.to_string(), provider.name));
    let provider = options(providers, &chosen_as("provider"));
    let capabilities = Capability::ALL.iter().map(|&one| (one.as_str().to_owned(), texts::capability(one).to_owned()));
    let capability = options(capabilities, &chosen_as("capability"));
    view! {
        <form class="form filter" method="get" action="/workspace/models" aria-label=texts::FILTER>
            <label class="field">
                <span>{texts::PROVIDER}</span>
                <select name="provider">
                    <option value="">{texts::ANY_PROVIDER}</option>
                    {provider}
                </select>
            </label>
            <label class="field">
                <span>{texts::CAPABILITY}</span>
                <select name="capability">
                    <option value="">{texts::ANY_CAPABILITY}</option>
                    {capability}
                </select>
            </label>
            <label class="field">
                <span>{texts::NAMED}</span>
                <input type="search" name="words" autocomplete="off" maxlength="200" value=chosen_as("words") />
            </label>
            <button class="button primary" type="submit">
                {texts::SHOW}
            </button>
            <a class="button" href="/workspace/models" rel="external">
                {texts::CLEAR}
            </a>
        </form>
    }
    .into_any()
}

fn options(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<AnyView> {
    all.map(|(value, name)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{name}</option> }.into_any()
    })
    .collect()
}
