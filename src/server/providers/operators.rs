//! The providers that the operator set: they are there for every workspace, and their keys stay in the settings.

use std::collections::HashMap;

use anyhow::Context;
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::MAIN;
use crate::{
    domain::{answers::Answers, id::ProviderId, provider::usual_name},
    server::{
        config::{Config, Provider},
        model::{ModelClient, demo},
        outbound::Private,
        store::providers::SetProvider,
    },
};

/// The operator's providers, the main one first.
#[derive(Debug)]
pub struct Operators {
    rows: Vec<SetProvider>,
    clients: HashMap<ProviderId, ModelClient>,
    answers: Answers,
}

impl Operators {
    /// Those of these settings. Without any the demo model is started.
    ///
    /// # Errors
    /// If the demo model finds no port, or the machine has no usable store of certificates.
    pub async fn of(config: &Config) -> anyhow::Result<Self> {
        let limits = &config.model_limits;
        // The operator's own networks are the operator's to use.
        let http = ModelClient::http(Private::Allowed, limits)?;
        let asking = |base_url: String, key| ModelClient::new(http.clone(), base_url, key, limits.clone());
        let (main, client, answers) = match &config.provider {
            Provider::Demo => {
                let address = demo::start().await.context("the demo model found no free port on loopback")?;
                // Where it is changes with every start, and is nobody's business.
                let row = SetProvider { id: MAIN, name: demo::NAME.to_owned(), base_url: String::new() };
                let answers = Answers { model: demo::MODEL.to_owned(), demo: true };
                (row, asking(format!("http://{address}/v1"), None), answers)
            }
            Provider::Api { base_url, key, model } => {
                let row = SetProvider { id: MAIN, name: usual_name(base_url), base_url: base_url.clone() };
                (row, asking(base_url.clone(), key.clone()), Answers { model: model.clone(), demo: false })
            }
        };
        let mut operators = Self { rows: vec![main], clients: HashMap::from([(MAIN, client)]), answers };
        for further in &config.models.further {
            let row = SetProvider {
                id: id_of(&further.name),
                name: further.name.clone(),
                base_url: further.base_url.clone(),
            };
            operators.clients.insert(row.id, asking(further.base_url.clone(), further.key.clone()));
            operators.rows.push(row);
        }
        Ok(operators)
    }

    /// What there is to keep of them.
    #[must_use]
    pub fn rows(&self) -> &[SetProvider] {
        &self.rows
    }

    /// How one of them is asked; none if it is not one of them.
    #[must_use]
    pub fn client(&self, provider: ProviderId) -> Option<&ModelClient> {
        self.clients.get(&provider)
    }

    /// What answers where nobody chose anything.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.answers
    }
}

/// The id of a provider of this name: the same on every node and after every start, so that chats know it by it.
fn id_of(name: &str) -> ProviderId {
    let hash: [u8; 32] = Sha256::digest(format!("parlance provider {name}")).into();
    let bytes = hash.first_chunk::<16>().copied().unwrap_or_default();
    ProviderId(Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_id_for_ever() {
        assert_eq!(id_of("groq").to_string(), id_of("groq").to_string());
        assert_ne!(id_of("groq"), id_of("local"));
        assert_eq!(id_of("groq").0.get_version_num(), 8);
    }
}
