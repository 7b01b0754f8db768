//! What running replies have reserved of budgets: the worst that they may come to, before a model is asked; what they came
//! to takes its place in the transaction that ends them, whoever ends them.
//!
//! A period's row begins with what was used in it before. Whoever adds usage holds the workspace first (the row of usage
//! refers to it), then looks for budgets; whoever makes a budget holds the workspace for itself ([`super::budgets`]). So no
//! usage is missed by a period that begins meanwhile, and none is counted twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{
    Result, StoreError,
    batch::Batch,
    billing::{Said, said},
    budgets::{self, Kept},
    rows::{counted, json},
    usage::Entry,
    write::Write,
};
use crate::domain::{
    actor::Actor,
    budget::{BudgetUnit, OverBudget},
    day::Day,
    id::{ChatId, MessageId},
    limits::{BUILT_IN_TOOL_BYTES, TOOL_CALLS, TOOL_RESULT_LEAST, TOOL_RESULTS_BYTES, TOOL_ROUNDS},
    model::ModelRef,
    worst::Worst,
};

/// What is told of a product and an expert beside what people wrote of them, in bytes: the sentences of
/// `replies/prompt.rs`.
const SENTENCES: i64 = 500;

/// The most that tools give within a reply, in bytes.
const GIVEN: u64 = (TOOL_RESULTS_BYTES + TOOL_CALLS * TOOL_RESULT_LEAST) as u64;

/// What is asked for: whose words are wanted, and what they may come to.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Which model is to answer.
    pub model: &'a ModelRef,
    /// What that may come to at worst.
    pub worst: Worst,
}

/// A row of `budget_periods`: a budget, whose share of it, and the first day.
type Key = (String, String, i64);

/// Where a reply is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub reply: MessageId,
    pub chat: ChatId,
    pub parent: Option<MessageId>,
    /// With how many bytes of an earlier one it begins.
    pub planted: u64,
}

/// Reserves what a reply may come to of every budget that binds the actor.
pub(super) async fn reserve(tx: &mut Write, actor: &Actor, wanted: Wanted, order: Order<'_>) -> Result<()> {
    let binding = budgets::binding(tx, actor).await?;
    if binding.is_empty() {
        return Ok(());
    }
    let worst = order.worst;
    let said = said_before(tx, wanted).await?;
    let tokens = match offered(tx, wanted.chat).await? {
        // With tools a model may be asked several times for one reply, each time with all that came before, and once more for
        // an answer if it calls something where nothing may be called.
        Some(offered) if worst.tools => {
            let prompt = worst.prompt_tokens(said.bytes + offered + GIVEN, said.messages + 2 * TOOL_CALLS as u64);
            worst.in_rounds(prompt, u64::from(TOOL_ROUNDS) + 2)
        }
        _ => worst.in_rounds(worst.prompt_tokens(said.bytes, said.messages), 1),
    };
    let today = Day::of(tx.now);
    for budget in binding {
        let amount = worst.amount(budget.unit, tokens);
        let key = budget.key(&actor.user.to_string(), today);
        let held = match amount {
            Some(amount) => hold(tx, &budget, &key, amount).await?,
            // Of what it may cost nothing is known: a budget that only warns lets it go.
            None => !budget.hard,
        };
        if !held {
            let (spent, taken) = period(tx, &key).await?.unwrap_or_default();
            return Err(StoreError::OverBudget(Box::new(OverBudget {
                left: budget.amount.saturating_sub(spent).saturating_sub(taken),
                wanted: amount,
                model: order.model.model.clone(),
                anew: budget.period.begins_anew(today),
                budget: budget.public()?,
            })));
        }
        if let Some(amount) = amount {
            note(tx, wanted.reply, &key, amount).await?;
        }
    }
    Ok(())
}

