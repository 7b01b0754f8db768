//! Invitations: links that let one person into a workspace, of which only a hash is kept.

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    members::hold,
    rows::parse,
    walls::role,
    write::Write,
};
use crate::{
    domain::{
        actor::Actor,
        audit::AuditAction,
        id::{InvitationId, UserId, WorkspaceId},
        invitation::{INVITATION_DAYS, INVITATIONS_OPEN, InvitationState, PendingInvitation},
        member::MemberRole,
    },
    texts::invitations as texts,
};

/// Microseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// An invitation that is to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation<'a> {
    /// The hash of its secret.
    pub secret_hash: &'a str,
    /// What whoever comes in by it will be.
    pub role: MemberRole,
    /// Whom it is for, as a note.
    pub email: Option<&'a str>,
}

/// An invitation that was looked up by its secret.
#[derive(Clone, Debug)]
pub struct FoundInvitation {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub workspace_name: String,
    /// What whoever comes in by it will be.
    pub role: MemberRole,
    /// Whom it is for, as a note.
    pub email: Option<String>,
    /// The name of whoever made it.
    pub invited_by: String,
    /// Until when it is good, in microseconds since 1970 UTC.
    pub expires_at: i64,
    /// How it stands.
    pub state: InvitationState,
}

impl Store {
    /// Makes an invitation. Returns until when it is good, in microseconds since 1970 UTC.
    ///
    /// # Errors
    /// `Conflict` if there are as many open ones as a workspace may have, or if the actor is not any more what the access
    /// policy was asked for.
    pub async fn invite(&self, actor: &Actor, new: NewInvitation<'_>) -> Result<i64> {
        let mut tx = self.write().await?;
        hold(&mut tx, actor).await?;
        refuse_if_too_many(&mut tx, actor.workspace).await?;
        let expires_at = tx.now.saturating_add(INVITATION_DAYS * DAY);
        sqlx::query(
            "INSERT INTO invitations (id, secret_hash, workspace_id, role, email, invited_by, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(InvitationId::new().to_string())
        .bind(new.secret_hash.to_owned())
        .bind(actor.workspace.to_string())
        .bind(new.role.as_str())
        .bind(new.email.map(str::to_owned))
        .bind(actor.user.to_string())
        .bind(tx.now)
        .bind(expires_at)
        .execute(&mut *tx)
        .await?;
        record(&mut tx, AuditAction::InvitationCreated, actor, new.email, new.role).await?;
        tx.commit().await?;
        Ok(expires_at)
    }

    /// The open invitations to the actor's workspace, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn invitations(&self, actor: &Actor) -> Result<Vec<PendingInvitation>> {
        let rows: Vec<(String, String, Option<String>, String, i64)> = sqlx::query_as(
            "SELECT i.id, i.role, i.email, u.name, i.expires_at FROM invitations i JOIN users u ON u.id = i.invited_by
             WHERE i.workspace_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2
             ORDER BY i.created_at DESC, i.id",
        )
        .bind(actor.workspace.to_string())
        .bind(self.now())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter()
            .map(|(id, word, email, invited_by, expires_at)| {
                Ok(PendingInvitation { id: parse(&id)?, role: role(&word)?, email, invited_by, expires_at })
            })
            .collect()
    }

    /// Takes an invitation back. Twice is as good as once.
    ///
    /// # Errors
    /// `NotFound`, or `Conflict` if somebody came in by it.
    pub async fn revoke_invitation(&self, actor: &Actor, invitation: InvitationId) -> Result<()> {
        let mut tx = self.write().await?;
        let revoked: Option<(Option<String>, String)> = sqlx::query_as(
            "UPDATE invitations SET revoked_at = $3
             WHERE id = $1 AND workspace_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL RETURNING email, role",
        )
        .bind(invitation.to_string())
        .bind(actor.workspace.to_string())
        .bind(tx.now)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((email, word)) = revoked else { return why_not_revoked(&mut tx, actor, invitation).await };
        record(&mut tx, AuditAction::InvitationRevoked, actor, email.as_deref(), role(&word)?).await?;
        tx.commit().await
    }

