//! The members of a workspace: what they are, and whether they may come in.
//!
//! Whoever changes them holds the workspace's row until the commit: one change after another, so that of two owners who go
//! at the same moment the second one is found to be the last.

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    invitations::take_back_of,
    rows::parse,
    walls::{hold_workspace, role},
    write::Write,
};
use crate::{
    domain::{
        actor::Actor,
        audit::AuditAction,
        id::{UserId, WorkspaceId},
        member::{Member, MemberRole, PersonSummary},
    },
    texts::members as texts,
};

/// What is done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// They are given this role.
    Role(MemberRole),
    /// They may not come in for now.
    Suspend,
    /// They may come in again.
    Reinstate,
    /// They are in the workspace no more.
    Remove,
    /// They go by themselves.
    Leave,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    avatar_id: Option<String>,
    email: Option<String>,
    role: String,
    suspended_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn member(self) -> Result<Member> {
        let avatar = self.avatar_id.as_deref().map(parse).transpose()?;
        Ok(Member {
            person: PersonSummary { id: parse(&self.id)?, name: self.name, avatar },
            email: self.email,
            role: role(&self.role)?,
            suspended: self.suspended_at.is_some(),
            since: self.created_at,
        })
    }
}

impl Store {
    /// The name of the actor's workspace.
    ///
    /// # Errors
    /// `NotFound` if it is not there any more.
    pub async fn workspace_name(&self, actor: &Actor) -> Result<String> {
        let found: Option<(String,)> = sqlx::query_as("SELECT name FROM workspaces WHERE id = $1")
            .bind(actor.workspace.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        found.map(|(name,)| name).ok_or(StoreError::NotFound)
    }

    /// The people of the actor's workspace, suspended ones included, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn members(&self, actor: &Actor) -> Result<Vec<Member>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT u.id, u.name, u.avatar_id, u.email, m.role, m.suspended_at, m.created_at
             FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1 ORDER BY u.name, u.id",
        )
        .bind(actor.workspace.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(Row::member).collect()
    }

    /// One of the people of the actor's workspace.
    ///
    /// # Errors
    /// `NotFound` if they are not in it.
    pub async fn member(&self, actor: &Actor, user: UserId) -> Result<Member> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT u.id, u.name, u.avatar_id, u.email, m.role, m.suspended_at, m.created_at
             FROM members m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1 AND m.user_id = $2",
        )
        .bind(actor.workspace.to_string())
        .bind(user.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.ok_or(StoreError::NotFound)?.member()
    }

    /// Changes a member who was found to be what `member` says. What is so already is fine.
    ///
    /// # Errors
    /// `Conflict` if no owner would be left who can come in, or if the actor or the member is not any more what the access
    /// policy was asked for; `NotFound` if the member is gone.
    pub async fn change_member(&self, actor: &Actor, member: &Member, change: MemberChange) -> Result<()> {
        let mut tx = self.write().await?;
        hold(&mut tx, actor).await?;
        let found = standing(&mut tx, actor.workspace, member.person.id).await?.ok_or(StoreError::NotFound)?;
        if found != (member.role, member.suspended) {
            return Err(StoreError::Conflict(texts::CHANGED_MEANWHILE));
        }
        if is_so_already(member, change) {
            return Ok(());
        }
        if matches!(change, MemberChange::Remove | MemberChange::Leave) {
            remember(&mut tx, actor.workspace, member.person.id).await?;
        }
        apply(&mut tx, actor.workspace, member.person.id, change).await?;
        keep_an_owner(&mut tx, actor.workspace).await?;
        end_what_is_over(&mut tx, actor, member, change).await?;
        audit::record(&mut tx, entry(actor, member, change), actor.origin).await?;
        tx.commit().await
    }
}

/// Holds the workspace's people as they are until the commit, with the actor among them as they were when they were let in.
///
/// # Errors
/// `Conflict` if the actor is not that any more.
pub(super) async fn hold(tx: &mut Write, actor: &Actor) -> Result<()> {
    hold_workspace(tx, actor).await?;
    let found = standing(tx, actor.workspace, actor.user).await?;
    if found == Some((actor.role, false)) { Ok(()) } else { Err(StoreError::Conflict(texts::CHANGED_MEANWHILE)) }
}

/// What somebody is, and whether they are suspended.
async fn standing(tx: &mut Write, workspace: WorkspaceId, user: UserId) -> Result<Option<(MemberRole, bool)>> {
    let found: Option<(String, Option<i64>)> =
        sqlx::query_as("SELECT role, suspended_at FROM members WHERE workspace_id = $1 AND user_id = $2")
            .bind(workspace.to_string())
            .bind(user.to_string())
            .fetch_optional(&mut **tx)
            .await?;
    found.map(|(word, suspended_at)| Ok((role(&word)?, suspended_at.is_some()))).transpose()
}

