//! What is known of models whose provider's list says little: a small table that comes with the program.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use crate::domain::model_facts::ModelFacts;

/// The table: prices are nano-dollars for 1,000 tokens. It has models of which the price is published and the same for
/// everybody; whoever pays another one says so on the model's page.
const TABLE: &str = include_str!("known.json");

/// The table, and where it comes from.
#[derive(Debug, Default, Deserialize)]
pub struct Known {
    /// Whose words these are.
    pub source: String,
    /// Of which day.
    pub date: String,
    models: HashMap<String, ModelFacts>,
}

/// The table, read once.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    serde_json::from_str(TABLE).unwrap_or_else(|error| {
        tracing::error!(%error, "the table of known models cannot be read");
        Known::default()
    })
});

impl Known {
    /// The one that there is.
    #[must_use]
    pub fn table() -> &'static Self {
        &KNOWN
    }

    /// What is known of a model, by what its provider calls it. Variants that bear a date are what the model is without it,
    /// unless they are named themselves. What somebody else resells under a longer name can do the same, at a price of its
    /// own.
    #[must_use]
    pub fn of(&self, model: &str) -> ModelFacts {
        let model = model.to_lowercase();
        let whole = model.strip_prefix("models/").unwrap_or(&model);
        let (reseller, name) = whole.rsplit_once('/').map_or((None, whole), |(before, name)| (Some(before), name));
        let facts = self.models.get(name).or_else(|| self.models.get(undated(name)?));
        let facts = facts.cloned().unwrap_or_default();
        if reseller.is_some() { ModelFacts { input: None, output: None, ..facts } } else { facts }
    }
}

/// The name without the date, or the word for the newest, at its end: `-2024-11-20`, `-20241120`, `-001`, `-latest`.
fn undated(name: &str) -> Option<&str> {
    let is = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let (rest, last) = name.rsplit_once('-')?;
    if last == "latest" || is(last, 8) || is(last, 3) {
        return Some(rest);
    }
    let (rest, month) = rest.rsplit_once('-')?;
    let (rest, year) = rest.rsplit_once('-')?;
    (is(year, 4) && is(month, 2) && is(last, 2)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    fn price(model: &str) -> Option<Money> {
        Known::table().of(model).input
    }

    #[test]
    fn the_table_says_where_it_comes_from_and_every_entry_has_a_price_and_a_length() {
        let table = Known::table();
        assert!(!table.source.is_empty() && table.date.parse::<crate::domain::day::Day>().is_ok());
        assert!(table.models.len() > 30);
        for (id, facts) in &table.models {
            assert!(facts.input.is_some() && facts.output >= facts.input && facts.context_length.is_some(), "{id}");
            assert_eq!(*id, id.to_lowercase());
        }
    }

    #[test]
    fn a_dated_variant_is_what_the_model_is_unless_it_has_a_line_of_its_own() {
        // $0.15 for a million tokens.
        assert_eq!(price("gpt-4o-mini"), Some(Money(150_000)));
        for same in ["gpt-4o-2024-11-20", "GPT-4o", "gpt-4o-latest"] {
            assert_eq!(price(same), Some(Money(2_500_000)), "{same}");
        }
        assert_eq!(price("gpt-4o-2024-05-13"), Some(Money(5_000_000)));
        assert_eq!(price("claude-sonnet-4-5-20250929"), price("claude-sonnet-4-5"));
        assert_eq!(price("models/gemini-2.0-flash-001"), price("gemini-2.0-flash"));
    }

    #[test]
    fn nothing_is_made_up() {
        for unknown in
            ["", "-", "gpt-4o-2024", "gpt-4o-11-20", "gpt-4o-mini-chat", "llama3.2", "語-20241120", "gpt-4o/"]
        {
            assert_eq!(Known::table().of(unknown), ModelFacts::default(), "{unknown}");
        }
        let resold = Known::table().of("openai/gpt-4o");
        assert_eq!((resold.vision, resold.input, resold.output), (Some(true), None, None));
    }
}
