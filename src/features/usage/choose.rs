//! Which days one looks at and what is drawn of them: links and a form of which the page's address keeps what was chosen.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::{
    domain::usage::{Measure, UsagePeriod},
    texts::usage as texts,
};

/// The links and the form.
#[component]
pub(super) fn Choose(
    /// What was chosen.
    chosen: ParamsMap,
    /// The first day that is shown, if any are.
    #[prop(optional, into)]
    from: String,
    /// The last one.
    #[prop(optional, into)]
    to: String,
) -> impl IntoView {
    let named = is_named(&chosen);
    let period = chosen.get_str("period").and_then(UsagePeriod::from_word);
    let period = period.unwrap_or(UsagePeriod::ThirtyDays);
    let periods = UsagePeriod::ALL.iter().map(|&one| {
        let mut to = chosen.clone();
        to.remove("from");
        to.remove("to");
        to.replace("period", one.as_str().to_owned());
        link(&to, texts::period(one), !named && one == period)
    });
    let measure = measure(&chosen);
    let measures = Measure::ALL.iter().map(|&one| {
        let mut to = chosen.clone();
        to.replace("measure", one.as_str().to_owned());
        link(&to, texts::measure(one), one == measure)
    });
    view! {
        <nav class="choices" aria-label=texts::PERIOD>{periods.collect::<Vec<_>>()}</nav>
        <form class="form filter" method="get" action="/workspace/usage" aria-label=texts::DAYS>
            <input type="hidden" name="measure" value=measure.as_str() />
            <label class="field">
                <span>{texts::FROM}</span>
                <input type="date" name="from" value=from />
            </label>
            <label class="field">
                <span>{texts::TO}</span>
                <input type="date" name="to" value=to />
            </label>
            <button class="button primary" type="submit">{texts::SHOW}</button>
        </form>
        <nav class="choices" aria-label=texts::DRAWN>{measures.collect::<Vec<_>>()}</nav>
    }
    .into_any()
}

/// What is drawn.
pub(super) fn measure(chosen: &ParamsMap) -> Measure {
    chosen.get_str("measure").and_then(Measure::from_word).unwrap_or(Measure::Cost)
}

/// Whether days were named, which go before a period.
fn is_named(chosen: &ParamsMap) -> bool {
    ["from", "to"].into_iter().any(|name| chosen.get_str(name).is_some_and(|day| !day.is_empty()))
}

fn link(to: &ParamsMap, name: &'static str, here: bool) -> AnyView {
    let to = format!("/workspace/usage{}", to.to_query_string());
    view! { <a class="button" href=to aria-current=here.then_some("true")>{name}</a> }.into_any()
}
