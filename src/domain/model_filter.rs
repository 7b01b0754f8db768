//! Which models of a catalogue are looked at, a page at a time.

use serde::{Deserialize, Serialize};

use super::{
    id::{ProviderId, WorkspaceId},
    model::{Capability, Model, ModelCatalogue},
};

/// How many models a page shows.
pub const MODELS_PER_PAGE: usize = 100;

/// Which models are asked for. What is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFilter {
    /// Those of this provider.
    pub provider: Option<ProviderId>,
    /// Those that are known to do this.
    pub capability: Option<Capability>,
    /// Those with these words in their names.
    pub words: Option<String>,
}

/// A provider whose models there may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderName {
    /// Its id.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
}

/// A page of models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelPage {
    /// The workspace whose models these are.
    pub workspace: WorkspaceId,
    /// The providers to choose from.
    pub providers: Vec<ProviderName>,
    /// The models on this page.
    pub models: Vec<Model>,
    /// How many there are on all pages.
    pub count: u64,
    /// Which page it is, from 1.
    pub page: u64,
    /// How many pages there are, at least 1.
    pub pages: u64,
    /// Where prices come from that providers do not say; filled in by whoever has them.
    pub source: String,
    /// Of which day they are (`2026-11-21`).
    pub date: String,
}

impl ModelFilter {
    /// Whether a model is asked for.
    #[must_use]
    pub fn takes(&self, model: &Model) -> bool {
        let named = |words: &String| {
            let names = format!("{} {}", model.name, model.model).to_lowercase();
            words.to_lowercase().split_whitespace().all(|word| names.contains(word))
        };
        self.provider.is_none_or(|provider| provider == model.provider)
            && self.capability.is_none_or(|capability| model.capabilities.has(capability))
            && self.words.as_ref().is_none_or(named)
    }

    /// A page of what is asked for of a catalogue; the last one if there are fewer.
    #[must_use]
    pub fn page(&self, catalogue: &ModelCatalogue, workspace: WorkspaceId, page: u64) -> ModelPage {
        let all: Vec<&Model> = catalogue.models.iter().filter(|model| self.takes(model)).collect();
        let pages = all.len().div_ceil(MODELS_PER_PAGE).max(1);
        let page = usize::try_from(page).unwrap_or(usize::MAX).clamp(1, pages);
        let shown = all.iter().skip((page - 1) * MODELS_PER_PAGE).take(MODELS_PER_PAGE);
        let providers = catalogue.providers.iter().filter(|provider| provider.is_set());
        ModelPage {
            workspace,
            providers: providers.map(|one| ProviderName { id: one.id, name: one.name.clone() }).collect(),
            models: shown.map(|model| (*model).clone()).collect(),
            count: all.len() as u64,
            page: page as u64,
            pages: pages as u64,
            source: String::new(),
            date: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        id::ModelId,
        model::{Capabilities, Prices},
    };

    /// Known of two of them, and of one that it can.
    fn vision(number: usize) -> Option<bool> {
        match number {
            2 => Some(false),
            3 => Some(true),
            _ => None,
        }
    }

    fn catalogue(models: usize) -> ModelCatalogue {
        let model = |number: usize| Model {
            id: ModelId::new(),
            provider: ProviderId(uuid::Uuid::from_u128((number % 2) as u128)),
            provider_name: "Main".to_owned(),
            model: format!("model-{number}"),
            name: format!("The Model {number}"),
            description: String::new(),
            context_length: None,
            max_output: None,
            prices: Prices::default(),
            capabilities: Capabilities { vision: vision(number), ..Capabilities::default() },
            available: true,
            enabled: true,
            provider_enabled: true,
        };
        ModelCatalogue { providers: Vec::new(), models: (0..models).map(model).collect() }
    }

    #[test]
    fn what_is_not_asked_for_is_not_shown() {
        let names = |filter: ModelFilter| -> Vec<String> {
            filter.page(&catalogue(5), WorkspaceId::new(), 1).models.into_iter().map(|model| model.model).collect()
        };
        assert_eq!(names(ModelFilter::default()).len(), 5);
        let provider = Some(ProviderId(uuid::Uuid::from_u128(1)));
        assert_eq!(names(ModelFilter { provider, ..ModelFilter::default() }), ["model-1", "model-3"]);
        let capability = Some(Capability::Vision);
        assert_eq!(names(ModelFilter { capability, ..ModelFilter::default() }), ["model-3"]);
        let words = |words: &str| names(ModelFilter { words: Some(words.to_owned()), ..ModelFilter::default() });
        assert_eq!(words(" MODEL 4 the"), ["model-4"]);
        assert!(words("model x").is_empty());
    }

    #[test]
    fn every_model_is_on_one_page_and_there_is_always_a_page() {
        let page = |models, page| ModelFilter::default().page(&catalogue(models), WorkspaceId::new(), page);
        let (first, last) = (page(150, 1), page(150, 2));
        assert_eq!((first.models.len(), last.models.len(), first.count, first.pages), (100, 50, 150, 2));
        assert_eq!(page(150, u64::MAX).page, 2);
        let none = page(0, 0);
        assert_eq!((none.page, none.pages, none.count), (1, 1, 0));
    }
}
