//! Links by which a password can be chosen anew, once.

use std::time::Duration;

use super::secret::Secret;
use crate::{
    domain::{actor::Origin, audit::AuditAction, error::AppError},
    server::store::{Store, audit::Entry, people::Account},
};

/// How long a link is good.
pub const VALID: Duration = Duration::from_secs(60 * 60);

/// A new link for a person, to be given to nobody else: below the address of the server, `url`.
///
/// # Errors
/// `Unavailable` if the system has no randomness to give, or the database fails.
pub async fn new_link(
    store: &Store,
    account: &Account,
    url: &str,
    how: &str,
    origin: Origin,
) -> Result<String, AppError> {
    let secret = Secret::new("")?;
    let subject = account.email.as_deref().unwrap_or_default();
    let entry = Entry::of(AuditAction::PasswordResetAsked, subject).saying(how);
    store.offer_reset(account.person.id, secret.hash().as_str(), VALID, entry, origin).await?;
    Ok(format!("{url}/reset/{}", secret.expose()))
}
