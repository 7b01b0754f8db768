//! How a model is asked: the settings of a chat, and those of its workspace where the chat says nothing.

use serde::{Deserialize, Serialize};

use super::{
    catalogue::clean_text,
    limits::{MAX_TOKENS, SYSTEM_PROMPT_CHARS},
    model::{Capability, Model, ModelRef},
    words::words,
};

/// How freely a model chooses its words where nobody said so. From the product's contract.
pub const DEFAULT_TEMPERATURE: f64 = 0.7;

/// The highest temperature. From the product's contract.
pub const MAX_TEMPERATURE: f64 = 2.0;

/// How many tokens a model may write where nobody said so, unless it thinks. From the product's contract.
pub const DEFAULT_MAX_TOKENS: u32 = 1_000;

/// How many tokens a model that thinks may write at most where nobody said so: what it thinks counts, and where it may
/// write no more than [`DEFAULT_MAX_TOKENS`] it often has said nothing by then. Enough for most hard questions, and what
/// a budget can still reserve.
pub const THINKING_MAX_TOKENS: u32 = 16_000;

/// Of what a model can take in, one part of so many is left for the question however long the reply may be.
const QUESTION_SHARE: u64 = 4;

/// The same where nobody said how long it may be.
const USUAL_QUESTION_SHARE: u64 = 2;

words!(
    /// How much a model thinks before it speaks.
    Effort {
        /// Hardly.
        Minimal = "minimal",
        /// A little.
        Low = "low",
        /// As it thinks fit.
        Medium = "medium",
        /// A lot.
        High = "high",
    }
);

/// What a chat, or a workspace, says of how a model is asked. What it says nothing of is left to the next one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which model.
    pub model: Option<ModelRef>,
    /// What it is told before everything else.
    pub system_prompt: Option<String>,
    /// How freely it chooses its words, 0 to [`MAX_TEMPERATURE`].
    pub temperature: Option<f64>,
    /// How many tokens it may write, 1 to [`MAX_TOKENS`].
    pub max_tokens: Option<u32>,
    /// How much it thinks before it speaks, where it can.
    pub effort: Option<Effort>,
}

/// What of settings does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The system prompt is too long.
    SystemPrompt,
    /// The temperature is out of range.
    Temperature,
    /// The number of tokens is out of range.
    MaxTokens,
}

impl Settings {
    /// The settings as they are kept.
    ///
    /// # Errors
    /// The first that does not fit.
    pub fn cleaned(self) -> Result<Self, Misfit> {
        let told = self.system_prompt.unwrap_or_default();
        let told = clean_text(&told, SYSTEM_PROMPT_CHARS).ok_or(Misfit::SystemPrompt)?;
        let told = (!told.is_empty()).then_some(told);
        if self.temperature.is_some_and(|temperature| !(0.0..=MAX_TEMPERATURE).contains(&temperature)) {
            return Err(Misfit::Temperature);
        }
        if self.max_tokens.is_some_and(|tokens| !(1..=MAX_TOKENS).contains(&tokens)) {
            return Err(Misfit::MaxTokens);
        }
        Ok(Self { system_prompt: told, ..self })
    }

    /// These, and where they say nothing, the others.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            model: self.model.or(others.model),
            system_prompt: self.system_prompt.or(others.system_prompt),
            temperature: self.temperature.or(others.temperature),
            max_tokens: self.max_tokens.or(others.max_tokens),
            effort: self.effort.or(others.effort),
        }
    }
}

/// How many tokens a model may write of which this is known: as many as somebody wants, else as many as is usual, and
/// no more than it can. Usual are [`DEFAULT_MAX_TOKENS`], and of one that is known to think as many as it can write, up
/// to [`THINKING_MAX_TOKENS`].
#[must_use]
pub fn max_tokens(wanted: Option<u32>, model: Option<&Model>) -> u32 {
    let Some(model) = model else { return wanted.unwrap_or(DEFAULT_MAX_TOKENS) };
    let (longest, context) = (model.max_output, model.context_length);
    let usual = || {
        let half = context.map(|length| length / USUAL_QUESTION_SHARE);
        let own = longest.or(half).unwrap_or(u64::MAX).min(u64::from(THINKING_MAX_TOKENS));
        if thinks(model) { own } else { u64::from(DEFAULT_MAX_TOKENS) }
    };
    let wanted = wanted.map_or_else(usual, u64::from);
    let shared = context.map(|length| length - length / QUESTION_SHARE);
    let most = longest.into_iter().chain(shared).fold(wanted, u64::min);
    u32::try_from(most).unwrap_or(u32::MAX).max(1)
}

