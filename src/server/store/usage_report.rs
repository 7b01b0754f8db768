//! What was used, read from the sums by day alone: however many replies there were, they are not looked at.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{
    Result, Store,
    rows::{counted, parse},
};
use crate::domain::{
    actor::Actor,
    day::Day,
    id::ChatId,
    member::MemberRole,
    money::Money,
    usage::{Charts, Share, Sums, UsageReport},
};

/// Sums of rows of `usage_days`, as [`Row`] reads them.
const SUMS: &str = "CAST(coalesce(sum(d.requests), 0) AS BIGINT) AS requests,
     CAST(coalesce(sum(d.prompt_tokens), 0) AS BIGINT) AS prompt_tokens,
     CAST(coalesce(sum(d.completion_tokens), 0) AS BIGINT) AS completion_tokens,
     CAST(coalesce(sum(d.reasoning_tokens), 0) AS BIGINT) AS reasoning_tokens,
     CAST(coalesce(sum(d.cached_tokens), 0) AS BIGINT) AS cached_tokens,
     CAST(coalesce(sum(d.cost), 0) AS BIGINT) AS cost, CAST(coalesce(sum(d.unpriced), 0) AS BIGINT) AS unpriced";

/// The days `$2` to `$3` of the workspace `$1`, of the person `$4` or, if that is empty, of everybody.
const WANTED: &str = "d.workspace_id = $1 AND d.day >= $2 AND d.day <= $3 AND ($4 = '' OR d.user_id = $4)";

#[derive(sqlx::FromRow)]
struct Row {
    requests: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
    reasoning_tokens: i64,
    cached_tokens: i64,
    cost: i64,
    unpriced: i64,
}

