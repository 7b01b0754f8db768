//! The budgets of a workspace, and how they stand.

use std::sync::LazyLock;

use sqlx::AssertSqlSafe;

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    batch::Batch,
    dialect::Dialect,
    postgres,
    rows::parse,
    write::Write,
};
use crate::{
    domain::{
        actor::Actor,
        audit::AuditAction,
        budget::{Budget, BudgetList, BudgetPeriod, BudgetScope, BudgetState, BudgetUnit, BudgetUse, Unreserved},
        day::Day,
        id::{BudgetId, UserId, WorkspaceId},
        limits::BUDGETS_PER_WORKSPACE,
    },
    texts::budgets as texts,
};

/// How much was used since the day `{since}` of the budget `b`, by `{who}` or, if that is empty, by all together.
pub(super) const SPENT: &str = "SELECT CAST(coalesce(sum(CASE b.unit WHEN 'dollars' THEN d.cost
         WHEN 'tokens' THEN d.prompt_tokens + d.completion_tokens ELSE d.requests END), 0) AS BIGINT)
     FROM usage_days d
     WHERE d.workspace_id = b.workspace_id AND d.day >= {since} AND ({who} = '' OR d.user_id = {who})";

const COLUMNS: &str = "b.id, b.workspace_id, b.scope, b.user_id, b.period, b.unit, b.amount, b.hard";

/// How many people the list names who used most of a budget that binds everybody for themselves.
const NAMED: usize = 5;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    workspace_id: String,
    scope: String,
    user_id: Option<String>,
    period: String,
    unit: String,
    amount: i64,
    hard: i64,
}

/// A budget as the transactions know it that reserve and settle: ids as text.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: String,
    workspace: String,
    pub scope: BudgetScope,
    person: Option<String>,
    pub period: BudgetPeriod,
    pub unit: BudgetUnit,
    pub amount: i64,
    pub hard: bool,
}

impl Row {
    fn kept(self) -> Result<Kept> {
        let corrupt = |word: &str| StoreError::Corrupt(format!("{word:?} of a budget"));
        Ok(Kept {
            id: self.id,
            workspace: self.workspace_id,
            scope: BudgetScope::from_word(&self.scope).ok_or_else(|| corrupt(&self.scope))?,
            person: self.user_id,
            period: BudgetPeriod::from_word(&self.period).ok_or_else(|| corrupt(&self.period))?,
            unit: BudgetUnit::from_word(&self.unit).ok_or_else(|| corrupt(&self.unit))?,
            amount: self.amount,
            hard: self.hard != 0,
        })
    }
}

impl Kept {
    /// Whether it binds somebody.
    pub fn binds(&self, workspace: &str, user: &str) -> bool {
        self.workspace == workspace && (self.scope != BudgetScope::Person || self.person.as_deref() == Some(user))
    }

    /// The row of the period that a day is in, for somebody whom it binds.
    pub fn key(&self, user: &str, day: Day) -> (String, String, i64) {
        let whose = if self.scope == BudgetScope::Workspace { "" } else { user };
        (self.id.clone(), whose.to_owned(), self.period.begins(day).number())
    }

    /// As the outside knows it, without the person's name.
    pub fn public(self) -> Result<Budget> {
        Ok(Budget {
            id: parse(&self.id)?,
            scope: self.scope,
            person: self.person.as_deref().map(parse).transpose()?,
            name: None,
            period: self.period,
            unit: self.unit,
            amount: self.amount,
            hard: self.hard,
        })
    }
}

/// The budgets that bind an actor, in the order of their ids. They stay as they are until the transaction ends.
pub(super) async fn binding(tx: &mut Write, actor: &Actor) -> Result<Vec<Kept>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM budgets b WHERE b.workspace_id = $1 AND (b.scope <> 'person' OR b.user_id = $2)
         ORDER BY b.id {}",
        tx.dialect().for_share()
    );
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(actor.workspace.to_string())
        .bind(actor.user.to_string())
        .fetch_all(&mut **tx)
        .await?;
    rows.into_iter().map(Row::kept).collect()
}

static OF_WORKSPACES: LazyLock<Batch> = LazyLock::new(|| all_of(""));
static OF_WORKSPACES_POSTGRES: LazyLock<Batch> = LazyLock::new(|| all_of(postgres::FOR_SHARE));

fn all_of(keep: &str) -> Batch {
    let statement =
        format!("SELECT {COLUMNS} FROM budgets b WHERE b.workspace_id IN (SELECT id FROM given) ORDER BY b.id {keep}");
    Batch::new(["id"], &statement)
}

