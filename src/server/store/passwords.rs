//! Passwords that are chosen anew: by their person, or by a link that is good once.

use std::time::Duration;

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    people::Account,
    rows::parse,
    write::Write,
};
use crate::{
    domain::{
        actor::Origin,
        audit::AuditAction,
        id::{SessionId, UserId},
    },
    texts::account as texts,
};

/// A password that its person changes.
#[derive(Clone, Debug)]
pub struct NewPassword<'a> {
    /// Who.
    pub user: UserId,
    /// The hash of the one that they gave as their current one.
    pub before: &'a str,
    /// The hash of the new one.
    pub after: &'a str,
    /// The session in which they do it, and the hash of its new secret. All others end.
    pub session: Option<(SessionId, &'a str)>,
    /// Their address, for the audit log.
    pub subject: &'a str,
}

impl Store {
    /// Changes a password. Everything that the old one let in ends, but for the session that asks; so do all links. Tokens
    /// stay: whoever changes it knows what they made, and revokes what they want.
    ///
    /// # Errors
    /// `Conflict` if it was changed by somebody else meanwhile.
    pub async fn change_password(&self, new: NewPassword<'_>, origin: Origin) -> Result<()> {
        let mut tx = self.write().await?;
        let changed = sqlx::query("UPDATE users SET password = $2 WHERE id = $1 AND password = $3")
            .bind(new.user.to_string())
            .bind(new.after.to_owned())
            .bind(new.before.to_owned())
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::Conflict(texts::CHANGED_MEANWHILE));
        }
        end_all_but(&mut tx, new.user, new.session.map(|(session, _)| session)).await?;
        if let Some((session, secret_hash)) = new.session {
            sqlx::query("UPDATE sessions SET secret_hash = $2 WHERE id = $1")
                .bind(session.to_string())
                .bind(secret_hash.to_owned())
                .execute(&mut *tx)
                .await?;
        }
        delete_links(&mut tx, new.user).await?;
        let entry = Entry::of(AuditAction::PasswordChanged, new.subject).by(new.user);
        audit::record(&mut tx, entry, origin).await?;
        tx.commit().await
    }

    /// Notes a link by which a person may choose a password anew.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn offer_reset(
        &self,
        user: UserId,
        secret_hash: &str,
        valid: Duration,
        entry: Entry,
        origin: Origin,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let (now, valid) = (tx.now, i64::try_from(valid.as_micros()).unwrap_or(i64::MAX));
        let sql = "INSERT INTO password_resets (secret_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
        sqlx::query(sql)
            .bind(secret_hash.to_owned())
            .bind(user.to_string())
            .bind(now)
            .bind(now.saturating_add(valid))
            .execute(&mut *tx)
            .await?;
        audit::record(&mut tx, entry.by(user), origin).await?;
        tx.commit().await
    }

    /// Whose link this is, if it is still good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn reset_of(&self, secret_hash: &str) -> Result<Option<Account>> {
        let user: Option<(String,)> =
            sqlx::query_as("SELECT user_id FROM password_resets WHERE secret_hash = $1 AND expires_at > $2")
                .bind(secret_hash.to_owned())
                .bind(self.now())
                .fetch_optional(&mut *self.reader().await?)
                .await?;
        match user {
            Some((user,)) => Ok(Some(self.account(parse(&user)?).await?)),
            None => Ok(None),
        }
    }

    /// Uses a link up and sets the password. All sessions of the person end, all their links, and all their tokens: whoever
    /// needs a link may have lost the account to somebody, who would keep a way in.
    ///
    /// # Errors
    /// `NotFound` if the link is not good, or not any more.
    pub async fn reset_password(&self, secret_hash: &str, password: &str, subject: &str, origin: Origin) -> Result<()> {
        let mut tx = self.write().await?;
        let used: Option<(String,)> =
            sqlx::query_as("DELETE FROM password_resets WHERE secret_hash = $1 AND expires_at > $2 RETURNING user_id")
                .bind(secret_hash.to_owned())
                .bind(tx.now)
                .fetch_optional(&mut *tx)
                .await?;
        let (user,) = used.ok_or(StoreError::NotFound)?;
        let user: UserId = parse(&user)?;
        sqlx::query("UPDATE users SET password = $2 WHERE id = $1")
            .bind(user.to_string())
            .bind(password.to_owned())
            .execute(&mut *tx)
            .await?;
        end_all_but(&mut tx, user, None).await?;
        delete_links(&mut tx, user).await?;
        revoke_tokens(&mut tx, user).await?;
        audit::record(&mut tx, Entry::of(AuditAction::PasswordReset, subject).by(user), origin).await?;
        tx.commit().await
    }
}

async fn end_all_but(tx: &mut Write, user: UserId, kept: Option<SessionId>) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2")
        .bind(user.to_string())
        .bind(kept.map(|session| session.to_string()).unwrap_or_default())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn delete_links(tx: &mut Write, user: UserId) -> Result<()> {
    let sql = "DELETE FROM password_resets WHERE user_id = $1";
    sqlx::query(sql).bind(user.to_string()).execute(&mut **tx).await?;
    Ok(())
}

async fn revoke_tokens(tx: &mut Write, user: UserId) -> Result<()> {
    let now = tx.now;
    let sql = "UPDATE api_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL";
    sqlx::query(sql).bind(user.to_string()).bind(now).execute(&mut **tx).await?;
    Ok(())
}
