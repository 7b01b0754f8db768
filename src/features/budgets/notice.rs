//! What is left of the budgets that bind oneself: on the page of usage all of them, before one sends those to know of then.

use leptos::prelude::*;

use super::{api::budgets_left, list::standing};
use crate::{domain::budget::BudgetState, features::loaded::load, texts::budgets as texts};

/// All budgets that bind the reader, each with how it stands; nothing if there are none.
#[component]
pub fn YourBudgets() -> impl IntoView {
    let left = load(|| (), |()| budgets_left(None));
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let states = left.await.unwrap_or_default();
                (!states.is_empty()).then(|| yours(states)).into_any()
            })}
        </Transition>
    }
    .into_any()
}

fn yours(states: Vec<BudgetState>) -> AnyView {
    let rows = states.into_iter().map(|state| {
        view! {
            <li>
                <div class="what">
                    <strong>{texts::describe(&state.budget)}</strong>
                    {standing(&state)}
                    <p class="about">{texts::anew(&state)}</p>
                </div>
            </li>
        }
        .into_any()
    });
    let rows: Vec<AnyView> = rows.collect();
    view! {
        <section>
            <h2>{texts::YOURS}</h2>
            <ul class="rows budgets">{rows}</ul>
        </section>
    }
    .into_any()
}

/// What is left of them before one sends: one line above where one writes, a quiet one until a budget runs out.
#[component]
pub fn BudgetNotice(
    /// Those to know of.
    budgets: RwSignal<Vec<BudgetState>>,
) -> impl IntoView {
    view! {
        {move || budgets.with(|budgets| line(budgets)).into_any()}
    }
    .into_any()
}

fn line(budgets: &[BudgetState]) -> Option<AnyView> {
    let say = |state: &BudgetState| {
        let used = state.uses.first()?;
        Some(if state.runs_out() { texts::runs_out(state, used) } else { texts::left(state, used) })
    };
    let words: Vec<String> = budgets.iter().filter_map(say).collect();
    if words.is_empty() {
        return None;
    }
    let words = words.join(" ");
    Some(if budgets.iter().any(BudgetState::runs_out) {
        view! { <p class="notice budget" role="status">{words}</p> }.into_any()
    } else {
        view! { <p class="left">{words}</p> }.into_any()
    })
}
