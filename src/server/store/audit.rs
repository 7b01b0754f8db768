//! The audit log: written in the transaction of what it tells of, read by the owners of a workspace.

use sqlx::AssertSqlSafe;

use super::{Result, Store, StoreError, rows::parse, write::Write};
use crate::domain::{
    actor::{Actor, Origin},
    audit::{AuditAction, AuditEntry, AuditFilter, AuditPage},
    id::{AuditId, UserId, WorkspaceId},
    limits::AUDIT_PER_PAGE,
    member::PersonSummary,
};

/// An entry to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    action: AuditAction,
    workspace: Option<WorkspaceId>,
    user: Option<UserId>,
    subject: String,
    details: String,
}

impl Entry {
    /// That this was done to somebody or something, named in words that stay true when it is gone.
    #[must_use]
    pub fn of(action: AuditAction, subject: &str) -> Self {
        Self { action, workspace: None, user: None, subject: subject.to_owned(), details: String::new() }
    }

    /// By this person.
    #[must_use]
    pub fn by(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }

    /// In this workspace. Without one it is about a person's account: for the owners of all workspaces that they are in at
    /// the time.
    #[must_use]
    pub fn within(self, workspace: WorkspaceId) -> Self {
        Self { workspace: Some(workspace), ..self }
    }

    /// By an actor, in their workspace.
    #[must_use]
    pub fn by_actor(self, actor: &Actor) -> Self {
        self.by(actor.user).within(actor.workspace)
    }

    /// And this is worth saying about it.
    #[must_use]
    pub fn saying(self, details: &str) -> Self {
        Self { details: details.to_owned(), ..self }
    }
}

/// Writes it down.
pub(super) async fn record(tx: &mut Write, entry: Entry, origin: Origin) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit_entries (id, workspace_id, user_id, action, subject, details, address, request_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(AuditId::new().to_string())
    .bind(entry.workspace.map(|workspace| workspace.to_string()))
    .bind(entry.user.map(|user| user.to_string()))
    .bind(entry.action.as_str())
    .bind(entry.subject)
    .bind(entry.details)
    .bind(origin.address.to_string())
    .bind(origin.request.simple().to_string())
    .bind(tx.now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How long entries are kept that are nobody's to read, in microseconds: long enough for whoever has the database to look
/// into an attack.
const UNREAD: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// Removes old entries that are of no workspace and of nobody: tries to sign in at addresses that nobody has, of which there
/// may be any number.
pub(super) async fn sweep_unread(tx: &mut Write) -> Result<()> {
    let before = tx.now.saturating_sub(UNREAD);
    let sql = "DELETE FROM audit_entries WHERE workspace_id IS NULL AND user_id IS NULL AND created_at < $1";
    sqlx::query(sql).bind(before).execute(&mut **tx).await?;
    Ok(())
}

/// From when to when somebody was one of the people of the workspace `$1`. Whoever still is will be for ever.
const STAYS: &str = "stays (user_id, since, until) AS (
     SELECT m.user_id, m.created_at, 9223372036854775807 FROM members m WHERE m.workspace_id = $1
     UNION ALL SELECT f.user_id, f.joined_at, f.left_at FROM former_members f WHERE f.workspace_id = $1)";
/// What a person did to their account during a stay `s`: neither what was before nor what came after is the workspace's.
const DURING: &str = "a.user_id = s.user_id AND a.workspace_id IS NULL AND a.created_at BETWEEN s.since AND s.until";
/// What is asked for: `$2` is a person or empty, `$3` an action or empty; from `$4` on, and before `$5`, or in that moment
/// before the entry `$6`.
const CHOSEN: &str = "($2 = '' OR a.user_id = $2) AND ($3 = '' OR a.action = $3)
     AND a.created_at >= $4 AND a.created_at <= $5 AND (a.created_at < $5 OR a.id < $6)";

/// What an entry is made of.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    created_at: i64,
    user_id: Option<String>,
    name: Option<String>,
    action: String,
    subject: String,
    details: String,
    address: String,
}

impl Row {
    fn entry(self) -> Result<AuditEntry> {
        let action = AuditAction::from_word(&self.action);
        Ok(AuditEntry {
            id: parse(&self.id)?,
            at: self.created_at,
            user: self.user_id.as_deref().map(parse).transpose()?,
            name: self.name,
            action: action.ok_or_else(|| StoreError::Corrupt(format!("action {:?}", self.action)))?,
            subject: self.subject,
            details: self.details,
            address: self.address,
        })
    }
}

impl Store {
    /// A page of what the owners of the actor's workspace may know: what was done in it, and what its people did to their own
    /// accounts while they were in it, tries to sign in as one of them included.
    ///
    /// # Errors
    /// `NotFound` if the entry before which it begins is not there any more.
    pub async fn audit_log(&self, actor: &Actor, filter: &AuditFilter) -> Result<AuditPage> {
        let mut entries = self.audit_entries(actor, filter).await?;
        let has_older = entries.len() > AUDIT_PER_PAGE;
        entries.truncate(AUDIT_PER_PAGE);
        let older = entries.last().map(|entry| entry.id).filter(|_| has_older);
        Ok(AuditPage { entries, older, people: self.audited_people(actor).await? })
    }

