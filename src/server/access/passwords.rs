//! Passwords: argon2id, a few at a time.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::secret::random;
use crate::{
    domain::{
        error::AppError,
        limits::{PASSWORD_MAX, PASSWORD_MIN},
    },
    texts::entry as texts,
};

/// OWASP's Password Storage Cheat Sheet (2025): argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// RFC 9106, 3.1: 16 bytes are enough for all applications.
const SALT_BYTES: usize = 16;
/// How many guesses a password has to withstand, as a power of ten. zxcvbn's own score 1 begins here: the commonest
/// passwords, names and runs of keys stay below.
const GUESSES_LOG10: f64 = 6.0;
/// How long a password waits for its turn before whoever sent it is told to try again.
const PATIENCE: Duration = Duration::from_secs(6);

/// Where passwords are hashed and checked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// Half of the machine at most, so that a crowd at the door does not slow down those inside.
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new((cores / 2).clamp(1, 4))) }
    }
}

impl Passwords {
    /// The hash of a new password. `known` is what others know of the person: a password made of it is easily guessed.
    ///
    /// # Errors
    /// `Invalid` if it is too short, too long or too common; `Unavailable` if too many wait.
    pub async fn hash(&self, password: String, known: &[&str]) -> Result<String, AppError> {
        check_length(&password)?;
        let salt = random::<SALT_BYTES>()?;
        let known: Vec<String> = known.iter().map(|&text| text.to_owned()).collect();
        self.in_turn(move || {
            check_guesses(&password, &known)?;
            let hash = hasher().and_then(|hasher| hasher.hash_password_with_salt(password.as_bytes(), &salt).ok());
            hash.map(|hash| hash.to_string()).ok_or_else(|| {
                tracing::error!("a password could not be hashed");
                AppError::Unavailable
            })
        })
        .await?
    }

    /// Whether a password is the one that was hashed. Without a hash it takes as long, and is not.
    ///
    /// # Errors
    /// `Unavailable` if too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, AppError> {
        // One that is too long is no password of anybody's; that it is not hashed tells nothing of the account.
        if password.chars().count() > PASSWORD_MAX {
            return Ok(false);
        }
        self.in_turn(move || {
            let is_known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.to_owned());
            let Ok(parsed) = PasswordHash::new(&hash) else { return false };
            hasher().is_some_and(|hasher| hasher.verify_password(password.as_bytes(), &parsed).is_ok()) && is_known
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(AppError::Unavailable)?;
        let done = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "a password could not be looked at");
            AppError::Unavailable
        })
    }
}

/// A hash of nothing that anybody knows, with the parameters of all others.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5c25vYm9keXM$Vt8qTLzVbBQm0pDlm0iB1Ul1dT4wHDVWcGpB2fVGe0M";

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn check_length(password: &str) -> Result<(), AppError> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(AppError::invalid(texts::short_password()));
    }
    if length > PASSWORD_MAX {
        return Err(AppError::invalid(texts::long_password()));
    }
    Ok(())
}

fn check_guesses(password: &str, known: &[String]) -> Result<(), AppError> {
    let known: Vec<&str> = known.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).collect();
    if zxcvbn::zxcvbn(password, &known).guesses_log10() < GUESSES_LOG10 {
        return Err(AppError::invalid(texts::COMMON_PASSWORD));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, known: &[&str]) -> Result<(), AppError> {
        let known: Vec<String> = known.iter().map(|&text| text.to_owned()).collect();
        check_length(password).and_then(|()| check_guesses(password, &known))
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for password in
            ["password", "12345678", "qwertyuiop", "iloveyou", "Password1", "P@ssw0rd", "aaaaaaaa", "letmein1"]
        {
            assert!(check(password, &[]).is_err(), "{password}");
        }
        assert!(check("lovelace", &["Ada Lovelace", "ada@example.com"]).is_err());
        assert!(check("short", &[]).is_err());
        assert!(check(&"x7Q!".repeat(33), &[]).is_err());
    }

    #[test]
    fn long_sentences_and_any_letters_are_fine() {
        assert!(check("correct horse battery staple", &[]).is_ok());
        assert!(check("gänseblümchen im mai", &[]).is_ok());
        assert!(check("密码学很有意思吗朋友", &[]).is_ok());
        let long: String = "Sphinx of black quartz, judge my vow. ".chars().cycle().take(PASSWORD_MAX).collect();
        assert!(check(&long, &[]).is_ok());
    }

    #[tokio::test]
    async fn a_password_is_known_again_to_its_last_character() {
        let passwords = Passwords::default();
        let long = format!("{}z", "correct horse ".repeat(9));
        let hash = passwords.hash(long.clone(), &[]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(long.clone(), Some(hash.clone())).await.unwrap());
        let cut: String = long.chars().take(long.len() - 1).collect();
        assert!(!passwords.verify(cut, Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(long, None).await.unwrap());
        let again = passwords.hash("correct horse battery".to_owned(), &[]).await.unwrap();
        assert_ne!(again, passwords.hash("correct horse battery".to_owned(), &[]).await.unwrap());
    }

    #[tokio::test]
    async fn a_check_waits_for_its_turn_also_that_of_nobodys_password() {
        let passwords = Passwords::default();
        let all = passwords.turns.available_permits() as u32;
        let turns = Arc::clone(&passwords.turns).acquire_many_owned(all).await.unwrap();
        let mut check = std::pin::pin!(passwords.verify("correct horse battery".to_owned(), None));
        assert!(futures::poll!(check.as_mut()).is_pending());
        drop(turns);
        assert_eq!(check.await, Ok(false));
    }

    #[test]
    fn whoever_is_not_known_takes_as_long() {
        let hash = PasswordHash::new(NOBODYS).unwrap();
        let params = Params::try_from(&hash).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        // A hash that could not be compared would be refused at once.
        assert_eq!(hash.hash.unwrap().len(), 32);
    }
}
