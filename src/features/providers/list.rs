//! The page of all providers.

use leptos::prelude::*;

use super::api::list_providers;
use crate::{
    domain::{error::AppError, provider::Provider},
    features::{loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::providers as texts,
    ui::time::Time,
};

/// `/workspace/providers`.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let providers = load(|| (), |()| list_providers(None));
    view! {
        <SettingsPage heading=texts::PROVIDERS>
            <p>{texts::LEAD}</p>
            <Transition>{move || Suspend::new(async move { rows(providers.await) })}</Transition>
            <p>
                <a class="button primary" href="/workspace/providers/new">
                    {texts::ADD}
                </a>
            </p>
        </SettingsPage>
    }
    .into_any()
}

fn rows(providers: Result<Vec<Provider>, AppError>) -> AnyView {
    match providers {
        Ok(providers) => {
            let rows = providers.into_iter().map(row).collect_view();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        }
        Err(error) => view! { <NotLoaded error /> }.into_any(),
    }
}

fn row(provider: Provider) -> AnyView {
    let words = [
        (!provider.base_url.is_empty()).then_some(provider.base_url.as_str()),
        provider.of_operator.then_some(texts::OF_OPERATOR),
        (!provider.enabled).then_some(texts::OFF),
    ];
    let about = words.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    view! {
        <li>
            <div class="what">
                <a href=format!("/workspace/providers/{}", provider.id)>{provider.name.clone()}</a>
                <p class="about">{about}</p>
                {standing(&provider)}
            </div>
        </li>
    }
    .into_any()
}

/// When its models were listed, and what went wrong last.
pub(super) fn standing(provider: &Provider) -> AnyView {
    let problem = provider
        .problem
        .clone()
        .map(|problem| view! { <p class="notice problem">{texts::PROBLEM} " " {problem}</p> }.into_any());
    let listed = match provider.listed_at {
        Some(at) => view! { <p class="about">{texts::LISTED} " " <Time at=at /></p> }.into_any(),
        None if problem.is_some() => ().into_any(),
        None => view! { <p class="about">{texts::NEVER_LISTED}</p> }.into_any(),
    };
    view! {
        {listed}
        {problem}
    }
    .into_any()
}
