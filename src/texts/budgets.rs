//! Budgets, and what is said when one is used up.

use super::usage::{grouped, money};
use crate::domain::budget::{Budget, BudgetPeriod, BudgetScope, BudgetState, BudgetUnit, BudgetUse, OverBudget};

pub const BUDGETS: &str = "Budgets";
pub const LEAD: &str = "How much may be used in a day or a month. Days and months are those of UTC. Before a model is asked, the most that its reply may come to is set aside; what it came to takes its place.";
pub const NONE: &str = "There are no budgets yet: everybody uses as much as they like.";
pub const YOURS: &str = "Your budgets";
pub const LIST: &str = "Budgets of this workspace";
pub const ADD: &str = "Add a budget";
pub const ADD_BUTTON: &str = "Add budget";
pub const WHOM: &str = "For whom";
pub const WHOLE: &str = "The whole workspace together";
pub const EVERYBODY: &str = "Everybody for themselves";
pub const PERIOD: &str = "Begins anew";
pub const EVERY_DAY: &str = "Every day";
pub const EVERY_MONTH: &str = "Every month";
pub const UNIT: &str = "Counts";
pub const DOLLARS: &str = "Dollars";
pub const TOKENS: &str = "Tokens";
pub const REQUESTS: &str = "Replies";
pub const AMOUNT: &str = "Amount";
pub const AMOUNT_HINT: &str = "Dollars like 2.50, tokens and replies as whole numbers.";
pub const BEYOND: &str = "What goes beyond it";
pub const REFUSED: &str = "is refused";
pub const WARNED: &str = "is only warned of";
pub const SAVE: &str = "Save";
pub const CHANGE: &str = "Change";
pub const DELETE: &str = "Delete";
pub const BAD_WHOM: &str = "Say for whom: the whole workspace, everybody, or one of its people. Choose again.";
pub const TOO_MANY: &str = "This workspace has as many budgets as it can have. Delete one, then add this one again.";

/// What is wrong with an amount.
#[must_use]
pub fn bad_amount(unit: BudgetUnit) -> &'static str {
    match unit {
        BudgetUnit::Dollars => "Amount: dollars like 2.50, at most a billion. Change it and save again.",
        BudgetUnit::Tokens | BudgetUnit::Requests => "Amount: a whole number. Change it and save again.",
    }
}

/// What a budget counts.
#[must_use]
pub fn unit(unit: BudgetUnit) -> &'static str {
    match unit {
        BudgetUnit::Dollars => DOLLARS,
        BudgetUnit::Tokens => TOKENS,
        BudgetUnit::Requests => REQUESTS,
    }
}

/// When a budget begins anew.
#[must_use]
pub fn period(period: BudgetPeriod) -> &'static str {
    match period {
        BudgetPeriod::Day => EVERY_DAY,
        BudgetPeriod::Month => EVERY_MONTH,
    }
}

/// What becomes of what goes beyond a budget.
#[must_use]
pub fn beyond(hard: bool) -> &'static str {
    if hard { REFUSED } else { WARNED }
}

/// `$2.50`, `1,000 tokens`, `1 reply`.
#[must_use]
pub fn amount(unit: BudgetUnit, amount: i64) -> String {
    let number = || grouped(amount.unsigned_abs());
    match (unit, amount) {
        (BudgetUnit::Dollars, _) => money(amount),
        (BudgetUnit::Tokens, 1) => "1 token".to_owned(),
        (BudgetUnit::Tokens, _) => format!("{} tokens", number()),
        (BudgetUnit::Requests, 1) => "1 reply".to_owned(),
        (BudgetUnit::Requests, _) => format!("{} replies", number()),
    }
}

/// `$2.50 a day`.
fn rate(budget: &Budget) -> String {
    let each = match budget.period {
        BudgetPeriod::Day => "a day",
        BudgetPeriod::Month => "a month",
    };
    format!("{} {each}", amount(budget.unit, budget.amount))
}

/// `$2.50 a day for the whole workspace`.
#[must_use]
pub fn describe(budget: &Budget) -> String {
    let whom = match (budget.scope, &budget.name) {
        (BudgetScope::Workspace, _) => "the whole workspace",
        (BudgetScope::Everybody, _) => "everybody",
        (BudgetScope::Person, Some(name)) => name,
        (BudgetScope::Person, None) => "somebody who left",
    };
    format!("{} for {whom}", rate(budget))
}

/// How much of it is used: `$1.20 of $2.50 used, $0.10 set aside, $1.20 left`.
#[must_use]
pub fn used(budget: &Budget, used: &BudgetUse) -> String {
    let say = |number| amount(budget.unit, number);
    let left = budget.amount.saturating_sub(used.taken());
    let set_aside = if used.reserved > 0 { format!(", {} set aside", say(used.reserved)) } else { String::new() };
    let rest =
        if left >= 0 { format!("{} left", say(left)) } else { format!("{} beyond it", say(left.saturating_neg())) };
    let who = if used.name.is_empty() { String::new() } else { format!("{}: ", used.name) };
    format!("{who}{} of {} used{set_aside}, {rest}", say(used.spent), say(budget.amount))
}

/// When it begins anew.
#[must_use]
pub fn anew(state: &BudgetState) -> String {
    format!("begins anew on {} (UTC)", state.anew)
}

/// What a person is told of a budget before they send.
#[must_use]
pub fn left(state: &BudgetState, used: &BudgetUse) -> String {
    format!("{}.", stands(state, used))
}

/// The same of one that runs out: also when there is more.
#[must_use]
pub fn runs_out(state: &BudgetState, used: &BudgetUse) -> String {
    format!("{}; it {}.", stands(state, used), anew(state))
}

fn stands(state: &BudgetState, used: &BudgetUse) -> String {
    let whose = if state.budget.scope == BudgetScope::Workspace { "The workspace’s" } else { "Your" };
    let left = state.budget.amount.saturating_sub(used.taken());
    let what = match (left > 0, state.budget.hard) {
        (true, _) => format!("has {} left", amount(state.budget.unit, left)),
        (false, true) => "is used up".to_owned(),
        (false, false) => "is used up; replies go on all the same".to_owned(),
    };
    format!("{whose} budget of {} {what}", rate(&state.budget))
}

/// What a button does, and to which budget.
#[must_use]
pub fn to_item(action: &str, budget: &Budget) -> String {
    format!("{action}: {}", describe(budget))
}

/// Why a reply is not begun.
#[must_use]
pub fn over(over: &OverBudget) -> String {
    const KEPT: &str = "What you wrote is kept.";
    let rate = rate(&over.budget);
    let (whose, starts) = if over.budget.scope == BudgetScope::Workspace {
        ("the workspace’s", "The workspace’s")
    } else {
        ("your", "Your")
    };
    let Some(wanted) = over.wanted else {
        return format!(
            "The price of the model {} is not known, and {whose} budget of {rate} counts dollars. Choose another model, or \
             have an admin enter its price. {KEPT}",
            over.model
        );
    };
    let when = format!("It begins anew on {} (UTC).", over.anew);
    if over.left <= 0 {
        return format!("{starts} budget of {rate} is used up. {when} {KEPT}");
    }
    let (left, wanted) = (amount(over.budget.unit, over.left), amount(over.budget.unit, wanted));
    format!(
        "{starts} budget of {rate} has {left} left, and this reply may come to {wanted}. Allow it fewer tokens, choose a \
         cheaper model, or wait. {when} {KEPT}"
    )
}
