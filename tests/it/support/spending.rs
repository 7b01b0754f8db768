//! What models cost in the tests, and budgets.

use parlance::{
    domain::{
        budget::{BudgetList, BudgetPeriod, BudgetState, BudgetUse},
        error::AppError,
        id::{BudgetId, ModelId},
        usage::UsageReport,
    },
    server::providers::MAIN,
};

use super::{
    client::{Client, Refusal},
    database::change,
    people::error_of,
    upstream::MODEL,
    wait::within_one_day,
};

/// What the test model costs, in nano-dollars for 1,000 tokens: what it reads, and what it writes.
pub const PRICES: (i64, i64) = (150_000, 600_000);

/// What so many tokens cost, read and written.
pub fn cost(prompt: i64, completion: i64) -> i64 {
    (prompt * PRICES.0 + 999) / 1_000 + (completion * PRICES.1 + 999) / 1_000
}

/// Gives the test model its price, past the server on this database. Before anybody asks it for anything.
pub async fn price(url: &str) {
    let (input, output) = PRICES;
    let sql = format!(
        "INSERT INTO models (id, provider_id, model, name, input_price, output_price, created_at, updated_at)
         VALUES ('{}', '{MAIN}', '{MODEL}', '{MODEL}', {input}, {output}, 1, 1)
         ON CONFLICT (provider_id, model) DO UPDATE SET input_price = {input}, output_price = {output}",
        ModelId::new()
    );
    change(url, &sql).await;
}

impl Client {
    /// Makes a budget: for whom, of what, how much, and whether it refuses.
    pub async fn budget(&self, whom: &str, unit: &str, amount: &str, hard: bool) -> BudgetId {
        let id = BudgetId::new();
        self.budget_as(id, whom, unit, amount, hard).await.expect("a budget");
        id
    }

    /// The same under an id made before.
    pub async fn budget_as(
        &self,
        id: BudgetId,
        whom: &str,
        unit: &str,
        amount: &str,
        hard: bool,
    ) -> Result<(), Refusal> {
        self.make_budget(id, whom, BudgetPeriod::Month, unit, amount, hard).await
    }

    /// Makes a budget for the whole workspace that refuses, and begins anew after such a period.
    pub async fn hard_budget(&self, period: BudgetPeriod, unit: &str, amount: &str) {
        self.make_budget(BudgetId::new(), "workspace", period, unit, amount, true).await.expect("a budget");
    }

    async fn make_budget(
        &self,
        id: BudgetId,
        whom: &str,
        period: BudgetPeriod,
        unit: &str,
        amount: &str,
        hard: bool,
    ) -> Result<(), Refusal> {
        // It begins anew at midnight.
        within_one_day().await;
        let (id, hard) = (id.to_string(), hard.to_string());
        let fields = [
            ("budget", id.as_str()),
            ("whom", whom),
            ("period", period.as_str()),
            ("unit", unit),
            ("amount", amount),
            ("hard", &hard),
        ];
        self.order("make_budget", &fields).await
    }

    /// The budgets of the workspace, the oldest first.
    pub async fn budgets(&self) -> Vec<BudgetState> {
        let list: BudgetList = self.call("list_budgets", &[]).await.expect("budgets");
        list.budgets
    }

    /// How the first of the budgets stands that bind one.
    ///
    /// # Panics
    /// If there is none.
    pub async fn left(&self) -> BudgetUse {
        let states: Vec<BudgetState> = self.call("budgets_left", &[]).await.expect("budgets");
        states[0].uses[0].clone()
    }

    /// What was used in the last 30 days.
    pub async fn usage(&self) -> UsageReport {
        self.call("usage", &[]).await.expect("a report")
    }
}

/// The sentence of a refusal by a budget.
///
/// # Panics
/// If it is for something else.
pub fn over(refusal: Refusal) -> String {
    assert_eq!(refusal.status.as_u16(), 402, "{}", refusal.body);
    match error_of(refusal) {
        AppError::OverBudget { message } => message,
        other => panic!("refused for something else: {other}"),
    }
}
