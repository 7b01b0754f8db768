//! Which models are wanted: a form of which the page's address keeps what was chosen.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::{
    domain::{model::Capability, model_filter::ProviderName},
    texts::models as texts,
    ui::select::Select,
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
    let providers: Vec<_> = providers.into_iter().map(|provider| (provider.id.to_string(), provider.name)).collect();
    let capabilities = Capability::ALL.iter().map(|&one| (one.as_str().to_owned(), texts::capability(one).to_owned()));
    let capabilities: Vec<_> = capabilities.collect();
    view! {
        <form class="form filter" method="get" action="/workspace/models" aria-label=texts::FILTER>
            <Select
                label=texts::PROVIDER
                name="provider"
                any=texts::ANY_PROVIDER
                options=providers
                chosen=chosen_as("provider")
            />
            <Select
                label=texts::CAPABILITY
                name="capability"
                any=texts::ANY_CAPABILITY
                options=capabilities
                chosen=chosen_as("capability")
            />
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