/// All budgets of workspaces. They stay as they are until the transaction ends.
pub(super) async fn of_workspaces(tx: &mut Write, workspaces: &[&str]) -> Result<Vec<Kept>> {
    let batch = match tx.dialect() {
        Dialect::Sqlite => &OF_WORKSPACES,
        Dialect::Postgres => &OF_WORKSPACES_POSTGRES,
    };
    let mut all = Vec::new();
    for (sql, rows) in batch.over(workspaces) {
        let mut query = sqlx::query_as::<_, Row>(sql);
        for workspace in rows {
            query = query.bind(workspace.map(|&workspace| workspace.to_owned()));
        }
        all.extend(query.fetch_all(&mut **tx).await?);
    }
    all.into_iter().map(Row::kept).collect()
}

/// What a budget is made of that is new.
#[derive(Clone, Copy, Debug)]
pub struct NewBudget {
    /// Its id.
    pub id: BudgetId,
    /// Whom it binds.
    pub scope: BudgetScope,
    /// The person, if it binds one alone.
    pub person: Option<UserId>,
    /// After how long it begins anew.
    pub period: BudgetPeriod,
    /// What it counts.
    pub unit: BudgetUnit,
    /// How much of that.
    pub amount: i64,
    /// Whether what goes beyond it is refused.
    pub hard: bool,
}

impl Store {
    /// Makes a budget in the actor's workspace. Made again under the same id it stays as it is.
    ///
    /// # Errors
    /// `NotFound` if the person is not in the workspace or the id is not one's to use, `Conflict` if there are too many.
    pub async fn make_budget(&self, actor: &Actor, budget: NewBudget) -> Result<()> {
        let mut tx = self.write().await?;
        hold_workspace_alone(&mut tx, actor).await?;
        if let Some(person) = budget.person {
            member_name(&mut tx, actor, person).await?;
        }
        let made = sqlx::query(
            "INSERT INTO budgets (id, workspace_id, scope, user_id, period, unit, amount, hard, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (id) DO NOTHING",
        )
        .bind(budget.id.to_string())
        .bind(actor.workspace.to_string())
        .bind(budget.scope.as_str())
        .bind(budget.person.map(|person| person.to_string()))
        .bind(budget.period.as_str())
        .bind(budget.unit.as_str())
        .bind(budget.amount)
        .bind(i64::from(budget.hard))
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        let found = one(&mut tx, actor, budget.id).await?;
        if made.rows_affected() == 0 {
            return Ok(());
        }
        let (count,): (i64,) = sqlx::query_as("SELECT count(*) FROM budgets WHERE workspace_id = $1")
            .bind(actor.workspace.to_string())
            .fetch_one(&mut *tx)
            .await?;
        if count > BUDGETS_PER_WORKSPACE {
            return Err(StoreError::Conflict(texts::TOO_MANY));
        }
        note(&mut tx, actor, AuditAction::BudgetCreated, &found).await?;
        tx.commit().await
    }

