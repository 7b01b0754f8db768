//! Which entries of the audit log are wanted: a form of which the page's address keeps what was chosen.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::{
    domain::{audit::AuditAction, member::PersonSummary},
    texts::audit as texts,
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
    let person = options(people.into_iter().map(|person| (person.id.to_string(), person.name)), &chosen_as("person"));
    let actions = AuditAction::ALL.iter().map(|&action| (action.as_str().to_owned(), texts::action(action).to_owned()));
    let action = options(actions, &chosen_as("action"));
    view! {
        <form class="form filter" method="get" action="/workspace/audit" aria-label=texts::FILTER>
            <label class="field">
                <span>{texts::PERSON}</span>
                <select name="person">
                    <option value="">{texts::ANYBODY}</option>
                    {person}
                </select>
            </label>
            <label class="field">
                <span>{texts::ACTION}</span>
                <select name="action">
                    <option value="">{texts::ANY_ACTION}</option>
                    {action}
                </select>
            </label>
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

fn options(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<AnyView> {
    all.map(|(value, name)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{name}</option> }.into_any()
    })
    .collect()
}
