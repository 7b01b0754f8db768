//! Who people are at an OpenID provider, and the accounts that are made for those who come from there.

use super::{
    Result, Store, StoreError,
    audit::{self, Entry},
    joining::{come_in, open_workspace},
    rows::parse,
    write::Write,
};
use crate::domain::{
    actor::Origin,
    audit::AuditAction,
    id::{UserId, WorkspaceId},
    person::SignedIn,
};

/// Somebody at a provider: together the two never mean anybody else.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// Who they are there.
    pub subject: &'a str,
}

/// Somebody who is to have an account without a password.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// Their full name.
    pub name: &'a str,
    /// Their verified address, in the form in which it is kept.
    pub email: Option<&'a str>,
}

/// By what somebody may have an account.
#[derive(Clone, Copy, Debug)]
pub enum Admission<'a> {
    /// An invitation, by the hash of its secret.
    Invitation(&'a str),
    /// Everybody may: with a workspace of this name.
    OwnWorkspace(&'a str),
}

impl Store {
    /// The person who is known by this identity.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn identity(&self, identity: Identity<'_>) -> Result<Option<UserId>> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2")
                .bind(identity.issuer.to_owned())
                .bind(identity.subject.to_owned())
                .fetch_optional(&mut *self.reader().await?)
                .await?;
        row.map(|(user,)| parse(&user)).transpose()
    }

    /// Whether a person has come in by an invitation that named the address of their account.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn was_invited_by_address(&self, user: UserId) -> Result<bool> {
        let found = sqlx::query(
            "SELECT 1 FROM invitations i JOIN users u ON u.id = i.accepted_by AND u.email = i.email
             WHERE i.accepted_by = $1 LIMIT 1",
        )
        .bind(user.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        Ok(found.is_some())
    }

    /// Joins an identity to an account. Twice is as good as once.
    ///
    /// # Errors
    /// `Conflict` if the account belongs to somebody else at the same provider.
    pub async fn link_identity(&self, identity: Identity<'_>, user: UserId, email: &str, origin: Origin) -> Result<()> {
        let mut tx = self.write().await?;
        refuse_if_linked(&mut tx, identity, user).await?;
        if insert_identity(&mut tx, identity, user).await? {
            record_link(&mut tx, identity, user, email, origin).await?;
        }
        tx.commit().await
    }

    /// Makes an account.
    ///
    /// # Errors
    /// `NotFound` if the invitation is not good any more, `Conflict` if the same person was made an account meanwhile.
    pub async fn admit(
        &self,
        identity: Identity<'_>,
        newcomer: Newcomer<'_>,
        admission: Admission<'_>,
        origin: Origin,
    ) -> Result<SignedIn> {
        let mut tx = self.write().await?;
        let user = UserId::new();
        let subject = newcomer.email.unwrap_or(newcomer.name);
        insert_person(&mut tx, user, newcomer).await?;
        let workspace = match admission {
            Admission::Invitation(hash) => invited(&mut tx, user, hash, subject, origin).await?,
            Admission::OwnWorkspace(name) => open_workspace(&mut tx, user, name, origin).await?,
        };
        if !insert_identity(&mut tx, identity, user).await? {
            return Err(StoreError::Conflict(MEANWHILE));
        }
        record_link(&mut tx, identity, user, subject, origin).await?;
        tx.commit().await?;
        Ok(SignedIn { user, workspace: Some(workspace) })
    }
}

const MEANWHILE: &str = "this account was made a moment ago";
const LINKED: &str = "this account belongs to somebody else there";

/// Of two who would be joined to one account at the same moment the second one finds the first.
async fn refuse_if_linked(tx: &mut Write, identity: Identity<'_>, user: UserId) -> Result<()> {
    // An update, since SQLite knows no lock of a row.
    sqlx::query("UPDATE users SET name = name WHERE id = $1").bind(user.to_string()).execute(&mut **tx).await?;
    let other = sqlx::query("SELECT 1 FROM identities WHERE issuer = $1 AND subject <> $2 AND user_id = $3 LIMIT 1")
        .bind(identity.issuer.to_owned())
        .bind(identity.subject.to_owned())
        .bind(user.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    if other.is_some() { Err(StoreError::Conflict(LINKED)) } else { Ok(()) }
}

async fn insert_person(tx: &mut Write, user: UserId, newcomer: Newcomer<'_>) -> Result<()> {
    let now = tx.now;
    let made =
        sqlx::query("INSERT INTO users (id, name, email, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(user.to_string())
            .bind(newcomer.name.to_owned())
            .bind(newcomer.email.map(str::to_owned))
            .bind(now)
            .execute(&mut **tx)
            .await?;
    if made.rows_affected() == 0 { Err(StoreError::Conflict(MEANWHILE)) } else { Ok(()) }
}

/// Lets somebody in who was not there a moment ago: that it cannot be done is the invitation's fault.
async fn invited(tx: &mut Write, user: UserId, hash: &str, subject: &str, origin: Origin) -> Result<WorkspaceId> {
    come_in(tx, hash, user, subject, origin).await.map_err(|error| match error {
        StoreError::Conflict(_) => StoreError::NotFound,
        error => error,
    })
}

/// Whether it was not there.
async fn insert_identity(tx: &mut Write, identity: Identity<'_>, user: UserId) -> Result<bool> {
    let now = tx.now;
    let made = sqlx::query(
        "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(identity.issuer.to_owned())
    .bind(identity.subject.to_owned())
    .bind(user.to_string())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(made.rows_affected() > 0)
}

async fn record_link(
    tx: &mut Write,
    identity: Identity<'_>,
    user: UserId,
    subject: &str,
    origin: Origin,
) -> Result<()> {
    let entry = Entry::of(AuditAction::IdentityLinked, subject).by(user).saying(identity.issuer);
    audit::record(tx, entry, origin).await
}
