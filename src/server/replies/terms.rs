//! On what terms a reply is asked for: settled when somebody asks for it, and kept by the reply.

use crate::{
    domain::{
        error::AppError,
        model::{Capability, Model, ModelCatalogue, ModelRef},
        parameter::Parameter,
        settings::{DEFAULT_TEMPERATURE, Settings, max_tokens},
        worst::Worst,
    },
    server::{model::Parameters, providers::MAIN, store::reservations::Order},
};

/// The terms of one reply.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which model answers.
    pub model: ModelRef,
    /// What is known of it; none if its provider never said which models it has.
    pub known: Option<Model>,
    /// How it is asked.
    pub settings: Settings,
    /// For how many tokens budgets were asked, once they were.
    pub reserved: Option<u32>,
}

impl Terms {
    /// The terms that follow from the settings of a chat, those of its workspace included, and from what there is to choose
    /// from; `default` answers where nobody chose a model.
    ///
    /// # Errors
    /// `ModelGone` if the model that was chosen cannot be asked any more.
    pub fn settle(settings: Settings, catalogue: &ModelCatalogue, default: &str) -> Result<Self, AppError> {
        let main = || ModelRef { provider: Some(MAIN), model: default.to_owned() };
        let wanted = settings.model.clone().unwrap_or_else(main);
        if let Some(known) = catalogue.find(&wanted) {
            if !known.is_open() && !may_be_there(known, catalogue) {
                return Err(AppError::ModelGone { model: wanted.model });
            }
            return Ok(Self { model: known.reference(), known: Some(known.clone()), settings, reserved: None });
        }
        // Of a provider that never told what it has, anything may be asked.
        let provider = wanted.provider.unwrap_or(MAIN);
        let listed =
            catalogue.provider(provider).is_none_or(|provider| provider.listed_at.is_some() || !provider.enabled);
        let is_default = provider == MAIN && wanted.model == default;
        if listed && !is_default {
            return Err(AppError::ModelGone { model: wanted.model });
        }
        Ok(Self { model: ModelRef { provider: Some(provider), ..wanted }, known: None, settings, reserved: None })
    }

    /// The terms of a reply that was asked for already, which keeps its model whatever has become of that.
    #[must_use]
    pub fn kept(model: ModelRef, settings: Settings, catalogue: &ModelCatalogue) -> Self {
        let known = catalogue.find(&model).cloned();
        Self { model, known, settings, reserved: None }
    }

    /// What the store needs to know of them.
    #[must_use]
    pub fn order(&self) -> Order<'_> {
        let told = self.settings.system_prompt.as_ref().map_or(0, String::len);
        let worst = Worst {
            instructions: told as u64,
            max_tokens: u64::from(self.max_tokens()),
            tools: !self.known.as_ref().is_some_and(|model| model.capabilities.lacks(Capability::Tools)),
            context: self.known.as_ref().and_then(|model| model.context_length),
            prices: self.known.as_ref().map(|model| model.prices).unwrap_or_default(),
        };
        Order { model: &self.model, worst }
    }

    /// How many tokens the reply may have, no more than budgets were asked for.
    #[must_use]
    pub fn max_tokens(&self) -> u32 {
        let most = max_tokens(self.settings.max_tokens, self.known.as_ref());
        self.reserved.map_or(most, |reserved| most.min(reserved)).max(1)
    }

    /// How many tokens the prompt may have; none if nobody knows how much the model can take in.
    #[must_use]
    pub fn room(&self) -> Option<u64> {
        let length = self.known.as_ref().and_then(|model| model.context_length)?;
        Some(length.saturating_sub(u64::from(self.max_tokens())))
    }

    /// Whether somebody chose what the model is asked with here, in the chat or for the workspace, and wants to know
    /// where it is left out. Tools are always somebody's choice.
    #[must_use]
    pub fn chose(&self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::Temperature => self.settings.temperature.is_some(),
            Parameter::MaxTokens => self.settings.max_tokens.is_some(),
            Parameter::ReasoningEffort => self.settings.effort.is_some(),
            Parameter::Tools => true,
        }
    }

    /// What the model is asked with.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        let thinks = !self.known.as_ref().is_some_and(|model| model.capabilities.lacks(Capability::Reasoning));
        Parameters {
            temperature: Some(self.settings.temperature.unwrap_or(DEFAULT_TEMPERATURE)),
            max_tokens: Some(self.max_tokens()),
            effort: self.settings.effort.filter(|_| thinks),
            ..Parameters::default()
        }
    }
}

