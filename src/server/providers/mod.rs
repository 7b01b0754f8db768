//! The providers whose models answer: what there is to choose from, and how each is asked.

mod cache;
mod known;
mod lists;
mod operators;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use secrecy::SecretString;
use tokio::time::sleep;
use uuid::Uuid;

use self::cache::Cache;
use super::{
    config::{Config, ModelLimits},
    model::{ModelClient, ModelError},
    outbound::{BadAddress, Private, checked_url},
    seal::{Seal, SealError},
    store::{
        Result, Store, in_time,
        providers::{Access, SetProvider},
    },
};
use crate::domain::{
    answers::Answers,
    id::{ProviderId, WorkspaceId},
    model::ModelCatalogue,
};

pub use self::{
    known::Known,
    lists::{Listing, OLD},
    operators::Operators,
};

/// The provider that the operator set first of all, or the demo model: one id on every server, so that what it answered
/// stays its own however it is set.
pub const MAIN: ProviderId = ProviderId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0003));

/// The wait before the database is asked again that did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// The providers, as one node knows them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Providers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    operators: Operators,
    /// What calls to the providers of workspaces go through.
    http: reqwest::Client,
    /// Where that may lead.
    private: Private,
    limits: ModelLimits,
    /// Opens their keys; none if the operator set no master key.
    seal: Option<Seal>,
    /// Their clients, each as of the moment at which the provider was changed last.
    clients: Mutex<HashMap<ProviderId, (i64, ModelClient)>>,
    cache: Cache,
}

impl Providers {
    /// Those of a server with these settings, on this database.
    ///
    /// # Errors
    /// If the machine has no usable store of certificates, or the demo model finds no port.
    pub async fn start(store: Store, config: &Config) -> anyhow::Result<Self> {
        let shared = Shared {
            store,
            operators: Operators::of(config).await?,
            http: ModelClient::http(config.models.private, &config.model_limits)?,
            private: config.models.private,
            limits: config.model_limits.clone(),
            seal: config.models.master_key.as_ref().map(Seal::new).transpose()?,
            clients: Mutex::default(),
            cache: Cache::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Has everybody know the operator's providers as they are set here, and no others.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_operators(&self) -> Result<()> {
        self.shared.store.keep_operators_providers(self.shared.operators.rows()).await
    }

    /// Whether the operator's provider is set here as everybody knows it: a command may be given other settings than the
    /// server.
    #[must_use]
    pub fn is_set_here(&self, provider: &SetProvider) -> bool {
        self.shared.operators.rows().contains(provider)
    }

    /// What answers where nobody chose anything.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        self.shared.operators.answers()
    }

    /// The model that answers where nobody chose one: the main provider's.
    #[must_use]
    pub fn default_model(&self) -> &str {
        &self.answers().model
    }

    /// Whether keys can be kept.
    #[must_use]
    pub fn keeps_keys(&self) -> bool {
        self.shared.seal.is_some()
    }

    /// Seals a provider's key; `None` if no key can be kept.
    ///
    /// # Errors
    /// If the system has no randomness to give.
    pub fn seal(&self, provider: ProviderId, key: &SecretString) -> Option<std::result::Result<String, SealError>> {
        self.shared.seal.as_ref().map(|seal| seal.close(key, &provider.to_string()))
    }

    /// Opens a provider's key.
    ///
    /// # Errors
    /// If it was sealed with another master key, or there is none any more.
    pub fn open(&self, provider: ProviderId, sealed: &str) -> std::result::Result<SecretString, SealError> {
        let seal = self.shared.seal.as_ref().ok_or(SealError::NotOurs)?;
        seal.open(sealed, &provider.to_string())
    }

    /// An address that people may name, as it is kept.
    ///
    /// # Errors
    /// If it is none, or leads to where it may not.
    pub fn checked_address(&self, text: &str) -> std::result::Result<String, BadAddress> {
        checked_url(text, self.shared.private)
    }

    /// What there is to choose from in a workspace.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn catalogue(&self, workspace: WorkspaceId) -> Result<Arc<ModelCatalogue>> {
        let read = async || {
            let providers = self.shared.store.providers(workspace).await?;
            let models = self.shared.store.models(workspace).await?;
            Ok(ModelCatalogue { providers, models })
        };
        self.shared.cache.get(workspace, read).await
    }

    /// What was known of a workspace is not known any more; of none in particular, of all.
    pub fn forget(&self, workspace: Option<WorkspaceId>) {
        self.shared.cache.forget(workspace);
    }

    /// The provider of the demo model, which answers from a script, where nothing else was set.
    #[must_use]
    pub fn demo(&self) -> Option<ProviderId> {
        self.answers().demo.then_some(MAIN)
    }

    /// Whether this is the demo model's.
    #[must_use]
    pub fn is_demo(&self, provider: Option<ProviderId>) -> bool {
        self.demo().is_some_and(|demo| provider.is_none_or(|provider| provider == demo))
    }

    /// How a provider is asked; the main one if none is named.
    ///
    /// # Errors
    /// If it cannot be asked any more.
    pub async fn client(&self, provider: Option<ProviderId>) -> std::result::Result<ModelClient, ModelError> {
        let id = provider.unwrap_or(MAIN);
        if let Some(client) = self.shared.operators.client(id) {
            return Ok(client.clone());
        }
        let access = self.access(id).await?.filter(|access| access.enabled);
        let Some(access) = access else {
            self.with_clients(|clients| clients.remove(&id));
            return Err(ModelError::ProviderGone);
        };
        let known = self.with_clients(|clients| clients.get(&id).cloned());
        if let Some((_, client)) = known.filter(|(of, _)| *of == access.updated_at) {
            return Ok(client);
        }
        let key = access.sealed_key.map(|sealed| self.open(id, &sealed)).transpose();
        let key = key.map_err(|_| ModelError::KeyLost)?;
        let client = self.asking(&access.base_url, key).map_err(|BadAddress(why)| ModelError::NotAllowed(why))?;
        self.with_clients(|clients| clients.insert(id, (access.updated_at, client.clone())));
        Ok(client)
    }

    /// A client for a provider that somebody of a workspace named.
    ///
    /// # Errors
    /// If the address may not be reached: what was allowed when it was kept need not be any more.
    pub fn asking(&self, base_url: &str, key: Option<SecretString>) -> std::result::Result<ModelClient, BadAddress> {
        let base_url = self.checked_address(base_url)?;
        Ok(ModelClient::new(self.shared.http.clone(), base_url, key, self.shared.limits.clone()))
    }

    /// How a provider is asked, as soon as the database has that to give.
    async fn access(&self, id: ProviderId) -> std::result::Result<Option<Access>, ModelError> {
        loop {
            match in_time(self.shared.store.access_to_provider(id)).await {
                Ok(access) => return Ok(access),
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, "a provider cannot be looked up yet; trying again");
                    sleep(AFTER_FAILURE).await;
                }
                Err(error) => {
                    tracing::error!(%error, provider = %id, "a provider could not be looked up");
                    return Err(ModelError::NotLookedUp);
                }
            }
        }
    }

    fn with_clients<T>(&self, look: impl FnOnce(&mut HashMap<ProviderId, (i64, ModelClient)>) -> T) -> T {
        look(&mut self.shared.clients.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
