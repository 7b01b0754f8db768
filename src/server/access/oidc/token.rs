//! From the code with which a person comes back to who they are: the exchange, and everything that has to hold of the
//! token that it gives (OpenID Connect Core 1.0, 3.1.3).

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClaimsVerificationError, Nonce, OAuth2TokenResponse,
    PkceCodeVerifier, SignatureVerificationError, TokenResponse,
    core::{
        CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Algorithm, CoreTokenResponse,
    },
};

use super::{Oidc, discovery::Provider, error::OidcError};
use crate::server::store::oidc_attempts::Attempt;

/// How far the provider's clock may be from the database's.
const SKEW: Duration = Duration::from_secs(60);

/// The most characters of who somebody is (OpenID Connect Core 1.0, 2, on `sub`).
const SUBJECT_CHARS: usize = 255;

/// What a token may be signed with: the provider's own keys. Not "none", and no secret that this server knows too.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// Somebody whom the provider has named.
pub struct Arrival {
    /// What the token says of them.
    pub(super) claims: CoreIdTokenClaims,
    /// With what the provider can be asked for more.
    pub(super) access: AccessToken,
    pub(super) provider: Arc<Provider>,
}

impl Oidc {
    /// Exchanges the code with which somebody came back. `now` is the database's clock, in microseconds since 1970 UTC.
    ///
    /// # Errors
    /// If the provider is away or refuses, or if something does not hold of what it says.
    pub async fn arrive(&self, code: String, attempt: &Attempt, now: i64) -> Result<Arrival, OidcError> {
        let provider = self.discovery.provider(&self.http, &self.settings).await?;
        let answer: CoreTokenResponse = provider
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| OidcError::untrusted(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
            .request_async(&self.http)
            .await?;
        let nonce = Nonce::new(attempt.nonce.clone());
        match checked(&provider, &answer, &nonce, now) {
            Err(Unproven::UnknownKey) => self.with_new_keys(&answer, &nonce, now).await,
            Err(Unproven::Wrong(error)) => Err(error),
            Ok(claims) => Ok(Arrival { claims, access: answer.access_token().clone(), provider }),
        }
    }

    /// Providers change their keys from time to time.
    async fn with_new_keys(&self, answer: &CoreTokenResponse, nonce: &Nonce, now: i64) -> Result<Arrival, OidcError> {
        let unknown = || OidcError::Untrusted("the token is signed with a key that it does not publish".to_owned());
        let provider = self.discovery.with_new_keys(&self.http, &self.settings).await?.ok_or_else(unknown)?;
        let claims = checked(&provider, answer, nonce, now).map_err(|problem| match problem {
            Unproven::UnknownKey => unknown(),
            Unproven::Wrong(error) => error,
        })?;
        Ok(Arrival { claims, access: answer.access_token().clone(), provider })
    }
}

enum Unproven {
    UnknownKey,
    Wrong(OidcError),
}

impl From<ClaimsVerificationError> for Unproven {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Self::UnknownKey
            }
            error => Self::Wrong(OidcError::untrusted(&error)),
        }
    }
}

/// What the token says, if it is signed by the provider, for this server, for this sign-in, and of now.
fn checked(
    provider: &Provider,
    answer: &CoreTokenResponse,
    nonce: &Nonce,
    now: i64,
) -> Result<CoreIdTokenClaims, Unproven> {
    let wrong = |what: &str| Unproven::Wrong(OidcError::Untrusted(what.to_owned()));
    let token = answer.id_token().ok_or_else(|| wrong("there is no ID token in it"))?;
    let verifier = verifier(provider, now);
    let claims = token.claims(&verifier, nonce)?;
    if !is_hash_of(claims, answer.access_token(), token, &verifier) {
        return Err(wrong("the access token is not the one of the ID token"));
    }
    if claims.subject().chars().count() > SUBJECT_CHARS || claims.subject().is_empty() {
        return Err(wrong("it names nobody, or with more than 255 characters"));
    }
    Ok(claims.clone())
}

fn verifier(provider: &Provider, now: i64) -> CoreIdTokenVerifier<'_> {
    let now = UNIX_EPOCH + Duration::from_micros(u64::try_from(now).unwrap_or_default());
    provider
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || (now - SKEW).into())
        .set_issue_time_verifier_fn(move |issued| match SystemTime::from(issued) > now + SKEW {
            true => Err("it was issued in the future".to_owned()),
            false => Ok(()),
        })
}

/// Whether a token for access is the one that the ID token speaks of, if it speaks of one.
fn is_hash_of(
    claims: &CoreIdTokenClaims,
    access: &AccessToken,
    token: &CoreIdToken,
    verifier: &CoreIdTokenVerifier<'_>,
) -> bool {
    let Some(said) = claims.access_token_hash() else { return true };
    let (Ok(algorithm), Ok(key)) = (token.signing_alg(), token.signing_key(verifier)) else { return false };
    AccessTokenHash::from_token(access, algorithm, key).is_ok_and(|hash| hash == *said)
}

#[cfg(test)]
mod tests;
