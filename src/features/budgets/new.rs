//! The form that makes a budget.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::api::MakeBudget;
use crate::{
    domain::{
        budget::{BudgetPeriod, BudgetScope, BudgetUnit},
        id::{BudgetId, WorkspaceId},
        member::PersonSummary,
    },
    texts::budgets as texts,
    ui::{
        field::Field,
        form::{Done, Form},
    },
};

/// The form.
#[component]
pub(super) fn NewBudgetForm(
    workspace: WorkspaceId,
    fresh: BudgetId,
    people: Vec<PersonSummary>,
    done: Done,
) -> impl IntoView {
    let whole = [(BudgetScope::Workspace, texts::WHOLE), (BudgetScope::Everybody, texts::EVERYBODY)];
    let whole = whole.into_iter().map(|(scope, name)| (scope.as_str().to_owned(), name.to_owned()));
    let people = people.into_iter().map(|person| (person.id.to_string(), person.name));
    let periods =
        BudgetPeriod::ALL.iter().map(|&period| (period.as_str().to_owned(), texts::period(period).to_owned()));
    let units = BudgetUnit::ALL.iter().map(|&unit| (unit.as_str().to_owned(), texts::unit(unit).to_owned()));
    view! {
        <Form action=MakeBudget::PATH label=texts::ADD done=done>
            <input type="hidden" name="workspace" value=workspace.to_string() />
            <input type="hidden" name="budget" value=fresh.to_string() />
            {select(texts::WHOM, "whom", whole.chain(people), "")}
            {select(texts::PERIOD, "period", periods, BudgetPeriod::Month.as_str())}
            {select(texts::UNIT, "unit", units, "")}
            <Field label=texts::AMOUNT name="amount" max=30 hint=texts::AMOUNT_HINT />
            {beyond(true)}
            <button class="button primary" type="submit">{texts::ADD_BUTTON}</button>
        </Form>
    }
    .into_any()
}

/// What becomes of what goes beyond a budget, to be chosen.
pub(super) fn beyond(hard: bool) -> AnyView {
    let options = [true, false].map(|hard| (hard.to_string(), texts::beyond(hard).to_owned()));
    select(texts::BEYOND, "hard", options.into_iter(), &hard.to_string())
}

fn select(
    label: &'static str,
    name: &'static str,
    options: impl Iterator<Item = (String, String)>,
    chosen: &str,
) -> AnyView {
    let options = options.map(|(value, name)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{name}</option> }.into_any()
    });
    let options: Vec<AnyView> = options.collect();
    view! {
        <label class="field">
            <span>{label}</span>
            <select name=name>{options}</select>
        </label>
    }
    .into_any()
}