/// How many bytes the model is told of the tools that are switched on in a chat; none if there are none.
async fn offered(tx: &mut Write, chat: ChatId) -> Result<Option<u64>> {
    let sql = "SELECT tools FROM chats WHERE id = $1";
    let (on,): (String,) = sqlx::query_as(sql).bind(chat.to_string()).fetch_one(&mut **tx).await?;
    let on: BTreeSet<String> = json(&on)?;
    if on.is_empty() {
        return Ok(None);
    }
    // The name by which a model knows a tool has its server's in it.
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT t.server_id || '/' || t.name,
                CAST(octet_length(s.name) + octet_length(t.name) + octet_length(t.description)
                     + octet_length(t.parameters) AS BIGINT)
         FROM chats c JOIN mcp_servers s ON s.workspace_id = c.workspace_id JOIN mcp_tools t ON t.server_id = s.id
         WHERE c.id = $1",
    )
    .bind(chat.to_string())
    .fetch_all(&mut **tx)
    .await?;
    let bytes = rows.iter().filter(|(key, _)| on.contains(key)).map(|(_, bytes)| counted(*bytes));
    Ok(Some(bytes.sum::<Result<u64>>()? + BUILT_IN_TOOL_BYTES))
}

/// How much the model is told before it answers, without what it is told of tools.
async fn said_before(tx: &mut Write, wanted: Wanted) -> Result<Said> {
    let parent = wanted.parent.map(|parent| parent.to_string());
    let path = said(tx, parent.as_deref()).await?;
    let (chosen,): (i64,) = sqlx::query_as(
        "SELECT CAST(coalesce(octet_length(p.name) + octet_length(p.description) + octet_length(p.facts), 0)
                + coalesce(octet_length(e.name) + octet_length(e.title) + octet_length(e.instructions), 0) + $2 AS BIGINT)
         FROM chats c LEFT JOIN products p ON p.id = c.product_id LEFT JOIN experts e ON e.id = c.expert_id
         WHERE c.id = $1",
    )
    .bind(wanted.chat.to_string())
    .bind(SENTENCES)
    .fetch_one(&mut **tx)
    .await?;
    // A reply that goes on from another one is asked with its text and a word to go on.
    Ok(Said { bytes: path.bytes + counted(chosen)? + wanted.planted, messages: path.messages + 2 })
}

/// Takes an amount of a budget in a period, if it has it or only warns.
async fn hold(tx: &mut Write, budget: &Kept, key: &Key, amount: i64) -> Result<bool> {
    if try_hold(tx, budget, key, amount).await? {
        return Ok(true);
    }
    // Somebody else may have begun the period since: then the row is there by now, and has not refused yet.
    if period(tx, key).await?.is_none() {
        begin(tx, key, (0, 0)).await?;
    }
    try_hold(tx, budget, key, amount).await
}

async fn try_hold(tx: &mut Write, budget: &Kept, key: &Key, amount: i64) -> Result<bool> {
    let most = if budget.hard { budget.amount } else { i64::MAX };
    let sql = "UPDATE budget_periods SET reserved = reserved + $4
         WHERE budget_id = $1 AND user_id = $2 AND day = $3 AND spent + reserved + $4 <= $5";
    write_period(tx, sql, key, (amount, most)).await
}

/// What is spent and reserved in a period, if it has a row.
async fn period(tx: &mut Write, key: &Key) -> Result<Option<(i64, i64)>> {
    let sql = "SELECT spent, reserved FROM budget_periods WHERE budget_id = $1 AND user_id = $2 AND day = $3";
    let query = sqlx::query_as(sql).bind(key.0.clone()).bind(key.1.clone()).bind(key.2);
    Ok(query.fetch_optional(&mut **tx).await?)
}

/// Makes the row of a period with what was used in it before and `spent` more. If somebody else made it meanwhile, only
/// `spent` is added and `released` taken away.
async fn begin(tx: &mut Write, key: &Key, (spent, released): (i64, i64)) -> Result<()> {
    let before = budgets::SPENT.replace("{since}", "$3").replace("{who}", "$2");
    let sql = format!(
        "INSERT INTO budget_periods (budget_id, user_id, day, spent, reserved)
         SELECT b.id, $2, $3, ({before}) + $4, 0 FROM budgets b WHERE b.id = $1
         ON CONFLICT (budget_id, user_id, day) DO UPDATE SET spent = budget_periods.spent + $4,
             reserved = CASE WHEN budget_periods.reserved > $5 THEN budget_periods.reserved - $5 ELSE 0 END"
    );
    write_period(tx, AssertSqlSafe(sql), key, (spent, released)).await.map(drop)
}

