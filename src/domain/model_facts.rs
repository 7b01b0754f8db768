//! What is said of a model: by its provider, by what comes with this program, by the admins of a workspace.

use serde::{Deserialize, Serialize};

use super::{
    id::WorkspaceId,
    model::Model,
    money::{Money, TOKENS_PER_PRICE},
};

/// People write and read prices for so many tokens, as providers publish them.
const SHOWN_TOKENS: u64 = 1_000_000;

/// The highest price that is taken, in dollars for a million tokens: a thousand times that of the dearest model.
const HIGHEST_PRICE: Money = Money(1_000_000 * super::money::NANOS_PER_DOLLAR);

/// The longest context that is taken, in tokens: ten times the longest that there is.
pub const LONGEST_CONTEXT: u64 = 100_000_000;

/// What is said of a model. What is not said is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFacts {
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
    /// How many tokens it can take in, its answer included.
    #[serde(default)]
    pub context_length: Option<u64>,
    /// How many tokens it can write.
    #[serde(default)]
    pub max_output: Option<u64>,
    /// What 1,000 tokens cost that it reads.
    #[serde(default)]
    pub input: Option<Money>,
    /// What 1,000 tokens cost that it writes.
    #[serde(default)]
    pub output: Option<Money>,
    /// Whether it can look at pictures.
    #[serde(default)]
    pub vision: Option<bool>,
    /// Whether it can listen.
    #[serde(default)]
    pub audio: Option<bool>,
    /// Whether it can call tools.
    #[serde(default)]
    pub tools: Option<bool>,
    /// Whether it can think before it speaks.
    #[serde(default)]
    pub reasoning: Option<bool>,
}

impl ModelFacts {
    /// These, and what others say where they say nothing.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            name: self.name.or(others.name),
            description: self.description.or(others.description),
            context_length: self.context_length.or(others.context_length),
            max_output: self.max_output.or(others.max_output),
            input: self.input.or(others.input),
            output: self.output.or(others.output),
            vision: self.vision.or(others.vision),
            audio: self.audio.or(others.audio),
            tools: self.tools.or(others.tools),
            reasoning: self.reasoning.or(others.reasoning),
        }
    }
}

/// A model on its page, for those who may change what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelDetails {
    /// The workspace in which it is looked at.
    pub workspace: WorkspaceId,
    /// What it is in the workspace, all told.
    pub model: Model,
    /// What its provider and this program say.
    pub known: ModelFacts,
    /// What the admins of the workspace say in place of it.
    pub edits: ModelFacts,
}

/// A price as people read it: for a million tokens.
#[must_use]
pub fn per_million(price: Money) -> Money {
    Money(price.0.saturating_mul(i64::try_from(SHOWN_TOKENS / TOKENS_PER_PRICE).unwrap_or(1)))
}

/// A price as somebody wrote it, in dollars for a million tokens. A part of what is counted counts as a whole one: what is
/// free is free, and nothing else is.
#[must_use]
pub fn price_from(dollars: &str) -> Option<Money> {
    let given = Money::from_dollars(dollars).filter(|given| *given <= HIGHEST_PRICE)?;
    let nanos = given.0.unsigned_abs().div_ceil(SHOWN_TOKENS / TOKENS_PER_PRICE);
    i64::try_from(nanos).ok().map(Money)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_first_holds_and_the_rest_is_filled_in() {
        let first = ModelFacts { context_length: Some(8), vision: Some(false), ..ModelFacts::default() };
        let others =
            ModelFacts { context_length: Some(16), vision: Some(true), tools: Some(true), ..ModelFacts::default() };
        let both = first.or(others);
        assert_eq!(
            (both.context_length, both.vision, both.tools, both.audio),
            (Some(8), Some(false), Some(true), None)
        );
    }

    #[test]
    fn prices_are_written_for_a_million_tokens_and_kept_for_a_thousand() {
        assert_eq!(price_from("0.15"), Some(Money(150_000)));
        assert_eq!(per_million(Money(150_000)).dollars(), "0.15");
        assert_eq!(price_from("$3"), Some(Money(3_000_000)));
        assert_eq!((price_from("0"), price_from("0.000000001")), (Some(Money(0)), Some(Money(1))));
        for wrong in ["", "-1", "1e3", "1000001", "free"] {
            assert_eq!(price_from(wrong), None, "{wrong:?}");
        }
    }
}
