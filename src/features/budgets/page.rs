//! The page of all budgets of a workspace.

use leptos::prelude::*;

use super::{api::list_budgets, list::rows, new::NewBudgetForm};
use crate::{
    domain::budget::BudgetList,
    features::{loaded::load, not_loaded::NotLoaded, settings::SettingsPage},
    texts::budgets as texts,
    ui::form::Done,
};

/// `/workspace/budgets`.
#[component]
pub fn BudgetsPage() -> impl IntoView {
    let budgets = load(|| (), |()| list_budgets(None));
    let done = Done::new(move |()| budgets.refetch());
    view! {
        <SettingsPage heading=texts::BUDGETS>
            <p>{texts::LEAD}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match budgets.await {
                        Ok(list) => shown(list, done),
                        Err(error) => view! { <NotLoaded error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

fn shown(list: BudgetList, done: Done) -> AnyView {
    let BudgetList { workspace, fresh, budgets, people } = list;
    view! {
        {rows(workspace, budgets, done)}
        <section>
            <h2>{texts::ADD}</h2>
            <NewBudgetForm workspace fresh people done />
        </section>
    }
    .into_any()
}
