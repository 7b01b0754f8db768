//! Providers and their models, as admins keep them.

use parlance::{
    domain::{
        id::{ModelId, ProviderId},
        model::Model,
        model_facts::ModelDetails,
        model_filter::ModelPage,
        provider::{Provider, ProviderDetails},
    },
    server::{
        access::FIRST_WORKSPACE,
        config::Config,
        outbound::Private,
        seal::{MASTER_KEY_BYTES, MasterKey},
    },
};
use secrecy::SecretBox;

use super::{
    client::{Client, Refusal},
    database::change,
};

/// A master key of this one byte.
pub fn master_key(byte: u8) -> MasterKey {
    SecretBox::new(Box::new([byte; MASTER_KEY_BYTES]))
}

/// Lets admins keep keys, and add providers of this machine, where those of tests are.
pub fn with_own_providers(config: &mut Config) {
    config.models.private = Private::Allowed;
    config.models.master_key = Some(master_key(7));
}

impl Client {
    /// A new provider at this address; an empty key is none.
    pub async fn provider(&self, name: &str, base_url: &str, key: &str) -> ProviderId {
        let provider = ProviderId::new();
        self.save_provider(provider, name, base_url, key).await.expect("a provider to be kept");
        provider
    }

    /// Keeps a provider.
    pub async fn save_provider(
        &self,
        provider: ProviderId,
        name: &str,
        base_url: &str,
        key: &str,
    ) -> Result<(), Refusal> {
        let provider = provider.to_string();
        let fields = [("provider", provider.as_str()), ("name", name), ("base_url", base_url), ("key", key)];
        self.order("save_provider", &fields).await
    }

    /// The providers that there are.
    pub async fn providers(&self) -> Vec<Provider> {
        self.call("list_providers", &[]).await.expect("a list of providers")
    }

    /// A provider.
    pub async fn provider_details(&self, provider: ProviderId) -> ProviderDetails {
        self.call("load_provider", &[("provider", &provider.to_string())]).await.expect("a provider")
    }

    /// The first page of the models of one provider.
    pub async fn models_of(&self, provider: ProviderId) -> Vec<Model> {
        let page: Result<ModelPage, Refusal> = self.call("browse_models", &[("provider", &provider.to_string())]).await;
        page.expect("a page of models").models
    }

    /// The one model of a provider of this name.
    ///
    /// # Panics
    /// If there is none.
    pub async fn model_of(&self, provider: ProviderId, name: &str) -> Model {
        let models = self.models_of(provider).await;
        let found = models.iter().find(|model| model.model == name).cloned();
        found.unwrap_or_else(|| panic!("{name} is not among {models:?}"))
    }

    /// A model with what is said of it.
    pub async fn model_details(&self, model: ModelId) -> ModelDetails {
        self.call("load_model", &[("model", &model.to_string())]).await.expect("a model")
    }

    /// Says something of a model that may be chosen.
    pub async fn save_model(&self, model: ModelId, fields: &[(&str, &str)]) -> Result<(), Refusal> {
        let model = model.to_string();
        let all: Vec<(&str, &str)> =
            [("model", model.as_str()), ("enabled", "true")].into_iter().chain(fields.iter().copied()).collect();
        self.order("save_model", &all).await
    }

    /// Lets a model be chosen, or not.
    pub async fn switch_model(&self, model: ModelId, enabled: bool) -> Result<(), Refusal> {
        self.order("switch_model", &[("model", &model.to_string()), ("enabled", &enabled.to_string())]).await
    }
}

/// Has chats of the first workspace answered by a model, where they say nothing else: written past the server.
pub async fn answer_with(url: &str, provider: ProviderId, model: &str) {
    let sql = format!(
        "INSERT INTO workspace_settings (workspace_id, provider_id, model, updated_at)
         VALUES ('{FIRST_WORKSPACE}', '{provider}', '{model}', 1)
         ON CONFLICT (workspace_id) DO UPDATE SET provider_id = excluded.provider_id, model = excluded.model"
    );
    change(url, &sql).await;
}