    /// Gives a budget another amount, and says whether what goes beyond it is refused. What was used of it stays used.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn change_budget(&self, actor: &Actor, budget: BudgetId, amount: &str, hard: bool) -> Result<()> {
        let mut tx = self.write().await?;
        let found = one(&mut tx, actor, budget).await?;
        let amount = found.unit.read(amount).ok_or(StoreError::Conflict(texts::bad_amount(found.unit)))?;
        sqlx::query("UPDATE budgets SET amount = $3, hard = $4, updated_at = $5 WHERE id = $1 AND workspace_id = $2")
            .bind(budget.to_string())
            .bind(actor.workspace.to_string())
            .bind(amount)
            .bind(i64::from(hard))
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        note(&mut tx, actor, AuditAction::BudgetChanged, &Budget { amount, hard, ..found }).await?;
        tx.commit().await
    }

    /// Deletes a budget. What was reserved of it is forgotten.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn delete_budget(&self, actor: &Actor, budget: BudgetId) -> Result<()> {
        let mut tx = self.write().await?;
        let found = one(&mut tx, actor, budget).await?;
        sqlx::query("DELETE FROM budgets WHERE id = $1 AND workspace_id = $2")
            .bind(budget.to_string())
            .bind(actor.workspace.to_string())
            .execute(&mut *tx)
            .await?;
        note(&mut tx, actor, AuditAction::BudgetDeleted, &found).await?;
        tx.commit().await
    }

    /// The budgets of the actor's workspace and how they stand, and the people whom one may bind.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn budgets(&self, actor: &Actor) -> Result<BudgetList> {
        let mut budgets = self.states(actor.workspace, None).await?;
        for state in budgets.iter_mut().filter(|state| state.budget.scope == BudgetScope::Everybody) {
            state.uses = self.most_used(&state.budget).await?;
        }
        let people = self.members(actor).await?.into_iter().map(|member| member.person).collect();
        Ok(BudgetList { workspace: actor.workspace, fresh: BudgetId::new(), budgets, people })
    }

    /// How the budgets stand that bind the actor.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn budgets_left(&self, actor: &Actor) -> Result<Vec<BudgetState>> {
        self.states(actor.workspace, Some(actor.user)).await
    }

    /// What the budgets that bind somebody in a workspace leave to what was never reserved of them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unreserved(&self, workspace: WorkspaceId, user: UserId) -> Result<Unreserved> {
        let states = self.states(workspace, Some(user)).await?;
        Ok(states.iter().map(BudgetState::unreserved).max().unwrap_or(Unreserved::Now))
    }

    /// All budgets, or those that bind somebody, each with what all together or that person used of it.
    async fn states(&self, workspace: WorkspaceId, user: Option<UserId>) -> Result<Vec<BudgetState>> {
        #[derive(sqlx::FromRow)]
        struct Stands {
            #[sqlx(flatten)]
            budget: Row,
            name: Option<String>,
            spent: i64,
            reserved: i64,
        }
        // A period of which nobody has used anything since the budget was made has no row.
        let since = "CASE b.period WHEN 'day' THEN $3 ELSE $4 END";
        let who = "CASE b.scope WHEN 'workspace' THEN '' WHEN 'person' THEN b.user_id ELSE $2 END";
        let before = SPENT.replace("{since}", since).replace("{who}", who);
        let sql = format!(
            "SELECT {COLUMNS}, u.name, coalesce(p.spent, ({before})) AS spent, coalesce(p.reserved, 0) AS reserved
             FROM budgets b LEFT JOIN users u ON u.id = b.user_id
             LEFT JOIN budget_periods p ON p.budget_id = b.id AND p.user_id = {who} AND p.day = {since}
             WHERE b.workspace_id = $1 AND ($2 = '' OR b.scope <> 'person' OR b.user_id = $2) ORDER BY b.id"
        );
        let today = Day::of(self.now());
        let rows: Vec<Stands> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(workspace.to_string())
            .bind(user.map(|user| user.to_string()).unwrap_or_default())
            .bind(BudgetPeriod::Day.begins(today).number())
            .bind(BudgetPeriod::Month.begins(today).number())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        let state = |row: Stands| {
            let budget = Budget { name: row.name, ..row.budget.kept()?.public()? };
            let uses = vec![BudgetUse { name: String::new(), spent: row.spent, reserved: row.reserved }];
            Ok(BudgetState { anew: budget.period.begins_anew(today), budget, uses })
        };
        rows.into_iter().map(state).collect()
    }

    /// Those who used most of a budget that binds everybody for themselves.
    async fn most_used(&self, budget: &Budget) -> Result<Vec<BudgetUse>> {
        let today = Day::of(self.now());
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT u.name, p.spent, p.reserved FROM budget_periods p JOIN users u ON u.id = p.user_id
             WHERE p.budget_id = $1 AND p.day = $2 ORDER BY p.spent + p.reserved DESC, u.name, u.id LIMIT $3",
        )
        .bind(budget.id.to_string())
        .bind(budget.period.begins(today).number())
        .bind(NAMED as i64)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        Ok(rows.into_iter().map(|(name, spent, reserved)| BudgetUse { name, spent, reserved }).collect())
    }
}

/// Waits for whoever is adding usage in the actor's workspace, and has all others wait: see
/// [`reservations`](super::reservations). Unlike [`hold_workspace`](super::walls::hold_workspace) it keeps out whoever adds a
/// row that refers to the workspace as well, which `FOR UPDATE` does on PostgreSQL and an update of no key does not.
async fn hold_workspace_alone(tx: &mut Write, actor: &Actor) -> Result<()> {
    let sql = format!("SELECT id FROM workspaces WHERE id = $1 {}", tx.dialect().for_update());
    let found: Option<(String,)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(actor.workspace.to_string()).fetch_optional(&mut **tx).await?;
    found.map(drop).ok_or(StoreError::NotFound)
}

async fn member_name(tx: &mut Write, actor: &Actor, person: UserId) -> Result<String> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT u.name FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1 AND m.user_id = $2",
    )
    .bind(actor.workspace.to_string())
    .bind(person.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|(name,)| name).ok_or(StoreError::NotFound)
}

async fn one(tx: &mut Write, actor: &Actor, budget: BudgetId) -> Result<Budget> {
    let sql = format!("SELECT {COLUMNS} FROM budgets b WHERE b.id = $1 AND b.workspace_id = $2");
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(budget.to_string())
        .bind(actor.workspace.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    let found = row.ok_or(StoreError::NotFound)?.kept()?.public()?;
    let name = match found.person {
        Some(person) => member_name(tx, actor, person).await.ok(),
        None => None,
    };
    Ok(Budget { name, ..found })
}

async fn note(tx: &mut Write, actor: &Actor, action: AuditAction, budget: &Budget) -> Result<()> {
    let entry = Entry::of(action, &texts::describe(budget)).by_actor(actor).saying(texts::beyond(budget.hard));
    audit::record(tx, entry, actor.origin).await
}
