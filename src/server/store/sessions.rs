//! Sessions: the devices on which people are signed in.

use std::time::Duration;

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    rows::parse,
    write::Write,
};
use crate::domain::{
    actor::Origin,
    audit::AuditAction,
    device::device_name,
    id::{SessionId, UserId, WorkspaceId},
    person::{Device, SignInMethod, SignedIn, Theme},
};

/// A session that is to begin.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Who signs in.
    pub who: SignedIn,
    /// The hash of its secret.
    pub secret_hash: &'a str,
    /// The hash of the secret that the device had before; that session ends.
    pub replaces: Option<&'a str>,
    /// How the person has proven who they are.
    pub method: SignInMethod,
    /// The hash against which their password was checked, if it was: it has to be the account's still.
    pub checked: Option<&'a str>,
    /// What the browser says that it is.
    pub device: &'a str,
    /// Until when it is good without being used.
    pub idle: Duration,
}

/// A session that is good.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who is signed in.
    pub user: UserId,
    /// The workspace that is shown on this device; none if the person is in none.
    pub workspace: Option<WorkspaceId>,
    /// The colours that the person wants where the device has none of its own.
    pub theme: Theme,
    /// When it began, in microseconds since 1970 UTC.
    pub created_at: i64,
    /// When it was last noted to be used.
    pub seen_at: i64,
}

