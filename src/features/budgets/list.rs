//! The budgets of a workspace, each with how it stands and what can be done with it.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    api::{ChangeBudget, DeleteBudget},
    new::beyond,
};
use crate::{
    domain::{budget::BudgetState, id::WorkspaceId},
    texts::budgets as texts,
    ui::{
        field::Field,
        form::{Done, Form},
        rows::Rows,
    },
};

/// The list.
pub(super) fn list(workspace: WorkspaceId, budgets: Vec<BudgetState>, rows: Rows, done: Done) -> AnyView {
    if budgets.is_empty() {
        return view! { <p class="empty">{texts::NONE}</p> }.into_any();
    }
    let row = move |(workspace, state)| row(workspace, state, done);
    let budgets = budgets.into_iter().map(|state| (workspace, state));
    view! { <ul class="rows budgets" aria-label=texts::LIST>{rows.of(budgets.collect(), row)}</ul> }.into_any()
}

fn row(workspace: WorkspaceId, state: BudgetState, done: Done) -> AnyView {
    let (workspace, id) = (workspace.to_string(), state.budget.id.to_string());
    let (delete, change) = (texts::to_item(texts::DELETE, &state.budget), texts::to_item(texts::CHANGE, &state.budget));
    let about = format!("{} {} · {}", texts::BEYOND, texts::beyond(state.budget.hard), texts::anew(&state));
    let amount = state.budget.unit.written(state.budget.amount);
    let hard = state.budget.hard;
    let ids = || {
        view! {
            <input type="hidden" name="workspace" value=workspace.clone() />
            <input type="hidden" name="budget" value=id.clone() />
        }
        .into_any()
    };
    let (of_change, of_delete) = (ids(), ids());
    view! {
        <li>
            <div class="what">
                <strong>{texts::describe(&state.budget)}</strong>
                {standing(&state)}
                <p class="about">{about}</p>
                <details>
                    <summary aria-label=change.clone()>{texts::CHANGE}</summary>
                    <Form action=ChangeBudget::PATH label=change done=done>
                        {of_change}
                        <Field label=texts::AMOUNT name="amount" value=amount max=30 />
                        {beyond(hard)}
                        <button class="button primary" type="submit">{texts::SAVE}</button>
                    </Form>
                </details>
            </div>
            <Form action=DeleteBudget::PATH label=delete.clone() class="inline" done=done>
                {of_delete}
                <button class="button danger" type="submit" aria-label=delete>{texts::DELETE}</button>
            </Form>
        </li>
    }
    .into_any()
}

/// How a budget stands: a line for each whose share is known.
pub(super) fn standing(state: &BudgetState) -> AnyView {
    let most = state.budget.amount.max(1);
    let lines = state.uses.iter().map(|used| {
        let words = texts::used(&state.budget, used);
        let taken = used.taken().clamp(0, most);
        view! {
            <p class="standing">
                <progress max=most.to_string() value=taken.to_string() aria-label=words.clone()></progress>
                <span>{words.clone()}</span>
            </p>
        }
        .into_any()
    });
    lines.collect::<Vec<_>>().into_any()
}