    /// One more than a page holds, so that it is known whether there are older ones.
    async fn audit_entries(&self, actor: &Actor, filter: &AuditFilter) -> Result<Vec<AuditEntry>> {
        let (moment, id) = self.audit_end(actor, filter).await?;
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(entries_sql()))
            .bind(actor.workspace.to_string())
            .bind(filter.person.map(|person| person.to_string()).unwrap_or_default())
            .bind(filter.action.map_or("", AuditAction::as_str))
            .bind(filter.from.map_or(i64::MIN, |day| day.begins()))
            .bind(moment)
            .bind(id)
            .bind(AUDIT_PER_PAGE as i64 + 1)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.into_iter().map(Row::entry).collect()
    }

    /// Where a page begins: a moment, and in that moment an entry, of those that the actor may read.
    async fn audit_end(&self, actor: &Actor, filter: &AuditFilter) -> Result<(i64, String)> {
        let end = filter.to.map_or(i64::MAX, |day| day.ends());
        let Some(before) = filter.before else { return Ok((end, String::new())) };
        let sql = format!(
            "WITH {STAYS} SELECT a.created_at FROM audit_entries a
             WHERE a.id = $2 AND (a.workspace_id = $1 OR EXISTS (SELECT 1 FROM stays s WHERE {DURING}))"
        );
        let row: Option<(i64,)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(actor.workspace.to_string())
            .bind(before.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let (moment,) = row.ok_or(StoreError::NotFound)?;
        Ok(if moment < end { (moment, before.to_string()) } else { (end, String::new()) })
    }

    async fn audited_people(&self, actor: &Actor) -> Result<Vec<PersonSummary>> {
        let rows: Vec<(String, String, Option<String>)> = sqlx::query_as(
            "SELECT u.id, u.name, CASE WHEN p.user_id IS NULL THEN NULL ELSE u.avatar_id END
             FROM users u LEFT JOIN members p ON p.workspace_id = $1 AND p.user_id = u.id WHERE u.id IN (
                 SELECT m.user_id FROM members m WHERE m.workspace_id = $1
                 UNION SELECT f.user_id FROM former_members f WHERE f.workspace_id = $1
                 UNION SELECT a.user_id FROM audit_entries a WHERE a.workspace_id = $1 AND a.user_id IS NOT NULL)
             ORDER BY u.name, u.id",
        )
        .bind(actor.workspace.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let person = |(id, name, avatar): (String, String, Option<String>)| {
            Ok(PersonSummary { id: parse(&id)?, name, avatar: avatar.as_deref().map(parse).transpose()? })
        };
        rows.into_iter().map(person).collect()
    }

    /// Writes something down that changed nothing else.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record(&self, entry: Entry, origin: Origin) -> Result<()> {
        let mut tx = self.write().await?;
        record(&mut tx, entry, origin).await?;
        tx.commit().await
    }
}

/// At most `$7` entries, newest first: of those of the workspace, and of what its people did to their accounts. Each person's
/// are walked through by themselves and no further than a page, from the newest on: how much others do, on a server of many
/// workspaces, is no matter, nor how often somebody tries to sign in at addresses that nobody has.
fn entries_sql() -> String {
    // A stay begins at the last entry of a page of its own, if there are as many. It is looked up before all stays are walked
    // through together (`MATERIALIZED`), and they lead to the entries, not the other way round (`CROSS JOIN`, for SQLite).
    // An entry may be of two stays, of which one ends in the moment in which the other begins (`DISTINCT`).
    format!(
        "WITH {STAYS}, ours AS (
             SELECT a.id FROM audit_entries a WHERE a.workspace_id = $1 AND {CHOSEN}
             ORDER BY a.created_at DESC, a.id DESC LIMIT $7),
         pages AS MATERIALIZED (
             SELECT s.user_id, s.until, coalesce((
                 SELECT a.created_at FROM audit_entries a WHERE {DURING} AND {CHOSEN}
                 ORDER BY a.created_at DESC LIMIT 1 OFFSET $7), s.since) AS since
             FROM stays s),
         theirs AS (
             SELECT DISTINCT a.id, a.created_at FROM pages s CROSS JOIN audit_entries a WHERE {DURING} AND {CHOSEN}
             ORDER BY a.created_at DESC, a.id DESC LIMIT $7)
         SELECT e.id, e.created_at, e.user_id, u.name, e.action, e.subject, e.details, e.address
         FROM audit_entries e LEFT JOIN users u ON u.id = e.user_id
         WHERE e.id IN (SELECT id FROM ours UNION SELECT id FROM theirs)
         ORDER BY e.created_at DESC, e.id DESC LIMIT $7"
    )
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn a_page_is_read_along_what_is_the_workspaces_and_its_peoples() {
        let folder = tempfile::TempDir::new().unwrap();
        let url = format!("sqlite://{}/a.db", folder.path().display());
        let _open = Store::open(&url, 1).await.unwrap();
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", entries_sql()));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
        let of_entries = |step: &&String| [" a ", " e "].iter().any(|name| step.contains(name));
        let walks: Vec<&String> = plan.iter().map(|(_, _, _, step)| step).filter(of_entries).collect();
        let allowed = ["audit_entries_of (workspace_id=? AND ", "audit_entries_by (user_id=? AND ", "(id=?)"];
        let is_bound = |walk: &str| walk.starts_with("SEARCH ") && allowed.iter().any(|along| walk.contains(along));
        assert!(walks.len() == 4 && walks.iter().all(|walk| is_bound(walk)), "{walks:#?}");
    }
}
