//! Sign-in at an OpenID provider: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1;
//! RFC 7636). What is learnt there is who somebody is; whether they may come in is decided here.

mod attempt;
mod discovery;
mod enter;
mod error;
mod http;
mod profile;
mod token;

use std::time::Duration;

use openidconnect::{
    CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope, core::CoreAuthenticationFlow, url::Url,
};

use self::{discovery::Discovery, http::Http};
pub use self::{
    enter::{Circumstances, Entered},
    error::OidcError,
    token::Arrival,
};
use super::secret::Secret;
use crate::{
    domain::{entry::OidcProblem, error::AppError},
    server::{config::OidcSettings, store::oidc_attempts::Attempt},
    texts::oidc as texts,
};

/// How long a person may take at the provider before they have to begin again.
pub const ATTEMPT: Duration = Duration::from_secs(10 * 60);

/// What a node knows of the provider.
#[derive(Debug)]
pub struct Oidc {
    settings: OidcSettings,
    http: Http,
    discovery: Discovery,
}

impl Oidc {
    /// Asks nothing yet: a provider that is away keeps no server from starting.
    ///
    /// # Errors
    /// If the machine has no usable store of certificates.
    pub fn new(settings: OidcSettings) -> reqwest::Result<Self> {
        let http = Http::new(&settings.issuer)?;
        Ok(Self { settings, http, discovery: Discovery::default() })
    }

    /// What people call the provider.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Whether an answer that names this issuer is the provider's. One that names none may be (RFC 9207, 2.4).
    #[must_use]
    pub fn is_issuer(&self, issuer: Option<&str>) -> bool {
        issuer.is_none_or(|issuer| issuer == self.settings.issuer)
    }

    /// Where forms of ours may end: the origins of the provider, as far as they are known, for a page's policy.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        let issuer = Url::parse(&self.settings.issuer).ok().map(|url| discovery::origin(&url));
        let mut origins: Vec<String> = issuer.into_iter().chain(self.discovery.origin()).collect();
        origins.dedup();
        origins
    }

    /// Where to send a person, and what has to be kept until they come back.
    ///
    /// # Errors
    /// `Forbidden` if the provider is away.
    pub async fn begin(&self, next: String, invitation: Option<String>) -> Result<(Url, Attempt), AppError> {
        let provider = self.discovery.provider(&self.http, &self.settings).await;
        let provider = provider.map_err(|error| AppError::forbidden(texts::sentence(OidcProblem::from(error))))?;
        // 256 bits in base64url are a verifier of the least length that RFC 7636 (4.1) allows.
        let [state, nonce, verifier] = [Secret::new("")?, Secret::new("")?, Secret::new("")?].map(Secret::into_inner);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (url, state, nonce) = provider
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(["email", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let (state, nonce) = (state.into_secret(), nonce.secret().clone());
        Ok((url, Attempt { state, nonce, verifier, next, invitation }))
    }
}