/// Runs a statement that makes or changes the row of a period: `$1` to `$3` are its key, `$4` and `$5` two amounts. Returns
/// whether it wrote one.
async fn write_period(tx: &mut Write, sql: impl SqlSafeStr, key: &Key, (fourth, fifth): (i64, i64)) -> Result<bool> {
    let (budget, user, day) = key.clone();
    let query = sqlx::query(sql).bind(budget).bind(user).bind(day).bind(fourth).bind(fifth);
    Ok(query.execute(&mut **tx).await?.rows_affected() > 0)
}

async fn note(tx: &mut Write, reply: MessageId, key: &Key, amount: i64) -> Result<()> {
    sqlx::query("INSERT INTO reservations (message_id, budget_id, user_id, day, amount) VALUES ($1, $2, $3, $4, $5)")
        .bind(reply.to_string())
        .bind(key.0.clone())
        .bind(key.1.clone())
        .bind(key.2)
        .bind(amount)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

static RESERVED: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["id"],
        "SELECT r.budget_id, r.user_id, r.day, r.amount FROM reservations r WHERE r.message_id IN (SELECT id FROM given)",
    )
});
static RELEASE: LazyLock<Batch> =
    LazyLock::new(|| Batch::new(["id"], "DELETE FROM reservations WHERE message_id IN (SELECT id FROM given)"));

/// Gives back what `ended` had reserved, and adds what `fresh` used to the budgets that it concerns. The rows of periods in
/// their order, one after the other: a statement for many holds them in whatever order it finds them.
pub(super) async fn settle(tx: &mut Write, ended: &[Entry], fresh: &[&Entry], day: Day) -> Result<()> {
    let workspaces: BTreeSet<&str> = ended.iter().map(|entry| entry.workspace.as_str()).collect();
    let budgets = budgets::of_workspaces(tx, &workspaces.into_iter().collect::<Vec<_>>()).await?;
    if budgets.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = ended.iter().map(|entry| entry.id.as_str()).collect();
    let mut changes: BTreeMap<Key, (i64, i64)> = BTreeMap::new();
    for (key, amount) in reserved(tx, &ids).await? {
        changes.entry(key).or_default().1 += amount;
    }
    for entry in fresh {
        for budget in budgets.iter().filter(|budget| budget.binds(&entry.workspace, &entry.user)) {
            changes.entry(budget.key(&entry.user, day)).or_default().0 += used(entry, budget.unit);
        }
    }
    for (key, change) in &changes {
        change_period(tx, key, *change).await?;
    }
    for (sql, rows) in RELEASE.over(&ids) {
        let mut query = sqlx::query(sql);
        for id in rows {
            query = query.bind(id.map(|&id| id.to_owned()));
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

async fn reserved(tx: &mut Write, ids: &[&str]) -> Result<Vec<(Key, i64)>> {
    let mut found = Vec::new();
    for (sql, rows) in RESERVED.over(ids) {
        let mut query = sqlx::query_as::<_, (String, String, i64, i64)>(sql);
        for id in rows {
            query = query.bind(id.map(|&id| id.to_owned()));
        }
        let rows = query.fetch_all(&mut **tx).await?;
        found.extend(rows.into_iter().map(|(budget, user, day, amount)| ((budget, user, day), amount)));
    }
    Ok(found)
}

fn used(entry: &Entry, unit: BudgetUnit) -> i64 {
    let sums = entry.sums();
    match unit {
        BudgetUnit::Dollars => sums.cost,
        BudgetUnit::Tokens => sums.prompt + sums.completion,
        BudgetUnit::Requests => sums.requests,
    }
}

async fn change_period(tx: &mut Write, key: &Key, (spent, released): (i64, i64)) -> Result<()> {
    let sql =
        "UPDATE budget_periods SET spent = spent + $4, reserved = CASE WHEN reserved > $5 THEN reserved - $5 ELSE 0 END
         WHERE budget_id = $1 AND user_id = $2 AND day = $3";
    if write_period(tx, sql, key, (spent, released)).await? { Ok(()) } else { begin(tx, key, (spent, released)).await }
}
