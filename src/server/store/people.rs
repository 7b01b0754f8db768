//! People: the first one, and how each is found.

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    rows::parse,
    walls::role,
    write::Write,
};
use crate::domain::{
    actor::Origin,
    audit::AuditAction,
    id::{UserId, WorkspaceId},
    member::{Membership, PersonSummary},
    person::{SignedIn, Theme},
};

/// A person who is to be made.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Their full name.
    pub name: String,
    /// Their email address, in the form in which it is kept.
    pub email: String,
    /// The hash of their password; none if they come by an OpenID provider.
    pub password: Option<String>,
}

/// A person's account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The person as others see them.
    pub person: PersonSummary,
    /// Their email address; none on a server without sign-in.
    pub email: Option<String>,
    /// The hash of their password, if they ever chose one.
    pub password: Option<String>,
    /// The colours that they want.
    pub theme: Theme,
}

impl Store {
    /// Whether the first owner is there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_set_up(&self) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM setup").fetch_optional(&mut *self.reader().await?).await?;
        Ok(found.is_some())
    }

    /// Makes sure that the first person and their workspace exist, for a server without sign-in.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ensure_first(&self, first: SignedIn) -> Result<()> {
        let mut tx = self.write().await?;
        insert_first(&mut tx, first, "You", "Workspace").await?;
        tx.commit().await
    }

    /// Makes the first owner and the first workspace. Of many who try at once exactly one succeeds.
    ///
    /// # Errors
    /// `Conflict` if somebody was first.
    pub async fn set_up(&self, first: SignedIn, owner: NewPerson, workspace: &str, origin: Origin) -> Result<()> {
        let mut tx = self.write().await?;
        let workspace_id = insert_first(&mut tx, first, &owner.name, workspace).await?;
        let won = sqlx::query(
            "INSERT INTO setup (id, user_id, workspace_id, created_at) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(first.user.to_string())
        .bind(workspace_id.to_string())
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        if won.rows_affected() == 0 {
            return Err(StoreError::Conflict("This server is set up already. Sign in instead."));
        }
        let person = "UPDATE users SET name = $2, email = $3, password = $4 WHERE id = $1";
        sqlx::query(person)
            .bind(first.user.to_string())
            .bind(owner.name)
            .bind(owner.email.clone())
            .bind(owner.password)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE workspaces SET name = $2 WHERE id = $1")
            .bind(workspace_id.to_string())
            .bind(workspace.to_owned())
            .execute(&mut *tx)
            .await?;
        let entry = Entry::of(AuditAction::ServerSetUp, &owner.email).by(first.user).within(workspace_id);
        audit::record(&mut tx, entry, origin).await?;
        tx.commit().await
    }

    /// A person's account.
    ///
    /// # Errors
    /// `NotFound` if there is no such person.
    pub async fn account(&self, user: UserId) -> Result<Account> {
        self.find_account("u.id", &user.to_string()).await?.ok_or(StoreError::NotFound)
    }

    /// The account with an email address, in the form in which it is kept.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn account_of(&self, email: &str) -> Result<Option<Account>> {
        self.find_account("u.email", email).await
    }

    async fn find_account(&self, column: &'static str, value: &str) -> Result<Option<Account>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            id: String,
            name: String,
            avatar_id: Option<String>,
            email: Option<String>,
            password: Option<String>,
            theme: String,
        }
        let sql =
            format!("SELECT u.id, u.name, u.avatar_id, u.email, u.password, u.theme FROM users u WHERE {column} = $1");
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(value.to_owned())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let avatar = row.avatar_id.as_deref().map(parse).transpose()?;
        Ok(Some(Account {
            person: PersonSummary { id: parse(&row.id)?, name: row.name, avatar },
            email: row.email,
            password: row.password,
            theme: theme(&row.theme)?,
        }))
    }

    /// Gives a person another name, and other colours.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn save_profile(&self, user: UserId, name: &str, theme: Theme) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE users SET name = $2, theme = $3 WHERE id = $1")
            .bind(user.to_string())
            .bind(name.to_owned())
            .bind(theme.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// The workspaces that a person is in and not suspended from, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT w.id, w.name, m.role FROM members m JOIN workspaces w ON w.id = m.workspace_id
             WHERE m.user_id = $1 AND m.suspended_at IS NULL ORDER BY w.name, w.id",
        )
        .bind(user.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter()
            .map(|(id, name, word)| Ok(Membership { workspace: parse(&id)?, name, role: role(&word)? }))
            .collect()
    }
}

pub(super) fn theme(word: &str) -> Result<Theme> {
    Theme::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("theme {word:?}")))
}

/// Inserts what is missing of the first person and their workspace.
async fn insert_first(tx: &mut Write, first: SignedIn, name: &str, workspace: &str) -> Result<WorkspaceId> {
    let workspace_id = first.workspace.ok_or(StoreError::NotFound)?;
    let (user, place, now) = (first.user.to_string(), workspace_id.to_string(), tx.now);
    sqlx::query("INSERT INTO users (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(user.clone())
        .bind(name.to_owned())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    sqlx::query("INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(place.clone())
        .bind(workspace.to_owned())
        .bind(now)
        .execute(&mut **tx)
        .await?;
    let member = "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'owner', $3)
        ON CONFLICT DO NOTHING";
    sqlx::query(member).bind(place).bind(user).bind(now).execute(&mut **tx).await?;
    Ok(workspace_id)
}