    /// The invitation with this secret, however it stands.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn invitation(&self, secret_hash: &str) -> Result<Option<FoundInvitation>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            workspace_id: String,
            workspace_name: String,
            role: String,
            email: Option<String>,
            invited_by: String,
            expires_at: i64,
            accepted_at: Option<i64>,
            revoked_at: Option<i64>,
        }
        let row: Option<Row> = sqlx::query_as(
            "SELECT i.workspace_id, w.name AS workspace_name, i.role, i.email, u.name AS invited_by,
                    i.expires_at, i.accepted_at, i.revoked_at
             FROM invitations i JOIN workspaces w ON w.id = i.workspace_id JOIN users u ON u.id = i.invited_by
             WHERE i.secret_hash = $1",
        )
        .bind(secret_hash.to_owned())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(FoundInvitation {
            workspace: parse(&row.workspace_id)?,
            workspace_name: row.workspace_name,
            role: role(&row.role)?,
            email: row.email,
            invited_by: row.invited_by,
            expires_at: row.expires_at,
            state: InvitationState::at(self.now(), row.expires_at, row.accepted_at, row.revoked_at),
        }))
    }
}

/// Takes back the open invitations that a person made and that are above what they may still give; all of them if they may
/// give nothing any more.
pub(super) async fn take_back_of(tx: &mut Write, actor: &Actor, user: UserId, most: Option<MemberRole>) -> Result<()> {
    let roles = MemberRole::ALL.iter().filter(|role| Some(**role) > most);
    for given in roles {
        let revoked: Vec<(Option<String>,)> = sqlx::query_as(
            "UPDATE invitations SET revoked_at = $4 WHERE workspace_id = $1 AND invited_by = $2 AND role = $3
                 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $4 RETURNING email",
        )
        .bind(actor.workspace.to_string())
        .bind(user.to_string())
        .bind(given.as_str())
        .bind(tx.now)
        .fetch_all(&mut **tx)
        .await?;
        for (email,) in revoked {
            record(tx, AuditAction::InvitationRevoked, actor, email.as_deref(), *given).await?;
        }
    }
    Ok(())
}

/// Why nothing was there to take back.
async fn why_not_revoked(tx: &mut Write, actor: &Actor, invitation: InvitationId) -> Result<()> {
    let found: Option<(Option<i64>,)> =
        sqlx::query_as("SELECT accepted_at FROM invitations WHERE id = $1 AND workspace_id = $2")
            .bind(invitation.to_string())
            .bind(actor.workspace.to_string())
            .fetch_optional(&mut **tx)
            .await?;
    match found {
        None => Err(StoreError::NotFound),
        Some((Some(_),)) => Err(StoreError::Conflict(texts::USED_ALREADY)),
        Some((None,)) => Ok(()),
    }
}

async fn refuse_if_too_many(tx: &mut Write, workspace: WorkspaceId) -> Result<()> {
    let (open,): (i64,) = sqlx::query_as(
        "SELECT count(*) FROM invitations
         WHERE workspace_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2",
    )
    .bind(workspace.to_string())
    .bind(tx.now)
    .fetch_one(&mut **tx)
    .await?;
    if open < INVITATIONS_OPEN { Ok(()) } else { Err(StoreError::Conflict(texts::TOO_MANY)) }
}

/// Notes what was done with an invitation: to whom, if that is known, and what they would be.
async fn record(
    tx: &mut Write,
    action: AuditAction,
    actor: &Actor,
    email: Option<&str>,
    role: MemberRole,
) -> Result<()> {
    let entry = Entry::of(action, email.unwrap_or(texts::ANYBODY)).by_actor(actor).saying(role.as_str());
    audit::record(tx, entry, actor.origin).await
}
