//! What there is to choose from for whoever says how models are asked, and how models are named in forms.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    id::{ProviderId, WorkspaceId},
    limits::MODEL_CHARS,
    model::{Capability, ModelCatalogue, ModelRef},
    settings::{DEFAULT_MAX_TOKENS, Settings, max_tokens},
};

/// What a workspace offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The models that can be asked: by provider, then by name.
    pub models: Vec<OfferedModel>,
    /// What holds where a chat says nothing.
    pub defaults: Settings,
    /// The model that answers where the workspace says nothing either.
    pub model: String,
    /// The provider of the built-in demo model, if that is the one: whatever it answers is from a script.
    pub demo: Option<ProviderId>,
}

/// A model that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedModel {
    /// How it is referred to.
    pub reference: ModelRef,
    /// What people call it.
    pub name: String,
    /// What its provider is called.
    pub provider: String,
    /// Whether it may think as much as it is told to: it is not known to be unable to.
    pub reasoning: bool,
    /// Whether it calls tools, if that is known.
    pub tools: Option<bool>,
    /// How many tokens it may write where nobody said so.
    pub max_tokens: u32,
}

impl Offer {
    /// What a workspace offers, of what is known of it.
    #[must_use]
    pub fn of(
        workspace: WorkspaceId,
        catalogue: &ModelCatalogue,
        defaults: Settings,
        model: &str,
        demo: Option<ProviderId>,
    ) -> Self {
        let open = catalogue.models.iter().filter(|model| model.is_open());
        let offered = open.map(|model| OfferedModel {
            reference: model.reference(),
            name: model.name.clone(),
            provider: model.provider_name.clone(),
            reasoning: !model.capabilities.lacks(Capability::Reasoning),
            tools: model.capabilities.tools,
            max_tokens: max_tokens(None, Some(model)),
        });
        Self { workspace, models: offered.collect(), defaults, model: model.to_owned(), demo }
    }

    /// The model that is meant, if it can be asked.
    #[must_use]
    pub fn find(&self, wanted: &ModelRef) -> Option<&OfferedModel> {
        let is_meant = |known: &ModelRef| {
            wanted.model == known.model && wanted.provider.is_none_or(|provider| known.provider == Some(provider))
        };
        self.models.iter().find(|offered| is_meant(&offered.reference))
    }

    /// What people call the model that answers: the one that is chosen, else the one of the workspace.
    #[must_use]
    pub fn name_of(&self, chosen: Option<&ModelRef>) -> String {
        match chosen.or(self.defaults.model.as_ref()) {
            Some(wanted) => self.find(wanted).map_or_else(|| wanted.model.clone(), |offered| offered.name.clone()),
            None => self.model.clone(),
        }
    }

    /// Whether it is the built-in demo model that answers.
    #[must_use]
    pub fn is_demo(&self, chosen: Option<&ModelRef>) -> bool {
        let Some(demo) = self.demo else { return false };
        chosen.or(self.defaults.model.as_ref()).is_none_or(|wanted| match self.find(wanted) {
            Some(offered) => offered.reference.provider == Some(demo),
            // It is not listed before its list was read for the first time.
            None => wanted.model == self.model && wanted.provider.is_none_or(|provider| provider == demo),
        })
    }

    /// Whether the model that answers may be told how much to think: if it is known to be able to, or if it is none of
    /// these, of which nothing is known at all.
    #[must_use]
    pub fn may_think(&self, chosen: Option<&ModelRef>) -> bool {
        self.answering(chosen).is_none_or(|offered| offered.reasoning)
    }

    /// Whether the model that answers is known to call no tools.
    #[must_use]
    pub fn lacks_tools(&self, chosen: Option<&ModelRef>) -> bool {
        self.answering(chosen).is_some_and(|offered| offered.tools == Some(false))
    }

    /// How many tokens the model that answers may write where a chat says nothing.
    #[must_use]
    pub fn usual_tokens(&self, chosen: Option<&ModelRef>) -> u32 {
        let usual = || self.answering(chosen).map_or(DEFAULT_MAX_TOKENS, |offered| offered.max_tokens);
        self.defaults.max_tokens.unwrap_or_else(usual)
    }

    /// The model that answers: the one that is chosen, else the one of the workspace. None if nothing is known of it.
    fn answering(&self, chosen: Option<&ModelRef>) -> Option<&OfferedModel> {
        let server = ModelRef { provider: None, model: self.model.clone() };
        self.find(chosen.or(self.defaults.model.as_ref()).unwrap_or(&server))
    }
}

/// In a form: the provider's id, a slash and the model, or the model alone.
impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.provider {
            Some(provider) => write!(f, "{provider}/{}", self.model),
            None => f.write_str(&self.model),
        }
    }
}

impl FromStr for ModelRef {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let named = text.split_once('/').and_then(|(provider, model)| Some((provider.parse().ok()?, model)));
        let (provider, model) = named.map_or((None, text), |(provider, model)| (Some(provider), model));
        Ok(Self { provider, model: model.to_owned() })
    }
}

