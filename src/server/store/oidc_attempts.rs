//! Sign-ins that were sent to an OpenID provider and have not come back yet: kept here, so that any node can take them up.

use std::time::Duration;

use super::{Result, Store, sessions::after};

/// What has to be the same when a person comes back. It is not for the log, and so cannot be printed.
pub struct Attempt {
    /// What the provider gives back, to show that it answers this very attempt.
    pub state: String,
    /// What the token has to repeat.
    pub nonce: String,
    /// What the code can be exchanged with.
    pub verifier: String,
    /// Where the person wanted to go: a path of this server.
    pub next: String,
    /// The hash of the invitation that they have.
    pub invitation: Option<String>,
}

impl Store {
    /// Keeps an attempt under the hash of the secret that the browser has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_attempt(&self, secret_hash: &str, attempt: Attempt, good_for: Duration) -> Result<()> {
        let mut tx = self.write().await?;
        let expires_at = after(tx.now, good_for);
        sqlx::query(
            "INSERT INTO oidc_attempts (secret_hash, state, nonce, verifier, next, invitation_hash, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(secret_hash.to_owned())
        .bind(attempt.state)
        .bind(attempt.nonce)
        .bind(attempt.verifier)
        .bind(attempt.next)
        .bind(attempt.invitation)
        .bind(expires_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// Takes the attempt of a browser, once. One with another state stays: a link that somebody else made must not use up
    /// what the person is about to come back with.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_attempt(&self, secret_hash: &str, state: &str) -> Result<Option<Attempt>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            nonce: String,
            verifier: String,
            next: String,
            invitation_hash: Option<String>,
            expires_at: i64,
        }
        let mut tx = self.write().await?;
        let now = tx.now;
        let row: Option<Row> = sqlx::query_as(
            "DELETE FROM oidc_attempts WHERE secret_hash = $1 AND state = $2
             RETURNING nonce, verifier, next, invitation_hash, expires_at",
        )
        .bind(secret_hash.to_owned())
        .bind(state.to_owned())
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(row.filter(|row| row.expires_at > now).map(|row| Attempt {
            state: state.to_owned(),
            nonce: row.nonce,
            verifier: row.verifier,
            next: row.next,
            invitation: row.invitation_hash,
        }))
    }
}
