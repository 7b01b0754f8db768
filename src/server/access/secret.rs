//! Secrets that let somebody in: 256 bits of the system's randomness, of which only a hash is kept.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

use crate::domain::error::AppError;

/// How many bytes a secret has.
const BYTES: usize = 32;

/// A secret as it is given out, once.
pub struct Secret(String);

/// What is kept of a secret: its SHA-256, as hex. One cannot get in with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretHash(String);

impl Secret {
    /// A new one; `prefix` says what kind it is to whoever finds one where none should be.
    ///
    /// # Errors
    /// `Unavailable` if the system has no randomness to give.
    pub fn new(prefix: &str) -> Result<Self, AppError> {
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<BYTES>()?))))
    }

    /// The secret itself: for the one who is to have it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same, for good.
    #[must_use]
    pub fn into_inner(self) -> String {
        self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl SecretHash {
    /// Of what somebody says is a secret of ours. It is looked up by this hash, so that no comparison takes longer the
    /// more of it is right.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let digest = Sha256::digest(secret.as_bytes());
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// So many bytes that nobody can guess.
///
/// # Errors
/// `Unavailable` if the system has no randomness to give.
pub(super) fn random<const N: usize>() -> Result<[u8; N], AppError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        AppError::Unavailable
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_secrets_are_alike_and_none_shows_itself() {
        let (one, other) = (Secret::new("p_").unwrap(), Secret::new("p_").unwrap());
        assert_ne!(one.expose(), other.expose());
        // 256 bits in base64, without padding.
        assert_eq!(one.expose().len(), 2 + 43);
        assert!(!format!("{one:?}").contains(&one.expose()[2..]));
        assert_eq!(one.hash(), SecretHash::of(one.expose()));
        assert_eq!(one.hash().as_str().len(), 64);
    }
}