impl Store {
    /// Begins a session, with a line in the audit log.
    ///
    /// # Errors
    /// `NotFound` if the password that was checked is not the account's any more.
    pub async fn begin_session(&self, new: NewSession<'_>, subject: &str, origin: Origin) -> Result<SessionId> {
        let mut tx = self.write().await?;
        if let Some(checked) = new.checked {
            hold_password(&mut tx, new.who.user, checked).await?;
        }
        if let Some(before) = new.replaces {
            let sql = "DELETE FROM sessions WHERE secret_hash = $1";
            sqlx::query(sql).bind(before.to_owned()).execute(&mut *tx).await?;
        }
        let id = SessionId::new();
        let now = tx.now;
        sqlx::query(
            "INSERT INTO sessions
                 (id, secret_hash, user_id, workspace_id, method, device, address, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
        )
        .bind(id.to_string())
        .bind(new.secret_hash.to_owned())
        .bind(new.who.user.to_string())
        .bind(new.who.workspace.map(|workspace| workspace.to_string()))
        .bind(new.method.as_str())
        .bind(new.device.to_owned())
        .bind(origin.address.to_string())
        .bind(now)
        .bind(after(now, new.idle))
        .execute(&mut *tx)
        .await?;
        let entry = Entry::of(AuditAction::SignedIn, subject).by(new.who.user).saying(new.method.as_str());
        audit::record(&mut tx, entry, origin).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The session with this secret, if it is still good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn session(&self, secret_hash: &str) -> Result<Option<Session>> {
        let row: Option<(String, String, Option<String>, String, i64, i64)> = sqlx::query_as(
            "SELECT s.id, s.user_id,
                    coalesce(
                        (SELECT m.workspace_id FROM members m WHERE m.user_id = s.user_id
                             AND m.workspace_id = s.workspace_id AND m.suspended_at IS NULL),
                        (SELECT m.workspace_id FROM members m WHERE m.user_id = s.user_id AND m.suspended_at IS NULL
                         ORDER BY m.created_at, m.workspace_id LIMIT 1)) AS workspace_id,
                    u.theme, s.created_at, s.seen_at
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.secret_hash = $1 AND s.expires_at > $2",
        )
        .bind(secret_hash.to_owned())
        .bind(self.now())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        let Some((id, user, workspace, theme, created_at, seen_at)) = row else { return Ok(None) };
        let workspace = workspace.as_deref().map(parse).transpose()?;
        let theme = super::people::theme(&theme)?;
        Ok(Some(Session { id: parse(&id)?, user: parse(&user)?, workspace, theme, created_at, seen_at }))
    }

    /// Notes that a session is used, and how long it is good from now on.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_session(
        &self,
        session: Session,
        idle: Duration,
        absolute: Duration,
        origin: Origin,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let now = tx.now;
        sqlx::query("UPDATE sessions SET seen_at = $2, expires_at = $3, address = $4 WHERE id = $1")
            .bind(session.id.to_string())
            .bind(now)
            .bind(after(now, idle).min(after(session.created_at, absolute)))
            .bind(origin.address.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Shows another workspace on this device. Whether the person is in it is not asked here.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn show_workspace(&self, session: SessionId, workspace: WorkspaceId) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE sessions SET workspace_id = $2 WHERE id = $1")
            .bind(session.to_string())
            .bind(workspace.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// A person's devices, the last used first. `current` is the one that asks.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn devices(&self, user: UserId, current: Option<SessionId>) -> Result<Vec<Device>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            id: String,
            device: String,
            address: String,
            method: String,
            created_at: i64,
            seen_at: i64,
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, device, address, method, created_at, seen_at FROM sessions
             WHERE user_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, id",
        )
        .bind(user.to_string())
        .bind(self.now())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter()
            .map(|row| {
                let session = parse(&row.id)?;
                let method = SignInMethod::from_word(&row.method);
                Ok(Device {
                    session,
                    name: device_name(&row.device),
                    address: row.address,
                    method: method.ok_or_else(|| StoreError::Corrupt(format!("method {:?}", row.method)))?,
                    since: row.created_at,
                    seen_at: row.seen_at,
                    current: Some(session) == current,
                })
            })
            .collect()
    }

    /// Ends one of a person's sessions. Twice is as good as once.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_session(
        &self,
        user: UserId,
        session: SessionId,
        action: AuditAction,
        origin: Origin,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let ended: Option<(String,)> =
            sqlx::query_as("DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING device")
                .bind(session.to_string())
                .bind(user.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        if let Some((device,)) = ended {
            audit::record(&mut tx, Entry::of(action, &device).by(user), origin).await?;
        }
        tx.commit().await
    }

    /// Ends all of a person's sessions but the one that asks.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_other_sessions(&self, user: UserId, kept: Option<SessionId>, origin: Origin) -> Result<()> {
        let mut tx = self.write().await?;
        let ended: Vec<(String,)> =
            sqlx::query_as("DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING device")
                .bind(user.to_string())
                .bind(kept.map(|session| session.to_string()).unwrap_or_default())
                .fetch_all(&mut *tx)
                .await?;
        for (device,) in ended {
            audit::record(&mut tx, Entry::of(AuditAction::SessionEnded, &device).by(user), origin).await?;
        }
        tx.commit().await
    }

    /// Removes the sessions that have ended by themselves, and everything else that was good for a time.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sweep_expired(&self) -> Result<()> {
        let mut tx = self.engine_write_beside().await?;
        let now = tx.now;
        for sql in [
            "DELETE FROM sessions WHERE expires_at < $1",
            "DELETE FROM password_resets WHERE expires_at < $1",
            "DELETE FROM oidc_attempts WHERE expires_at < $1",
            "DELETE FROM throttles WHERE full_at < $1",
        ] {
            sqlx::query(sql).bind(now).execute(&mut *tx).await?;
        }
        audit::sweep_unread(&mut tx).await?;
        tx.commit().await
    }
}

/// Holds a password as it was checked until the commit: whoever changes it meanwhile ends the session that begins, or was
/// first.
async fn hold_password(tx: &mut Write, user: UserId, checked: &str) -> Result<()> {
    let held = sqlx::query("UPDATE users SET password = password WHERE id = $1 AND password = $2")
        .bind(user.to_string())
        .bind(checked.to_owned())
        .execute(&mut **tx)
        .await?;
    if held.rows_affected() == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// A moment so much later.
pub(super) fn after(moment: i64, duration: Duration) -> i64 {
    moment.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}
