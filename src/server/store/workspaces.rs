//! Workspaces: making one, its name, and what there is in it.

use sqlx::AssertSqlSafe;

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    rows::VISIBLE,
    write::Write,
};
use crate::domain::{
    actor::{Actor, Origin},
    audit::AuditAction,
    id::{SessionId, UserId, WorkspaceId},
    limits::WORKSPACES_PER_PERSON,
    member::Membership,
    workspace::WorkspaceOverview,
};

impl Store {
    /// Makes a workspace that this person owns, and shows it on the device on which they made it.
    ///
    /// # Errors
    /// `Conflict` if they are in too many already.
    pub async fn create_workspace(
        &self,
        owner: UserId,
        session: SessionId,
        name: &str,
        origin: Origin,
    ) -> Result<WorkspaceId> {
        let mut tx = self.write().await?;
        refuse_if_too_many(&mut tx, owner).await?;
        let workspace = WorkspaceId::new();
        sqlx::query("INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)")
            .bind(workspace.to_string())
            .bind(name.to_owned())
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'owner', $3)")
            .bind(workspace.to_string())
            .bind(owner.to_string())
            .bind(tx.now)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE sessions SET workspace_id = $2 WHERE id = $1")
            .bind(session.to_string())
            .bind(workspace.to_string())
            .execute(&mut *tx)
            .await?;
        let entry = Entry::of(AuditAction::WorkspaceCreated, name).by(owner).within(workspace);
        audit::record(&mut tx, entry, origin).await?;
        tx.commit().await?;
        Ok(workspace)
    }

    /// Gives the actor's workspace another name. The one that it has already is fine.
    ///
    /// # Errors
    /// `NotFound` if it is not there any more.
    pub async fn rename_workspace(&self, actor: &Actor, name: &str) -> Result<()> {
        let mut tx = self.write().await?;
        // Held from here on: the name that the log calls the one before is the one before.
        let before: Option<(String,)> =
            sqlx::query_as("UPDATE workspaces SET name = name WHERE id = $1 RETURNING name")
                .bind(actor.workspace.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        let (before,) = before.ok_or(StoreError::NotFound)?;
        if before == name {
            return Ok(());
        }
        sqlx::query("UPDATE workspaces SET name = $2 WHERE id = $1")
            .bind(actor.workspace.to_string())
            .bind(name.to_owned())
            .execute(&mut *tx)
            .await?;
        let entry = Entry::of(AuditAction::WorkspaceRenamed, name).by_actor(actor).saying(&format!("before: {before}"));
        audit::record(&mut tx, entry, actor.origin).await?;
        tx.commit().await
    }

    /// What there is to know of the actor's workspace at a glance.
    ///
    /// # Errors
    /// `NotFound` if it is not there any more.
    pub async fn workspace_overview(&self, actor: &Actor) -> Result<WorkspaceOverview> {
        let sql = format!(
            "SELECT w.name, w.created_at,
                    (SELECT count(*) FROM members m WHERE m.workspace_id = w.id AND m.suspended_at IS NULL) AS people,
                    (SELECT count(*) FROM chats c WHERE {VISIBLE} AND c.deleted_at IS NULL) AS chats
             FROM workspaces w WHERE w.id = $1"
        );
        let row: Option<(String, i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(actor.workspace.to_string())
            .bind(actor.workspace.to_string())
            .bind(actor.creator().to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let (name, since, people, chats) = row.ok_or(StoreError::NotFound)?;
        let membership = Membership { workspace: actor.workspace, name, role: actor.role };
        Ok(WorkspaceOverview { membership, people, chats, since })
    }
}

/// Holds the person's row until the commit, so that of many tries at once none is the one too many.
async fn refuse_if_too_many(tx: &mut Write, person: UserId) -> Result<()> {
    sqlx::query("UPDATE users SET name = name WHERE id = $1").bind(person.to_string()).execute(&mut **tx).await?;
    let (number,): (i64,) = sqlx::query_as("SELECT count(*) FROM members WHERE user_id = $1")
        .bind(person.to_string())
        .fetch_one(&mut **tx)
        .await?;
    if number >= WORKSPACES_PER_PERSON {
        return Err(StoreError::Conflict(crate::texts::workspace::TOO_MANY));
    }
    Ok(())
}
