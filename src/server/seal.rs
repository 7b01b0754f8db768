//! Secrets that are kept: keys of providers, tokens of MCP servers. The database has them sealed with a key that it does not
//! have, the operator's master key.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// How many bytes the master key has.
pub const MASTER_KEY_BYTES: usize = 32;

/// The master key as it is in memory.
pub type MasterKey = SecretBox<[u8; MASTER_KEY_BYTES]>;

/// Begins whatever is sealed in this way: another one, one day, begins differently.
const VERSION: &str = "1.";

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Seal(std::sync::Arc<LessSafeKey>);

/// Why something was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The system has no randomness to give.
    #[error("the system has no randomness to give")]
    NoRandomness,
    /// It was sealed with another key, for something else, or is not whole.
    #[error("it was sealed with another master key, or is not whole")]
    NotOurs,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// One with this key.
    ///
    /// # Errors
    /// Never, with a key of this length.
    pub fn new(key: &MasterKey) -> Result<Self, SealError> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose_secret()).map_err(|_| SealError::NotOurs)?;
        Ok(Self(std::sync::Arc::new(LessSafeKey::new(key))))
    }

    /// Seals a secret for the row `of`: in another one it does not open.
    ///
    /// # Errors
    /// `NoRandomness`.
    pub fn close(&self, secret: &SecretString, of: &str) -> Result<String, SealError> {
        // Drawn at random: a workspace seals a few dozen secrets, far from the 2^32 after which one might come twice.
        let mut nonce = [0; NONCE_LEN];
        OsRng.try_fill_bytes(&mut nonce).map_err(|_| SealError::NoRandomness)?;
        let mut sealed = secret.expose_secret().as_bytes().to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(of.as_bytes()), &mut sealed)
            .map_err(|_| SealError::NotOurs)?;
        Ok(format!("{VERSION}{}", STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())))
    }

    /// Opens what was sealed for the row `of`.
    ///
    /// # Errors
    /// `NotOurs`.
    pub fn open(&self, sealed: &str, of: &str) -> Result<SecretString, SealError> {
        let bytes = sealed.strip_prefix(VERSION).and_then(|text| STANDARD_NO_PAD.decode(text).ok());
        let mut bytes = bytes.ok_or(SealError::NotOurs)?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(SealError::NotOurs)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::NotOurs)?;
        let opened = self.0.open_in_place(nonce, Aad::from(of.as_bytes()), sealed).map_err(|_| SealError::NotOurs)?;
        let text = std::str::from_utf8(opened).map_err(|_| SealError::NotOurs)?;
        Ok(SecretString::from(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(byte: u8) -> Seal {
        Seal::new(&SecretBox::new(Box::new([byte; MASTER_KEY_BYTES]))).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_row_and_key_alone() {
        let secret = SecretString::from("sk-語-1".to_owned());
        let sealed = seal(1).close(&secret, "row").unwrap();
        assert!(!sealed.contains("sk-"));
        assert_eq!(seal(1).open(&sealed, "row").unwrap().expose_secret(), "sk-語-1");
        assert_eq!(seal(2).open(&sealed, "row").unwrap_err(), SealError::NotOurs);
        assert_eq!(seal(1).open(&sealed, "other").unwrap_err(), SealError::NotOurs);
    }

    #[test]
    fn the_same_secret_is_sealed_differently_every_time() {
        let secret = SecretString::from("sk-1".to_owned());
        assert_ne!(seal(1).close(&secret, "row"), seal(1).close(&secret, "row"));
    }

    #[test]
    fn what_is_not_whole_does_not_open() {
        let sealed = seal(1).close(&SecretString::from("sk-1".to_owned()), "row").unwrap();
        for broken in ["", "1.", "1.AAAA", "2.AAAA", "語", &sealed[..sealed.len() - 2], &sealed[1..]] {
            assert!(seal(1).open(broken, "row").is_err(), "{broken:?}");
        }
    }
}
