//! The page of all budgets of a workspace.

use leptos::prelude::*;

use super::{api::list_budgets, list::list, new::NewBudgetForm};
use crate::{
    domain::budget::BudgetList,
    features::{loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::budgets as texts,
    ui::{form::Done, rows::Rows},
};

/// `/workspace/budgets`.
#[component]
pub fn BudgetsPage() -> impl IntoView {
    let rows = Rows::here();
    let budgets = load(|| (), |()| list_budgets(None));
    let done = Done::new(move |()| budgets.refetch());
    view! {
        <SettingsPage heading=texts::BUDGETS>
            <p>{texts::LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match budgets.await {
                        Ok(budgets) => shown(budgets, rows, done),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn shown(all: BudgetList, rows: Rows, done: Done) -> AnyView {
    let BudgetList { workspace, fresh, budgets, people } = all;
    view! {
        {list(workspace, budgets, rows, done)}
        <section>
            <h2>{texts::ADD}</h2>
            <NewBudgetForm workspace fresh people done />
        </section>
    }
    .into_any()
}
