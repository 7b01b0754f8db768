//! The catalogue, as providers list their models: read when somebody wants it, and at a start when it is old.

use std::time::Duration;

use futures::{StreamExt, stream};

use super::{Known, Providers};
use crate::{
    domain::{id::ProviderId, model_facts::ModelFacts},
    server::store::Result,
};

/// How old a list is that is read again at a start. From the product's contract, which leaves the figure open: prices and
/// models change every few weeks.
pub const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// How long whoever comes second leaves a provider alone: a list may take 15 seconds.
const BETWEEN: Duration = Duration::from_secs(20);

/// How many lists are read at the same time.
const AT_ONCE: usize = 8;

/// How the reading of a list went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The list was read, and has so many models.
    Read(usize),
    /// It could not be read; a sentence says why.
    Problem(String),
    /// Somebody else has read it a moment ago, or does so now.
    Taken,
}

impl Providers {
    /// Reads a provider's list anew, if nobody else does.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn refresh(&self, provider: ProviderId) -> Result<Listing> {
        if self.shared.store.claim_list(provider, BETWEEN).await? {
            self.read_list(provider).await
        } else {
            Ok(Listing::Taken)
        }
    }

    /// Reads a provider's list anew, whoever else does. A provider that does not answer keeps the models that it had.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn read_list(&self, provider: ProviderId) -> Result<Listing> {
        let store = &self.shared.store;
        // Before it is asked: what is said at an address that it does not have any more is not kept.
        let address = store.provider_address(provider).await?.unwrap_or_default();
        let listing = match self.listed(provider).await {
            Ok(models) => {
                store.keep_list(provider, &address, &models).await?;
                tracing::info!(%provider, models = models.len(), "the models of a provider were listed");
                Listing::Read(models.len())
            }
            Err(problem) => {
                store.note_problem(provider, &address, &problem).await?;
                tracing::info!(%provider, problem, "the models of a provider could not be listed");
                Listing::Problem(problem)
            }
        };
        // It may be everybody's.
        self.forget(None);
        Ok(listing)
    }

    async fn listed(&self, provider: ProviderId) -> std::result::Result<Vec<(String, ModelFacts)>, String> {
        let client = self.client(Some(provider)).await.map_err(|error| error.to_string())?;
        let models = client.list_models().await.map_err(|error| error.to_string())?;
        Ok(models.into_iter().map(|(model, facts)| (model.clone(), facts.or(Known::table().of(&model)))).collect())
    }

    /// Keeps a model that somebody named, of a provider that lists none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_named_model(&self, provider: ProviderId, model: &str) -> Result<()> {
        self.shared.store.keep_named_model(provider, model, Known::table().of(model)).await?;
        self.forget(None);
        Ok(())
    }

    /// Reads all lists anew that are old. What goes wrong is noted with the provider.
    pub async fn refresh_old(&self) {
        let due = match self.shared.store.providers_to_list(Some(OLD)).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "it is not known which lists of models are old");
                return;
            }
        };
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, async |provider| {
                if let Err(error) = self.refresh(provider).await {
                    tracing::warn!(%error, %provider, "a list of models could not be kept");
                }
            })
            .await;
    }
}
