//! Models: what can be asked, what it can do and what it costs.

use serde::{Deserialize, Serialize};

use super::{
    id::{ModelId, ProviderId},
    money::Money,
    provider::Provider,
    reply::Usage,
    words::words,
};

words!(
    /// What some models can do and others cannot.
    Capability {
        /// Look at pictures.
        Vision = "vision",
        /// Listen.
        Audio = "audio",
        /// Call tools.
        Tools = "tools",
        /// Think before they speak.
        Reasoning = "reasoning",
    }
);

/// What a model can do. What nobody knows of it is `None`, which is not the same as no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Look at pictures.
    pub vision: Option<bool>,
    /// Listen.
    pub audio: Option<bool>,
    /// Call tools.
    pub tools: Option<bool>,
    /// Think before it speaks, as much as it is told to.
    pub reasoning: Option<bool>,
}

impl Capabilities {
    /// Whether this is known to be one of them.
    #[must_use]
    pub fn has(self, capability: Capability) -> bool {
        self.known(capability) == Some(true)
    }

    /// Whether this is known to be none of them.
    #[must_use]
    pub fn lacks(self, capability: Capability) -> bool {
        self.known(capability) == Some(false)
    }

    fn known(self, capability: Capability) -> Option<bool> {
        match capability {
            Capability::Vision => self.vision,
            Capability::Audio => self.audio,
            Capability::Tools => self.tools,
            Capability::Reasoning => self.reasoning,
        }
    }
}

/// What a model costs, for [`TOKENS_PER_PRICE`](super::money::TOKENS_PER_PRICE) tokens of each side. A side may be unknown,
/// which is not the same as free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// Of what it reads.
    pub input: Option<Money>,
    /// Of what it writes, reasoning included.
    pub output: Option<Money>,
}

impl Prices {
    /// What something costs; `None` if a price is not known.
    #[must_use]
    pub fn cost(self, prompt_tokens: u64, completion_tokens: u64) -> Option<Money> {
        Some(Money::of_tokens(prompt_tokens, self.input?).plus(Money::of_tokens(completion_tokens, self.output?)))
    }

    /// What a reply cost.
    #[must_use]
    pub fn cost_of(self, usage: &Usage) -> Option<Money> {
        self.cost(usage.prompt_tokens, usage.completion_tokens)
    }
}

/// A model, as it is in a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// Its provider.
    pub provider: ProviderId,
    /// The provider's name.
    pub provider_name: String,
    /// What the provider calls it.
    pub model: String,
    /// What people call it.
    pub name: String,
    /// What it is, in a few sentences; may be empty.
    pub description: String,
    /// How many tokens it can take in, its answer included, if that is known.
    pub context_length: Option<u64>,
    /// How many tokens it can write, if that is known.
    pub max_output: Option<u64>,
    /// What it costs.
    pub prices: Prices,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Whether its provider still has it.
    pub available: bool,
    /// Whether the admins of the workspace let people choose it.
    pub enabled: bool,
    /// Whether its provider is on.
    pub provider_enabled: bool,
}

impl Model {
    /// Whether it can be asked.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.available && self.enabled && self.provider_enabled
    }

    /// How it is referred to.
    #[must_use]
    pub fn reference(&self) -> ModelRef {
        ModelRef { provider: Some(self.provider), model: self.model.clone() }
    }
}

/// Which model is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelRef {
    /// Whose; none for whichever provider has one of that name, the operator's first.
    pub provider: Option<ProviderId>,
    /// What the provider calls it.
    pub model: String,
}

impl ModelRef {
    /// Whether this is the one that is meant.
    #[must_use]
    pub fn means(&self, model: &Model) -> bool {
        self.model == model.model && self.provider.is_none_or(|provider| provider == model.provider)
    }
}

/// What there is to choose from in a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCatalogue {
    /// The providers, the operator's first, then by name.
    pub providers: Vec<Provider>,
    /// Their models in the same order, then by name, those included that cannot be asked.
    pub models: Vec<Model>,
}

impl ModelCatalogue {
    /// The model that is meant: one that can be asked before one that cannot.
    #[must_use]
    pub fn find(&self, wanted: &ModelRef) -> Option<&Model> {
        let meant = || self.models.iter().filter(|model| wanted.means(model));
        meant().find(|model| model.is_open()).or_else(|| meant().next())
    }

    /// A provider.
    #[must_use]
    pub fn provider(&self, id: ProviderId) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_of_a_model_is_neither_there_nor_missing() {
        let known = Capabilities { vision: Some(true), tools: Some(false), ..Capabilities::default() };
        let said = |capability| (known.has(capability), known.lacks(capability));
        assert_eq!(said(Capability::Vision), (true, false));
        assert_eq!(said(Capability::Tools), (false, true));
        assert_eq!((said(Capability::Audio), said(Capability::Reasoning)), ((false, false), (false, false)));
    }

    #[test]
    fn a_price_that_is_not_known_is_not_0() {
        let known = Prices { input: Some(Money(1_000)), output: Some(Money(2_000)) };
        assert_eq!(known.cost(1_000, 500), Some(Money(2_000)));
        assert_eq!(Prices { output: None, ..known }.cost(1_000, 0), None);
        let free = Prices { input: Some(Money(0)), output: Some(Money(0)) };
        assert_eq!(free.cost(1_000, 500), Some(Money(0)));
    }
}
