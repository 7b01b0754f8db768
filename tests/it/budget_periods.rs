//! A budget begins anew with its period, and a reply that runs from one period into the next takes nothing of either that it
//! should not. Nobody waits for midnight: what has happened is put back into the period before.

use std::time::{SystemTime, UNIX_EPOCH};

use parlance::domain::{
    budget::{BudgetPeriod, BudgetState},
    day::Day,
    id::{ChatId, MessageId},
};

use crate::support::{
    app::TestApp,
    client::Client,
    database::{change, value},
    script::{Gate, Script},
    spending::over,
};

fn today() -> Day {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Day::of(i64::try_from(now.as_micros()).unwrap())
}

/// The last day of the period before the one that is running.
fn last(period: BudgetPeriod) -> Day {
    period.begins(today()).plus(-1)
}

/// Has everything have happened on the last day of the period before, what is still running included.
async fn put_back(app: &TestApp, period: BudgetPeriod) {
    let day = last(period).number();
    let begins = period.begins(last(period)).number();
    for sql in [
        // A reservation refers to the row of its period.
        format!(
            "INSERT INTO budget_periods (budget_id, user_id, day, spent, reserved)
             SELECT budget_id, user_id, {begins}, spent, reserved FROM budget_periods"
        ),
        format!("UPDATE reservations SET day = {begins}"),
        format!("DELETE FROM budget_periods WHERE day <> {begins}"),
        format!("UPDATE usage_entries SET day = {day}"),
        format!("UPDATE usage_days SET day = {day}"),
    ] {
        change(&app.database(), &sql).await;
    }
}

/// What is spent and what is reserved of the budget in the period that is running.
async fn taken(client: &Client) -> (i64, i64) {
    let left = client.left().await;
    (left.spent, left.reserved)
}

/// The same of the period before.
async fn taken_before(app: &TestApp, period: BudgetPeriod) -> (i64, i64) {
    let begins = period.begins(last(period)).number();
    let sum = |column: &str| format!("SELECT CAST(sum({column}) AS BIGINT) FROM budget_periods WHERE day = {begins}");
    (value(&app.database(), &sum("spent")).await, value(&app.database(), &sum("reserved")).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_is_used_up_lets_replies_begin_again_with_its_next_period() {
    for &period in BudgetPeriod::ALL {
        let app = TestApp::start().await;
        app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
        app.client.hard_budget(period, "requests", "1").await;
        app.client.ask("One").await;
        let refused = async || over(app.client.start_as(ChatId::new(), MessageId::new(), "More").await.unwrap_err());
        let anew = period.begins_anew(today());
        assert!(refused().await.contains(&anew.to_string()), "{period:?}");
        let states: Vec<BudgetState> = app.client.call("budgets_left", &[]).await.unwrap();
        assert_eq!((states[0].anew, taken(&app.client).await), (anew, (1, 0)), "{period:?}");

        put_back(&app, period).await;
        assert_eq!(taken(&app.client).await, (0, 0), "{period:?}");
        app.client.ask("Two").await;
        assert_eq!((taken(&app.client).await, taken_before(&app, period).await), ((1, 0), (1, 0)), "{period:?}");
        assert!(refused().await.contains(&anew.to_string()), "{period:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_used_earlier_in_a_month_still_counts_after_midnight() {
    let app = TestApp::start().await;
    app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    app.client.hard_budget(BudgetPeriod::Day, "requests", "1").await;
    app.client.hard_budget(BudgetPeriod::Month, "requests", "1").await;
    app.client.ask("One").await;
    // Only the budget of the day begins anew: the row of the month is still the running one.
    let daily = "(SELECT id FROM budgets WHERE period = 'day')";
    change(&app.database(), &format!("UPDATE budget_periods SET day = day - 1 WHERE budget_id = {daily}")).await;
    change(&app.database(), "UPDATE usage_days SET day = day - 1").await;
    let states: Vec<BudgetState> = app.client.call("budgets_left", &[]).await.unwrap();
    let spent: Vec<_> = states.iter().map(|state| (state.budget.period, state.uses[0].spent)).collect();
    assert_eq!(spent, [(BudgetPeriod::Day, 0), (BudgetPeriod::Month, 1)]);
    let refusal = over(app.client.start_as(ChatId::new(), MessageId::new(), "Two").await.unwrap_err());
    assert!(refusal.contains("1 reply a month"), "{refusal}");
    assert_eq!(taken(&app.client).await, (0, 0), "what is refused takes nothing of the other budget");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_ends_in_the_next_period_frees_what_it_reserved_and_counts_where_it_ends() {
    for &period in BudgetPeriod::ALL {
        let app = TestApp::start().await;
        let gate = Gate::new();
        app.upstream.answer(Script::stream().role().wait(&gate).text("Hello.").finish("stop").usage(7, 5).done());
        app.client.hard_budget(period, "tokens", "100000").await;
        let started = app.client.start("Hello?").await;
        gate.reached().await;
        let (spent, reserved) = taken(&app.client).await;
        assert!(spent == 0 && reserved > 0, "{period:?}: {spent} {reserved}");

        put_back(&app, period).await;
        assert_eq!(taken(&app.client).await, (0, 0), "{period:?}");
        assert_eq!(taken_before(&app, period).await, (0, reserved), "{period:?}");
        gate.open();
        app.client.follow_to_end(started.reply, 0).await;
        assert_eq!(taken(&app.client).await, (12, 0), "{period:?}");
        assert_eq!(taken_before(&app, period).await, (0, 0), "{period:?}");
        assert_eq!(value(&app.database(), "SELECT count(*) FROM reservations").await, 0, "{period:?}");
    }
}
