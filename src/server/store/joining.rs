//! Coming in: by an invitation, as somebody new or as somebody who is known, or by open sign-up.

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    people::NewPerson,
    rows::parse,
    walls::role,
    write::Write,
};
use crate::{
    domain::{
        actor::Origin,
        audit::AuditAction,
        id::{UserId, WorkspaceId},
        invitation::InvitationState,
        member::MemberRole,
        person::SignedIn,
    },
    texts::invitations as texts,
};

impl Store {
    /// Makes a person and lets them in by an invitation. Of many who try at once with the same one exactly one comes in.
    ///
    /// # Errors
    /// `Conflict` if their address is somebody's already or the invitation is not open any more; `NotFound` if there is no
    /// such invitation.
    pub async fn join(&self, secret_hash: &str, person: NewPerson, origin: Origin) -> Result<SignedIn> {
        let mut tx = self.write().await?;
        let email = person.email.clone();
        let user = insert_person(&mut tx, person).await?;
        let workspace = come_in(&mut tx, secret_hash, user, &email, origin).await?;
        tx.commit().await?;
        Ok(SignedIn { user, workspace: Some(workspace) })
    }

    /// Lets a person who is known in by an invitation. Returns the workspace.
    ///
    /// # Errors
    /// `Conflict` if they are in the workspace already, or the invitation is not open any more; `NotFound` if there is no
    /// such invitation.
    pub async fn accept_invitation(&self, secret_hash: &str, user: UserId, origin: Origin) -> Result<WorkspaceId> {
        let account = self.account(user).await?;
        let mut tx = self.write().await?;
        let subject = account.email.unwrap_or(account.person.name);
        let workspace = come_in(&mut tx, secret_hash, user, &subject, origin).await?;
        tx.commit().await?;
        Ok(workspace)
    }

    /// Makes a person with a workspace of their own.
    ///
    /// # Errors
    /// `Conflict` if their address is somebody's already.
    pub async fn sign_up(&self, person: NewPerson, workspace: &str, origin: Origin) -> Result<SignedIn> {
        let mut tx = self.write().await?;
        let user = insert_person(&mut tx, person).await?;
        let workspace = open_workspace(&mut tx, user, workspace, origin).await?;
        tx.commit().await?;
        Ok(SignedIn { user, workspace: Some(workspace) })
    }
}

/// Makes a workspace of a new person's own.
pub(super) async fn open_workspace(tx: &mut Write, user: UserId, name: &str, origin: Origin) -> Result<WorkspaceId> {
    let workspace = WorkspaceId::new();
    sqlx::query("INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(workspace.to_string())
        .bind(name.to_owned())
        .bind(tx.now)
        .execute(&mut **tx)
        .await?;
    insert_member(tx, workspace, user, MemberRole::Owner).await?;
    let entry = Entry::of(AuditAction::WorkspaceCreated, name).by(user).within(workspace);
    audit::record(tx, entry, origin).await?;
    Ok(workspace)
}

async fn insert_person(tx: &mut Write, person: NewPerson) -> Result<UserId> {
    let user = UserId::new();
    let made = sqlx::query(
        "INSERT INTO users (id, name, email, password, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (email) DO NOTHING",
    )
    .bind(user.to_string())
    .bind(person.name)
    .bind(person.email)
    .bind(person.password)
    .bind(tx.now)
    .execute(&mut **tx)
    .await?;
    if made.rows_affected() == 0 { Err(StoreError::Conflict(texts::EMAIL_TAKEN)) } else { Ok(user) }
}

/// Uses the invitation up, and makes the person a member.
pub(super) async fn come_in(
    tx: &mut Write,
    secret_hash: &str,
    user: UserId,
    subject: &str,
    origin: Origin,
) -> Result<WorkspaceId> {
    let taken: Option<(String, String)> = sqlx::query_as(
        "UPDATE invitations SET accepted_by = $2, accepted_at = $3
         WHERE secret_hash = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3
         RETURNING workspace_id, role",
    )
    .bind(secret_hash.to_owned())
    .bind(user.to_string())
    .bind(tx.now)
    .fetch_optional(&mut **tx)
    .await?;
    let Some((workspace, word)) = taken else { return Err(why_not(tx, secret_hash).await?) };
    let (workspace, role) = (parse(&workspace)?, role(&word)?);
    insert_member(tx, workspace, user, role).await?;
    let entry = Entry::of(AuditAction::InvitationAccepted, subject).by(user).within(workspace).saying(role.as_str());
    audit::record(tx, entry, origin).await?;
    Ok(workspace)
}

async fn insert_member(tx: &mut Write, workspace: WorkspaceId, user: UserId, role: MemberRole) -> Result<()> {
    let made = sqlx::query(
        "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(workspace.to_string())
    .bind(user.to_string())
    .bind(role.as_str())
    .bind(tx.now)
    .execute(&mut **tx)
    .await?;
    // Also whoever is suspended is in it, and stays suspended.
    if made.rows_affected() == 0 { Err(StoreError::Conflict(texts::MEMBER_ALREADY)) } else { Ok(()) }
}

/// Why an invitation lets nobody in.
async fn why_not(tx: &mut Write, secret_hash: &str) -> Result<StoreError> {
    let found: Option<(i64, Option<i64>, Option<i64>)> =
        sqlx::query_as("SELECT expires_at, accepted_at, revoked_at FROM invitations WHERE secret_hash = $1")
            .bind(secret_hash.to_owned())
            .fetch_optional(&mut **tx)
            .await?;
    let Some((expires_at, accepted_at, revoked_at)) = found else { return Ok(StoreError::NotFound) };
    // If it is open after all, somebody was as quick and gave up meanwhile.
    Ok(StoreError::Conflict(texts::closed(InvitationState::at(tx.now, expires_at, accepted_at, revoked_at))))
}
