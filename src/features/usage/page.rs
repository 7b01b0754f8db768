//! The page of what was used: one's own, for admins everybody's.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::{
    api::usage,
    choose::{Choose, measure},
    tables::{part, totals},
};
use crate::{
    domain::{
        error::AppError,
        usage::{UsagePeriod, UsageReport},
    },
    features::{budgets::YourBudgets, loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::usage as texts,
};

/// `/workspace/usage`.
#[component]
pub fn UsagePage() -> impl IntoView {
    let query = use_query_map();
    let report = load(move || query.get(), asked);
    view! {
        <SettingsPage heading=texts::USAGE>
            <YourBudgets />
            <Transition>
                {move || Suspend::new(async move {
                    let chosen = query.get_untracked();
                    match report.await {
                        Ok(report) => view! { <Report report chosen /> }.into_any(),
                        Err(error) => view! { <Refused error chosen /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

/// What the page's address asks for. A period or a measure that is none was not chosen here, and is passed over.
async fn asked(query: ParamsMap) -> Result<UsageReport, AppError> {
    let period = query.get_str("period").and_then(UsagePeriod::from_word);
    usage(None, period, query.get("from"), query.get("to"), Some(measure(&query))).await
}

/// What was chosen does not make sense, and can be chosen again; or there is nothing to see for the reader.
#[component]
fn Refused(error: AppError, chosen: ParamsMap) -> impl IntoView {
    let choose = matches!(error, AppError::Invalid { .. });
    view! {
        {choose.then(|| view! { <Choose chosen /> })}
        <NotLoaded error />
    }
    .into_any()
}

#[component]
fn Report(report: UsageReport, chosen: ParamsMap) -> impl IntoView {
    let UsageReport { workspace, from, to, everybody, sums, people, models, days, charts } = report;
    let (from, to) = (from.to_string(), to.to_string());
    let file = format!("/workspace/usage.csv?workspace={workspace}&from={from}&to={to}");
    let shown = texts::days(&from, &to);
    let parts = if days.is_empty() {
        view! { <p class="empty">{texts::NOTHING}</p> }.into_any()
    } else {
        view! {
            {totals(&sums)}
            {part(texts::BY_DAY, texts::DAY, charts.days, days)}
            {everybody.then(|| part(texts::BY_PERSON, texts::PERSON, charts.people, people))}
            {part(texts::BY_MODEL, texts::MODEL, charts.models, models)}
        }
        .into_any()
    };
    view! {
        <p>{if everybody { texts::LEAD_ALL } else { texts::LEAD_OWN }}</p>
        <Choose chosen from to />
        <p class="period">{shown}</p>
        {parts}
        <p>
            <a class="button" href=file rel="external" download="">{texts::CSV}</a>
        </p>
    }
    .into_any()
}
