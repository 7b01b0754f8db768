//! What the provider says of itself (OpenID Connect Discovery 1.0) and its keys: read when they are first needed, and kept.

use std::{
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::Duration,
};

use openidconnect::{
    AuthType, ClientId, ClientSecret, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, RedirectUrl,
    core::{CoreClient, CoreClientAuthMethod, CoreProviderMetadata},
    url::Url,
};
use secrecy::ExposeSecret;
use tokio::{sync::Mutex, time::Instant};

use super::{error::OidcError, http::Http};
use crate::server::config::OidcSettings;

/// After so long it is read again before it is used, so that a provider may move without a restart here.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// How often a key that is not known may be asked for: whoever can present tokens with made-up keys must not be able to
/// have the provider asked as often as they like.
const KEYS_EVERY: Duration = Duration::from_secs(60);

/// The provider, as this server is its client.
pub(super) type Provider =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What is known of the provider.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    /// Held while it is read, so that many who come at once ask once.
    kept: Mutex<Kept>,
    /// The origin to which it wants people sent.
    origin: StdMutex<Option<String>>,
}

#[derive(Debug, Default)]
struct Kept {
    provider: Option<Arc<Provider>>,
    read_at: Option<Instant>,
    failed_at: Option<Instant>,
    keys_asked_at: Option<Instant>,
}

impl Discovery {
    /// The provider; what was known an hour ago if it is away.
    pub async fn provider(&self, http: &Http, settings: &OidcSettings) -> Result<Arc<Provider>, OidcError> {
        let came = Instant::now();
        let mut kept = self.kept.lock().await;
        let is_fresh = kept.read_at.is_some_and(|at| at.elapsed() < FRESH);
        if let Some(provider) = kept.provider.as_ref().filter(|_| is_fresh) {
            return Ok(provider.clone());
        }
        // Whoever waited while somebody else tried in vain has their answer.
        let outcome = match kept.failed_at.filter(|at| *at > came) {
            Some(_) => Err(OidcError::Away("it did not just now".to_owned())),
            None => self.read(&mut kept, http, settings).await,
        };
        match (outcome, &kept.provider) {
            (Err(error), Some(before)) => {
                tracing::warn!(%error, "what the OpenID provider says of itself could not be read again");
                Ok(before.clone())
            }
            (outcome, _) => outcome,
        }
    }

    /// The provider with the keys that it has now; `None` if they were asked for a moment ago.
    pub async fn with_new_keys(
        &self,
        http: &Http,
        settings: &OidcSettings,
    ) -> Result<Option<Arc<Provider>>, OidcError> {
        let mut kept = self.kept.lock().await;
        if kept.keys_asked_at.is_some_and(|at| at.elapsed() < KEYS_EVERY) {
            return Ok(None);
        }
        kept.keys_asked_at = Some(Instant::now());
        self.read(&mut kept, http, settings).await.map(Some)
    }

    /// The origin to which it wants people sent, if it has said so.
    pub fn origin(&self) -> Option<String> {
        self.origin.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read(&self, kept: &mut Kept, http: &Http, settings: &OidcSettings) -> Result<Arc<Provider>, OidcError> {
        let outcome = discover(http, settings).await;
        let (metadata, provider) = outcome.inspect_err(|_| kept.failed_at = Some(Instant::now()))?;
        let origin = origin(metadata.authorization_endpoint().url());
        *self.origin.lock().unwrap_or_else(PoisonError::into_inner) = Some(origin);
        let provider = Arc::new(provider);
        kept.provider = Some(provider.clone());
        kept.read_at = Some(Instant::now());
        Ok(provider)
    }
}

async fn discover(http: &Http, settings: &OidcSettings) -> Result<(CoreProviderMetadata, Provider), OidcError> {
    let wrong = |error| OidcError::untrusted(&error);
    let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(wrong)?;
    let metadata = CoreProviderMetadata::discover_async(issuer, http).await?;
    let id = ClientId::new(settings.client_id.clone());
    let secret = ClientSecret::new(settings.client_secret.expose_secret().to_owned());
    let provider = CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret))
        .set_auth_type(auth_type(&metadata))
        .set_redirect_uri(RedirectUrl::new(settings.return_to.clone()).map_err(wrong)?);
    Ok((metadata, provider))
}

/// How the secret is sent: in the header, which is what a provider takes that does not say (Discovery 1.0, 3), unless it
/// takes it in the body alone.
fn auth_type(metadata: &CoreProviderMetadata) -> AuthType {
    let methods = metadata.token_endpoint_auth_methods_supported();
    let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
    if takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic) {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

/// The origin of an address, as policies write it.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