/// Whether a model is known to think before it speaks.
fn thinks(model: &Model) -> bool {
    model.capabilities.has(Capability::Reasoning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        id::{ModelId, ProviderId},
        model::{Capabilities, Prices},
    };

    fn model(reasoning: bool, max_output: Option<u64>, context_length: Option<u64>) -> Model {
        Model {
            id: ModelId::new(),
            provider: ProviderId::new(),
            provider_name: "Main".to_owned(),
            model: "a".to_owned(),
            name: "a".to_owned(),
            description: String::new(),
            context_length,
            max_output,
            prices: Prices::default(),
            capabilities: Capabilities { reasoning: Some(reasoning), ..Capabilities::default() },
            available: true,
            enabled: true,
            provider_enabled: true,
        }
    }

    #[test]
    fn a_model_that_thinks_may_write_more_where_nobody_said_how_much() {
        let usual = |reasoning, longest, context| max_tokens(None, Some(&model(reasoning, longest, context)));
        assert_eq!(max_tokens(None, None), 1_000);
        for (longest, context) in [(None, None), (Some(64_000), None), (None, Some(200_000))] {
            assert_eq!(usual(false, longest, context), 1_000);
            assert_eq!(usual(true, longest, context), 16_000);
        }
        assert_eq!(usual(true, Some(8_192), Some(200_000)), 8_192, "its own limit");
        assert_eq!(usual(true, None, Some(8_000)), 4_000, "half of what it takes in");
        assert_eq!(usual(true, Some(16_000), Some(16_000)), 12_000, "a part is left for the question");
        assert_eq!(usual(false, Some(500), None), 500);
        assert_eq!(max_tokens(Some(50), Some(&model(true, None, None))), 50, "what somebody said goes before it");
        assert_eq!(max_tokens(Some(50_000), Some(&model(true, Some(8_192), None))), 8_192);
        assert_eq!(usual(true, Some(0), Some(0)), 1);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let with = |temperature, max_tokens| Settings { temperature, max_tokens, ..Settings::default() }.cleaned();
        for fine in [0.0, 0.7, 2.0] {
            assert!(with(Some(fine), None).is_ok(), "{fine}");
        }
        for wrong in [-0.1, 2.1, f64::NAN, f64::INFINITY] {
            assert_eq!(with(Some(wrong), None), Err(Misfit::Temperature), "{wrong}");
        }
        assert!(with(None, Some(1)).is_ok() && with(None, Some(MAX_TOKENS)).is_ok());
        assert_eq!(with(None, Some(0)), Err(Misfit::MaxTokens));
        assert_eq!(with(None, Some(MAX_TOKENS + 1)), Err(Misfit::MaxTokens));
        let told = |text: String| Settings { system_prompt: Some(text), ..Settings::default() }.cleaned();
        assert_eq!(told("語".repeat(SYSTEM_PROMPT_CHARS + 1)), Err(Misfit::SystemPrompt));
        assert!(told("語".repeat(SYSTEM_PROMPT_CHARS)).is_ok());
        assert_eq!(told(" \r\n \0".to_owned()).map(|kept| kept.system_prompt), Ok(None));
        assert_eq!(told("a\0\r\nb".to_owned()).map(|kept| kept.system_prompt), Ok(Some("a\nb".to_owned())));
    }

    #[test]
    fn a_chat_goes_before_its_workspace_one_setting_at_a_time() {
        let chat = Settings { temperature: Some(0.0), ..Settings::default() };
        let workspace = Settings { temperature: Some(1.0), max_tokens: Some(5), ..Settings::default() };
        let both = chat.or(workspace);
        assert_eq!((both.temperature, both.max_tokens, both.model), (Some(0.0), Some(5), None));
    }
}
