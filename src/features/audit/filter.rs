//! Which entries of the audit log are wanted: a form of which the page's address keeps what was chosen.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::{
    domain::{audit::AuditAction, member::PersonSummary},
    texts::audit as texts,
    ui::select::Select,
};

/// The form.
#[component]
pub(super) fn Filter(
    /// Whose entries there may be.
    people: Vec<PersonSummary>,
    /// What was chosen.
    chosen: ParamsMap,
) -> impl IntoView {
    let chosen_as = |name: &str| chosen.get(name).unwrap_or_default();
    let people: Vec<_> = people.into_iter().map(|person| (person.id.to_string(), person.name)).collect();
    let actions = AuditAction::ALL.iter().map(|&action| (action.as_str().to_owned(), texts::action(action).to_owned()));
    let actions: Vec<_> = actions.collect();
    view! {
        <form class="form filter" method="get" action="/workspace/audit" aria-label=texts::FILTER>
            <Select
                label=texts::PERSON
                name="person"
                any=texts::ANYBODY
                options=people
                chosen=chosen_as("person")
            />
            <Select
                label=texts::ACTION
                name="action"
                any=texts::ANY_ACTION
                options=actions
                chosen=chosen_as("action")
            />
            <label class="field">
                <span>{texts::FROM}</span>
                <input type="date" name="from" value=chosen_as("from") />
            </label>
            <label class="field">
                <span>{texts::TO}</span>
                <input type="date" name="to" value=chosen_as("to") />
            </label>
            <button class="button primary" type="submit">{texts::SHOW}</button>
            <a class="button" href="/workspace/audit" rel="external">{texts::CLEAR}</a>
        </form>
    }
    .into_any()
}
