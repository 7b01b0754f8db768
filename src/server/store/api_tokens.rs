//! API tokens: what is known of them, which is all but their secrets.

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    rows::parse,
};
use crate::{
    domain::{
        actor::Origin,
        audit::AuditAction,
        credential::Scope,
        id::{TokenId, UserId, WorkspaceId},
        token::{TOKENS_PER_PERSON, Token},
    },
    texts::tokens as texts,
};

/// A token that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    /// In whose name it acts.
    pub user: UserId,
    /// The one workspace that it is good for.
    pub workspace: WorkspaceId,
    /// What its person calls it.
    pub name: &'a str,
    /// How far it reaches.
    pub scope: Scope,
    /// The hash of its secret.
    pub secret_hash: &'a str,
}

/// A token that is good.
#[derive(Clone, Copy, Debug)]
pub struct GoodToken {
    /// Its id.
    pub id: TokenId,
    /// In whose name it acts.
    pub user: UserId,
    /// The one workspace that it is good for.
    pub workspace: WorkspaceId,
    /// How far it reaches.
    pub scope: Scope,
    /// When it was last noted to be used, in microseconds since 1970 UTC.
    pub used_at: Option<i64>,
}

impl Store {
    /// Makes a token.
    ///
    /// # Errors
    /// `Conflict` if the person has too many.
    pub async fn create_token(&self, new: NewToken<'_>, origin: Origin) -> Result<TokenId> {
        let mut tx = self.write().await?;
        // Held until the commit, so that of many who count at once none counts too few.
        sqlx::query("UPDATE users SET name = name WHERE id = $1").bind(new.user.to_string()).execute(&mut *tx).await?;
        let sql = "SELECT count(*) FROM api_tokens WHERE user_id = $1 AND revoked_at IS NULL";
        let (count,): (i64,) = sqlx::query_as(sql).bind(new.user.to_string()).fetch_one(&mut *tx).await?;
        if count >= TOKENS_PER_PERSON {
            return Err(StoreError::Conflict(texts::TOO_MANY));
        }
        let (id, now) = (TokenId::new(), tx.now);
        sqlx::query(
            "INSERT INTO api_tokens (id, secret_hash, user_id, workspace_id, name, scope, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.to_string())
        .bind(new.secret_hash.to_owned())
        .bind(new.user.to_string())
        .bind(new.workspace.to_string())
        .bind(new.name.to_owned())
        .bind(new.scope.as_str())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        let entry = Entry::of(AuditAction::TokenCreated, new.name).by(new.user).within(new.workspace);
        audit::record(&mut tx, entry.saying(new.scope.as_str()), origin).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A person's tokens that are not revoked, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tokens(&self, user: UserId) -> Result<Vec<Token>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            id: String,
            name: String,
            scope: String,
            workspace_id: String,
            workspace_name: String,
            created_at: i64,
            used_at: Option<i64>,
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT t.id, t.name, t.scope, t.workspace_id, w.name AS workspace_name, t.created_at, t.used_at
             FROM api_tokens t JOIN workspaces w ON w.id = t.workspace_id
             WHERE t.user_id = $1 AND t.revoked_at IS NULL ORDER BY t.created_at DESC, t.id",
        )
        .bind(user.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let token = |row: Row| {
            Ok(Token {
                id: parse(&row.id)?,
                name: row.name,
                scope: scope(&row.scope)?,
                workspace: parse(&row.workspace_id)?,
                workspace_name: row.workspace_name,
                created_at: row.created_at,
                used_at: row.used_at,
            })
        };
        rows.into_iter().map(token).collect()
    }

    /// Revokes one of a person's tokens. Twice is as good as once.
    ///
    /// # Errors
    /// `NotFound` if it is not theirs.
    pub async fn revoke_token(&self, user: UserId, token: TokenId, origin: Origin) -> Result<()> {
        let mut tx = self.write().await?;
        let now = tx.now;
        let found: Option<(String, String, Option<i64>)> =
            sqlx::query_as("SELECT name, workspace_id, revoked_at FROM api_tokens WHERE id = $1 AND user_id = $2")
                .bind(token.to_string())
                .bind(user.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        let (name, workspace, revoked_at) = found.ok_or(StoreError::NotFound)?;
        if revoked_at.is_some() {
            return Ok(());
        }
        sqlx::query("UPDATE api_tokens SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL")
            .bind(token.to_string())
            .bind(user.to_string())
            .bind(now)
            .execute(&mut *tx)
            .await?;
        let entry = Entry::of(AuditAction::TokenRevoked, &name).by(user).within(parse(&workspace)?);
        audit::record(&mut tx, entry, origin).await?;
        tx.commit().await
    }

    /// The token with this secret, if it is good: not revoked, and its person in its workspace and not suspended.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn good_token(&self, secret_hash: &str) -> Result<Option<GoodToken>> {
        let row: Option<(String, String, String, String, Option<i64>)> = sqlx::query_as(
            "SELECT t.id, t.user_id, t.workspace_id, t.scope, t.used_at FROM api_tokens t
             JOIN members m ON m.workspace_id = t.workspace_id AND m.user_id = t.user_id AND m.suspended_at IS NULL
             WHERE t.secret_hash = $1 AND t.revoked_at IS NULL",
        )
        .bind(secret_hash.to_owned())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        let Some((id, user, workspace, word, used_at)) = row else { return Ok(None) };
        let (id, user, workspace) = (parse(&id)?, parse(&user)?, parse(&workspace)?);
        Ok(Some(GoodToken { id, user, workspace, scope: scope(&word)?, used_at }))
    }

    /// Notes that a token is used.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_token(&self, token: TokenId) -> Result<()> {
        let mut tx = self.write().await?;
        let now = tx.now;
        sqlx::query("UPDATE api_tokens SET used_at = $2 WHERE id = $1")
            .bind(token.to_string())
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}

fn scope(word: &str) -> Result<Scope> {
    Scope::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("scope {word:?}")))
}