impl ModelRef {
    /// The model as it is kept: one line without outer space. `None` if nothing is left or it is too long.
    #[must_use]
    pub fn cleaned(self) -> Option<Self> {
        let model = self.model.trim();
        let fits = !model.is_empty() && model.chars().count() <= MODEL_CHARS && !model.chars().any(char::is_control);
        fits.then(|| Self { model: model.to_owned(), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ModelRef {
        text.parse().unwrap()
    }

    #[test]
    fn a_model_is_named_with_its_provider_or_alone() {
        let provider = ProviderId::new();
        let with = ModelRef { provider: Some(provider), model: "openai/gpt-9".to_owned() };
        assert_eq!(read(&with.to_string()), with);
        let alone = ModelRef { provider: None, model: "openai/gpt-9".to_owned() };
        assert_eq!(read(&alone.to_string()), alone);
        assert_eq!(read(" gpt-9 ").cleaned().map(|model| model.model).as_deref(), Some("gpt-9"));
    }

    #[test]
    fn the_demo_model_answers_where_nobody_chose_another_one() {
        let (demo, other) = (ProviderId::new(), ProviderId::new());
        let named = |provider, model: &str| ModelRef { provider, model: model.to_owned() };
        let offered = |provider, model: &str| OfferedModel {
            reference: named(Some(provider), model),
            name: model.to_owned(),
            provider: "P".to_owned(),
            reasoning: false,
            tools: None,
            max_tokens: 1_000,
        };
        let offer = Offer {
            workspace: WorkspaceId::new(),
            models: vec![offered(demo, "demo"), offered(other, "a")],
            defaults: Settings::default(),
            model: "demo".to_owned(),
            demo: Some(demo),
        };
        let (script, a) = (named(None, "demo"), named(None, "a"));
        assert!(offer.is_demo(None) && offer.is_demo(Some(&script)) && !offer.is_demo(Some(&a)));
        let real = Offer { defaults: Settings { model: Some(a), ..Settings::default() }, ..offer.clone() };
        assert!(!real.is_demo(None) && real.is_demo(Some(&script)));
        let unread = Offer { models: Vec::new(), ..offer.clone() };
        assert!(unread.is_demo(Some(&named(Some(demo), "demo"))) && !unread.is_demo(Some(&named(None, "gone"))));
        assert!(!Offer { demo: None, ..offer }.is_demo(None));
    }

    #[test]
    fn tools_are_missing_only_where_the_model_that_answers_is_known_to_call_none() {
        let named = |model: &str| ModelRef { provider: None, model: model.to_owned() };
        let offered = |model: &str, tools| OfferedModel {
            reference: named(model),
            name: model.to_owned(),
            provider: "P".to_owned(),
            reasoning: false,
            tools,
            max_tokens: 1_000,
        };
        let offer = Offer {
            workspace: WorkspaceId::new(),
            models: vec![offered("plain", Some(false)), offered("handy", Some(true)), offered("mystery", None)],
            defaults: Settings::default(),
            model: "plain".to_owned(),
            demo: None,
        };
        assert!(offer.lacks_tools(None) && offer.lacks_tools(Some(&named("plain"))));
        for model in ["handy", "mystery", "not listed"] {
            assert!(!offer.lacks_tools(Some(&named(model))), "{model}");
        }
        let defaults = Settings { model: Some(named("mystery")), ..Settings::default() };
        assert!(!Offer { defaults, ..offer }.lacks_tools(None));
    }

    #[test]
    fn what_a_model_may_write_is_shown_where_nobody_said_how_much() {
        let named = |model: &str| ModelRef { provider: None, model: model.to_owned() };
        let offered = |model: &str, max_tokens: u32| OfferedModel {
            reference: named(model),
            name: model.to_owned(),
            provider: "P".to_owned(),
            reasoning: max_tokens > 1_000,
            tools: None,
            max_tokens,
        };
        let offer = Offer {
            workspace: WorkspaceId::new(),
            models: vec![offered("small", 1_000), offered("thinker", 16_000)],
            defaults: Settings::default(),
            model: "thinker".to_owned(),
            demo: None,
        };
        assert_eq!((offer.usual_tokens(None), offer.usual_tokens(Some(&named("small")))), (16_000, 1_000));
        assert_eq!(offer.usual_tokens(Some(&named("gone"))), 1_000);
        let said = Offer { defaults: Settings { max_tokens: Some(7), ..Settings::default() }, ..offer };
        assert_eq!(said.usual_tokens(None), 7);
    }

    #[test]
    fn what_names_no_model_is_none() {
        for nothing in ["", "  ", &format!("{}/", ProviderId::new()), "a\nb", &"x".repeat(MODEL_CHARS + 1)] {
            assert_eq!(read(nothing).cleaned(), None, "{nothing:?}");
        }
    }
}
