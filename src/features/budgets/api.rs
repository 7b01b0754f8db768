//! The server functions of budgets.

#![allow(missing_docs, reason = "the macro turns parameters into fields and leaves no place to document them")]

use leptos::prelude::*;

use crate::domain::{
    budget::{BudgetList, BudgetPeriod, BudgetState, BudgetUnit},
    error::AppError,
    form::Form,
    id::{BudgetId, WorkspaceId},
};
#[cfg(feature = "ssr")]
use crate::{
    domain::{budget::BudgetScope, id::UserId},
    features::edge::in_workspace,
    server::{access::policy::InWorkspace, store::budgets::NewBudget},
    texts::budgets as texts,
};

/// The budgets of a workspace and how they stand in the period that is running. For admins.
///
/// # Errors
/// `NotFound` if one is not in it, `Forbidden`.
#[server(endpoint = "list_budgets", input = Form)]
pub async fn list_budgets(workspace: Option<WorkspaceId>) -> Result<BudgetList, AppError> {
    in_workspace(workspace, InWorkspace::LookAfter, async |server, actor| Ok(server.store.budgets(&actor).await?)).await
}

/// How the budgets stand that bind oneself in a workspace.
///
/// # Errors
/// `NotFound` if one is not in it.
#[server(endpoint = "budgets_left", input = Form)]
pub async fn budgets_left(workspace: Option<WorkspaceId>) -> Result<Vec<BudgetState>, AppError> {
    in_workspace(workspace, InWorkspace::Look, async |server, actor| Ok(server.store.budgets_left(&actor).await?)).await
}

/// Makes a budget: for `workspace` (all together), `everybody` (each for themselves) or one person, of whom `whom` is the id.
/// The client makes the budget's id: sent twice, it is there once. An amount is dollars (`2.50`) or a whole number; a
/// `hard` one refuses what goes beyond it, others warn.
///
/// # Errors
/// `Invalid` if a field does not fit or there are too many; `NotFound` if the person is not in the workspace or the id is not
/// one's to use; `Forbidden`.
#[server(endpoint = "make_budget", input = Form)]
pub async fn make_budget(
    workspace: Option<WorkspaceId>,
    budget: BudgetId,
    whom: String,
    period: BudgetPeriod,
    unit: BudgetUnit,
    amount: String,
    hard: bool,
) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        let (scope, person) = bound(&whom)?;
        let amount = unit.read(&amount).ok_or_else(|| AppError::invalid(texts::bad_amount(unit)))?;
        let budget = NewBudget { id: budget, scope, person, period, unit, amount, hard };
        Ok(server.store.make_budget(&actor, budget).await?)
    })
    .await
}

/// Gives a budget another amount, and says whether what goes beyond it is refused. What was used of it stays used.
///
/// # Errors
/// `Invalid` if the amount makes no sense, `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "change_budget", input = Form)]
pub async fn change_budget(
    workspace: Option<WorkspaceId>,
    budget: BudgetId,
    amount: String,
    hard: bool,
) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        Ok(server.store.change_budget(&actor, budget, &amount, hard).await?)
    })
    .await
}

/// Deletes a budget.
///
/// # Errors
/// `NotFound` if it is not there, `Forbidden`.
#[server(endpoint = "delete_budget", input = Form)]
pub async fn delete_budget(workspace: Option<WorkspaceId>, budget: BudgetId) -> Result<(), AppError> {
    in_workspace(workspace, InWorkspace::Curate, async |server, actor| {
        Ok(server.store.delete_budget(&actor, budget).await?)
    })
    .await
}

/// Whom a budget is to bind.
#[cfg(feature = "ssr")]
fn bound(whom: &str) -> Result<(BudgetScope, Option<UserId>), AppError> {
    match BudgetScope::from_word(whom) {
        Some(BudgetScope::Person) => Err(AppError::invalid(texts::BAD_WHOM)),
        Some(scope) => Ok((scope, None)),
        None => {
            let person = whom.parse().map_err(|_| AppError::invalid(texts::BAD_WHOM))?;
            Ok((BudgetScope::Person, Some(person)))
        }
    }
}