/// Whether nobody withdrew a model, and its provider has said nothing since it has its address.
fn may_be_there(model: &Model, catalogue: &ModelCatalogue) -> bool {
    let told = catalogue.provider(model.provider).is_none_or(|provider| provider.listed_at.is_some());
    model.enabled && model.provider_enabled && !told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        id::{ModelId, ProviderId},
        model::{Capabilities, Prices},
        provider::Provider,
        settings::Effort,
    };

    fn catalogue(listed: bool, models: &[(&str, bool)]) -> ModelCatalogue {
        let provider = Provider {
            id: MAIN,
            name: "Main".to_owned(),
            base_url: "https://api.example.com/v1".to_owned(),
            has_key: true,
            of_operator: true,
            enabled: true,
            listed_at: listed.then_some(1),
            problem: None,
        };
        let model = |&(name, available): &(&str, bool)| Model {
            id: ModelId::new(),
            provider: MAIN,
            provider_name: "Main".to_owned(),
            model: name.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            context_length: None,
            max_output: Some(500),
            prices: Prices::default(),
            capabilities: Capabilities::default(),
            available,
            enabled: true,
            provider_enabled: true,
        };
        ModelCatalogue { providers: vec![provider], models: models.iter().map(model).collect() }
    }

    fn wanting(model: &str, provider: Option<ProviderId>) -> Settings {
        Settings { model: Some(ModelRef { provider, model: model.to_owned() }), ..Settings::default() }
    }

    #[test]
    fn what_was_chosen_answers_and_else_the_default() {
        let catalogue = catalogue(true, &[("a", true), ("b", true)]);
        let settled = |settings| Terms::settle(settings, &catalogue, "a").unwrap().model.model;
        assert_eq!(settled(wanting("b", None)), "b");
        assert_eq!(settled(Settings::default()), "a");
    }

    #[test]
    fn a_model_that_is_gone_or_switched_off_is_said_to_be() {
        let catalogue = catalogue(true, &[("a", true), ("b", false)]);
        for gone in [wanting("b", None), wanting("c", None), wanting("a", Some(ProviderId::new()))] {
            assert!(matches!(Terms::settle(gone, &catalogue, "a"), Err(AppError::ModelGone { .. })));
        }
    }

    #[test]
    fn what_a_provider_had_at_an_old_address_may_be_asked_for_until_it_tells_what_it_has_unless_it_was_withdrawn() {
        let mut catalogue = catalogue(false, &[("a", false)]);
        assert_eq!(Terms::settle(Settings::default(), &catalogue, "a").unwrap().known.unwrap().max_output, Some(500));
        catalogue.models.iter_mut().for_each(|model| model.enabled = false);
        assert!(matches!(Terms::settle(Settings::default(), &catalogue, "a"), Err(AppError::ModelGone { .. })));
    }

    #[test]
    fn a_provider_that_never_told_what_it_has_may_be_asked_for_anything() {
        let terms = Terms::settle(wanting("x", None), &catalogue(false, &[]), "a").unwrap();
        assert_eq!((terms.model.provider, terms.known), (Some(MAIN), None));
        assert!(Terms::settle(Settings::default(), &catalogue(true, &[]), "a").is_ok(), "the operator set it");
    }

    #[test]
    fn a_reply_is_no_longer_than_its_model_can_write() {
        let settings = Settings { max_tokens: Some(2_000), ..Settings::default() };
        assert_eq!(Terms::settle(settings.clone(), &catalogue(true, &[("a", true)]), "a").unwrap().max_tokens(), 500);
        assert_eq!(Terms::settle(settings, &catalogue(false, &[]), "a").unwrap().max_tokens(), 2_000);
        assert_eq!(Terms::settle(Settings::default(), &catalogue(false, &[]), "a").unwrap().max_tokens(), 1_000);
    }

    #[test]
    fn a_reply_is_no_longer_than_what_budgets_were_asked_for_and_that_is_nobodys_choice() {
        let mut terms = Terms::settle(Settings::default(), &catalogue(false, &[]), "a").unwrap();
        terms.reserved = Some(300);
        assert_eq!((terms.max_tokens(), terms.chose(Parameter::MaxTokens)), (300, false));
        terms.settings = Settings { max_tokens: Some(2_000), temperature: Some(0.7), ..Settings::default() };
        assert_eq!((terms.max_tokens(), terms.chose(Parameter::MaxTokens)), (300, true));
        assert!(terms.chose(Parameter::Temperature) && !terms.chose(Parameter::ReasoningEffort));
    }

    #[test]
    fn budgets_are_asked_for_as_much_as_a_model_that_thinks_may_write() {
        let mut catalogue = catalogue(true, &[("a", true)]);
        for model in &mut catalogue.models {
            (model.capabilities.reasoning, model.max_output) = (Some(true), Some(64_000));
        }
        let terms = Terms::settle(Settings::default(), &catalogue, "a").unwrap();
        assert_eq!(terms.order().worst.max_tokens, 16_000);
        assert_eq!((terms.max_tokens(), terms.parameters().max_tokens), (16_000, Some(16_000)));
    }

    #[test]
    fn the_reply_leaves_room_for_the_question() {
        let mut catalogue = catalogue(true, &[("a", true)]);
        for model in &mut catalogue.models {
            (model.context_length, model.max_output) = (Some(8_000), None);
        }
        let terms =
            |max_tokens| Terms::settle(Settings { max_tokens, ..Settings::default() }, &catalogue, "a").unwrap();
        assert_eq!((terms(None).max_tokens(), terms(None).room()), (1_000, Some(7_000)));
        assert_eq!((terms(Some(5_000)).max_tokens(), terms(Some(5_000)).room()), (5_000, Some(3_000)));
        assert_eq!((terms(Some(100_000)).max_tokens(), terms(Some(100_000)).room()), (6_000, Some(2_000)));
        assert_eq!(Terms::settle(Settings::default(), &self::catalogue(false, &[]), "a").unwrap().room(), None);
    }

    #[test]
    fn a_model_is_told_how_much_to_think_only_where_it_may_be_able_to() {
        let settings = Settings { effort: Some(Effort::High), ..Settings::default() };
        let mut catalogue = catalogue(true, &[("a", true)]);
        let effort =
            |catalogue: &ModelCatalogue| Terms::settle(settings.clone(), catalogue, "a").unwrap().parameters().effort;
        assert_eq!(effort(&self::catalogue(false, &[])), Some(Effort::High), "nothing is known of it");
        for (reasoning, told) in [(None, Some(Effort::High)), (Some(true), Some(Effort::High)), (Some(false), None)] {
            catalogue.models.iter_mut().for_each(|model| model.capabilities.reasoning = reasoning);
            assert_eq!(effort(&catalogue), told, "{reasoning:?}");
        }
    }
}