fn is_so_already(member: &Member, change: MemberChange) -> bool {
    match change {
        MemberChange::Role(role) => member.role == role,
        MemberChange::Suspend => member.suspended,
        MemberChange::Reinstate => !member.suspended,
        MemberChange::Remove | MemberChange::Leave => false,
    }
}

/// Notes from when until now a member was one: for the audit log.
async fn remember(tx: &mut Write, workspace: WorkspaceId, user: UserId) -> Result<()> {
    sqlx::query(
        "INSERT INTO former_members (workspace_id, user_id, joined_at, left_at)
         SELECT m.workspace_id, m.user_id, m.created_at, $3 FROM members m WHERE m.workspace_id = $1 AND m.user_id = $2",
    )
    .bind(workspace.to_string())
    .bind(user.to_string())
    .bind(tx.now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn apply(tx: &mut Write, workspace: WorkspaceId, user: UserId, change: MemberChange) -> Result<()> {
    let (workspace, user, now) = (workspace.to_string(), user.to_string(), tx.now);
    let query = match change {
        MemberChange::Role(role) => {
            sqlx::query("UPDATE members SET role = $3 WHERE workspace_id = $1 AND user_id = $2")
                .bind(workspace)
                .bind(user)
                .bind(role.as_str())
        }
        MemberChange::Suspend => {
            sqlx::query("UPDATE members SET suspended_at = $3 WHERE workspace_id = $1 AND user_id = $2")
                .bind(workspace)
                .bind(user)
                .bind(now)
        }
        MemberChange::Reinstate => {
            sqlx::query("UPDATE members SET suspended_at = NULL WHERE workspace_id = $1 AND user_id = $2")
                .bind(workspace)
                .bind(user)
        }
        MemberChange::Remove | MemberChange::Leave => {
            sqlx::query("DELETE FROM members WHERE workspace_id = $1 AND user_id = $2").bind(workspace).bind(user)
        }
    };
    query.execute(&mut **tx).await?;
    Ok(())
}

async fn keep_an_owner(tx: &mut Write, workspace: WorkspaceId) -> Result<()> {
    let left: Option<(i64,)> = sqlx::query_as(
        "SELECT 1 FROM members WHERE workspace_id = $1 AND role = 'owner' AND suspended_at IS NULL LIMIT 1",
    )
    .bind(workspace.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    left.map(|_| ()).ok_or(StoreError::Conflict(texts::LAST_OWNER))
}

/// Ends what a person had by what they were: sessions, tokens, and links by which they would come in again.
async fn end_what_is_over(tx: &mut Write, actor: &Actor, member: &Member, change: MemberChange) -> Result<()> {
    let user = member.person.id;
    match change {
        MemberChange::Reinstate => return Ok(()),
        MemberChange::Role(_) => {}
        MemberChange::Suspend => end_sessions(tx, user, "").await?,
        MemberChange::Remove => {
            end_sessions(tx, user, "").await?;
            revoke_tokens(tx, actor.workspace, user).await?;
        }
        MemberChange::Leave => {
            end_sessions(tx, user, NOWHERE_ELSE).await?;
            revoke_tokens(tx, actor.workspace, user).await?;
        }
    }
    let kept = if let MemberChange::Role(role) = change { Some(role) } else { None };
    take_back_of(tx, actor, user, kept.filter(|role| *role >= MemberRole::Admin)).await
}

/// Of whoever has no workspace left: their pages would have nothing to show.
const NOWHERE_ELSE: &str =
    "AND NOT EXISTS (SELECT 1 FROM members m WHERE m.user_id = sessions.user_id AND m.suspended_at IS NULL)";

async fn end_sessions(tx: &mut Write, user: UserId, only: &'static str) -> Result<()> {
    let sql = format!("DELETE FROM sessions WHERE user_id = $1 {only}");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(user.to_string()).execute(&mut **tx).await?;
    Ok(())
}

async fn revoke_tokens(tx: &mut Write, workspace: WorkspaceId, user: UserId) -> Result<()> {
    sqlx::query(
        "UPDATE api_tokens SET revoked_at = $3 WHERE workspace_id = $1 AND user_id = $2 AND revoked_at IS NULL",
    )
    .bind(workspace.to_string())
    .bind(user.to_string())
    .bind(tx.now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn entry(actor: &Actor, member: &Member, change: MemberChange) -> Entry {
    let action = match change {
        MemberChange::Role(_) => AuditAction::RoleChanged,
        MemberChange::Suspend => AuditAction::MemberSuspended,
        MemberChange::Reinstate => AuditAction::MemberReinstated,
        MemberChange::Remove => AuditAction::MemberRemoved,
        MemberChange::Leave => AuditAction::MemberLeft,
    };
    let entry = Entry::of(action, member.email.as_ref().unwrap_or(&member.person.name)).by_actor(actor);
    match change {
        MemberChange::Role(role) => entry.saying(&format!("from {} to {}", member.role.as_str(), role.as_str())),
        _ => entry,
    }
}
