//! Budgets: their list for admins, what is left of one's own for everybody.

pub mod api;
mod list;
mod new;
mod notice;
mod page;

pub use notice::{BudgetNotice, YourBudgets};
pub use page::BudgetsPage;