impl Row {
    fn sums(&self) -> Result<Sums> {
        Ok(Sums {
            requests: counted(self.requests)?,
            prompt_tokens: counted(self.prompt_tokens)?,
            completion_tokens: counted(self.completion_tokens)?,
            reasoning_tokens: counted(self.reasoning_tokens)?,
            cached_tokens: counted(self.cached_tokens)?,
            cost: Money(self.cost),
            unpriced: counted(self.unpriced)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct ShareRow {
    name: String,
    detail: String,
    #[sqlx(flatten)]
    sums: Row,
}

/// What one person used of one model on one day.
#[derive(Clone, Debug)]
pub struct UsageLine {
    /// The day.
    pub day: Day,
    /// The person's name.
    pub person: String,
    /// Their address, if they have one.
    pub email: String,
    /// The provider's name.
    pub provider: String,
    /// What it calls the model.
    pub model: String,
    /// How much.
    pub sums: Sums,
}

/// The days that are looked at, and whose they are.
struct Wanted {
    workspace: String,
    from: Day,
    to: Day,
    /// Empty for everybody.
    user: String,
}

impl Wanted {
    /// Admins look at everybody's usage, others at their own.
    fn by(actor: &Actor, from: Day, to: Day) -> Self {
        let user = if actor.role >= MemberRole::Admin { String::new() } else { actor.user.to_string() };
        Self { workspace: actor.workspace.to_string(), from, to, user }
    }

    async fn all<T>(&self, connection: &mut AnyConnection, sql: String) -> Result<Vec<T>>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> + Send + Unpin,
    {
        Ok(sqlx::query_as(AssertSqlSafe(sql))
            .bind(self.workspace.clone())
            .bind(self.from.number())
            .bind(self.to.number())
            .bind(self.user.clone())
            .fetch_all(connection)
            .await?)
    }

    /// Sums by `key`, which gives a name and a detail and is grouped by `group`.
    async fn shares(&self, connection: &mut AnyConnection, key: &str, from: &str, group: &str) -> Result<Vec<Share>> {
        let sql = format!("SELECT {key}, {SUMS} FROM {from} WHERE {WANTED} GROUP BY {group}");
        let rows: Vec<ShareRow> = self.all(connection, sql).await?;
        rows.into_iter().map(|row| Ok(Share { sums: row.sums.sums()?, name: row.name, detail: row.detail })).collect()
    }
}

impl Store {
    /// What was used from one day to another, both included: by everybody if the actor is an admin, else by the actor. All of
    /// it at one moment, so that the parts are equal to the whole. The charts are not drawn yet.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn usage(&self, actor: &Actor, from: Day, to: Day) -> Result<UsageReport> {
        let wanted = Wanted::by(actor, from, to);
        let mut snapshot = self.shared.pools.readers.begin_with(self.shared.dialect.begin_snapshot()).await?;
        let people = wanted.shares(
            &mut snapshot,
            "u.name AS name, coalesce(u.email, '') AS detail",
            "usage_days d JOIN users u ON u.id = d.user_id",
            "u.id, u.name, u.email",
        );
        let people = people.await?;
        let key = "d.model AS name, d.provider AS detail";
        let models = wanted.shares(&mut snapshot, key, "usage_days d", "d.provider, d.model").await?;
        let key = "CAST(d.day AS TEXT) AS name, '' AS detail";
        let days = wanted.shares(&mut snapshot, key, "usage_days d", "d.day").await?;
        let sql = format!("SELECT {SUMS} FROM usage_days d WHERE {WANTED}");
        let all: Vec<Row> = wanted.all(&mut snapshot, sql).await?;
        Ok(UsageReport {
            workspace: actor.workspace,
            from,
            to,
            everybody: wanted.user.is_empty(),
            sums: all.first().map(Row::sums).transpose()?.unwrap_or_default(),
            people: largest_first(people),
            models: largest_first(models),
            days: newest_first(days)?,
            charts: Charts::default(),
        })
    }

    /// The same, a line for each day, person and model.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn usage_lines(&self, actor: &Actor, from: Day, to: Day) -> Result<Vec<UsageLine>> {
        #[derive(sqlx::FromRow)]
        struct Line {
            day: i64,
            person: String,
            email: String,
            provider: String,
            model: String,
            #[sqlx(flatten)]
            sums: Row,
        }
        let sql = format!(
            "SELECT d.day, u.name AS person, coalesce(u.email, '') AS email, d.provider, d.model, d.requests,
                 d.prompt_tokens, d.completion_tokens, d.reasoning_tokens, d.cached_tokens, d.cost, d.unpriced
             FROM usage_days d JOIN users u ON u.id = d.user_id
             WHERE {WANTED} ORDER BY d.day, u.name, u.id, d.provider, d.model"
        );
        let mut reader = self.reader().await?;
        let lines: Vec<Line> = Wanted::by(actor, from, to).all(&mut reader, sql).await?;
        let line = |line: Line| {
            let Line { day, person, email, provider, model, sums } = line;
            Ok(UsageLine { day: Day::numbered(day), person, email, provider, model, sums: sums.sums()? })
        };
        lines.into_iter().map(line).collect()
    }

    /// What all of a chat came to so far, its title and whatever else it needed included.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn chat_usage(&self, actor: &Actor, chat: ChatId) -> Result<Sums> {
        let row: Row = sqlx::query_as(
            "SELECT CAST(coalesce(sum(CASE d.kind WHEN 'reply' THEN 1 ELSE 0 END), 0) AS BIGINT) AS requests,
                 CAST(coalesce(sum(d.prompt_tokens), 0) AS BIGINT) AS prompt_tokens,
                 CAST(coalesce(sum(d.completion_tokens), 0) AS BIGINT) AS completion_tokens,
                 CAST(coalesce(sum(d.reasoning_tokens), 0) AS BIGINT) AS reasoning_tokens,
                 CAST(coalesce(sum(d.cached_tokens), 0) AS BIGINT) AS cached_tokens,
                 CAST(coalesce(sum(d.cost), 0) AS BIGINT) AS cost,
                 CAST(coalesce(sum(CASE WHEN d.cost IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS unpriced
             FROM usage_entries d WHERE d.chat_id = $1 AND d.workspace_id = $2",
        )
        .bind(chat.to_string())
        .bind(actor.workspace.to_string())
        .fetch_one(&mut *self.reader().await?)
        .await?;
        row.sums()
    }
}

/// By what it cost, then by tokens, then by name.
fn largest_first(mut shares: Vec<Share>) -> Vec<Share> {
    shares.sort_by(|a, b| {
        let size = |share: &Share| (share.sums.cost, share.sums.total_tokens(), share.sums.requests);
        let by_size = size(b).cmp(&size(a));
        by_size.then_with(|| (&a.name, &a.detail).cmp(&(&b.name, &b.detail)))
    });
    shares
}

/// Days come as their numbers.
fn newest_first(shares: Vec<Share>) -> Result<Vec<Share>> {
    let day = |share: Share| Ok((Day::numbered(parse(&share.name)?), share));
    let mut days = shares.into_iter().map(day).collect::<Result<Vec<_>>>()?;
    days.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    Ok(days.into_iter().map(|(day, share)| Share { name: day.to_string(), ..share }).collect())
}
