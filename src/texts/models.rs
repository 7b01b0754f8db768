//! The catalogue of models.

use crate::domain::{
    model::Capability,
    model_facts::{LONGEST_CONTEXT, ModelFacts, per_million},
    money::Money,
};

pub const MODELS: &str = "Models";
pub const LEAD: &str = "What can be chosen in this workspace. Prices are dollars for a million tokens.";
pub const MODEL: &str = "Model";
pub const FILTER: &str = "Filter";
pub const SHOW: &str = "Show";
pub const CLEAR: &str = "Show all";
pub const PROVIDER: &str = "Provider";
pub const ANY_PROVIDER: &str = "Any provider";
pub const CAPABILITY: &str = "Capability";
pub const ANY_CAPABILITY: &str = "Any capability";
pub const NAMED: &str = "Name";
pub const NONE: &str = "No model is like that. Add a provider, or have its models listed anew.";
pub const COLUMNS: [&str; 5] = ["Model", "Context", "Price in", "Price out", "Offered"];
pub const UNKNOWN: &str = "unknown";
pub const FREE: &str = "free";
pub const GONE: &str = "gone";
pub const GONE_LEAD: &str = "Its provider does not list it any more. It cannot be chosen.";
pub const OFFERED: &str = "Offered";
pub const NOT_OFFERED: &str = "Not offered";
pub const OFFER: &str = "Offer";
pub const WITHDRAW: &str = "Withdraw";
pub const PROVIDER_OFF: &str = "provider off";
pub const NEXT: &str = "Next";
pub const PREVIOUS: &str = "Previous";
pub const PAGES: &str = "Pages";

pub const EDIT_LEAD: &str =
    "What is entered here holds in this workspace, in place of what is known. What is left empty stays as it is known.";
pub const MAY_CHOOSE: &str = "People may choose it";
pub const CONTEXT: &str = "Context in tokens";
pub const PRICE_IN: &str = "Price in";
pub const PRICE_OUT: &str = "Price out";
pub const SAVE: &str = "Save";
pub const YES: &str = "Yes";
pub const NO: &str = "No";
pub const NAME_AT_PROVIDER: &str = "Name at the provider";

/// What a model can do.
#[must_use]
pub fn capability(capability: Capability) -> &'static str {
    match capability {
        Capability::Vision => "Vision",
        Capability::Audio => "Audio",
        Capability::Tools => "Tools",
        Capability::Reasoning => "Reasoning",
    }
}

/// A price, for a million tokens.
#[must_use]
pub fn price(price: Option<Money>) -> String {
    match price {
        None => UNKNOWN.to_owned(),
        Some(Money(0)) => FREE.to_owned(),
        Some(price) => {
            let dollars = per_million(price).dollars();
            let (whole, part) = dollars.split_once('.').unwrap_or((&dollars, ""));
            format!("${whole}.{part:0<2}")
        }
    }
}

/// A number of tokens, in groups of three.
#[must_use]
pub fn tokens(number: Option<u64>) -> String {
    let Some(number) = number else { return UNKNOWN.to_owned() };
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// What is known where nothing is entered.
#[must_use]
pub fn known_as(known: &str) -> String {
    format!("Known: {known}.")
}

#[must_use]
pub fn known_price(known: Option<Money>) -> String {
    format!("Dollars for a million tokens. {}", known_as(&price(known)))
}

/// The choice to leave it as it is known.
#[must_use]
pub fn as_known(known: Option<bool>) -> String {
    let known = match known {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    };
    format!("As known ({known})")
}

/// How many there are, and of which page.
#[must_use]
pub fn count(count: u64, page: u64, pages: u64) -> String {
    let models = super::providers::models(count);
    if pages > 1 { format!("{models}, page {page} of {pages}") } else { models }
}

/// Where the prices come from that providers do not say.
#[must_use]
pub fn source(source: &str, date: &str) -> String {
    format!("Prices and capabilities that a provider does not list itself are from {source}, as of {date}.")
}

#[must_use]
pub fn context_unfit() -> String {
    format!("{CONTEXT}: a whole number from 1 to {LONGEST_CONTEXT}. Change it and save again.")
}

#[must_use]
pub fn price_unfit(field: &str) -> String {
    format!("{field}: dollars for a million tokens, like 2.50, up to 1000000. Change it and save again.")
}

/// What a button does, and to what.
#[must_use]
pub fn to_model(action: &str, model: &str) -> String {
    format!("{action} {model}")
}

/// What the audit log says of a model that was switched.
#[must_use]
pub fn switched(enabled: bool) -> &'static str {
    if enabled { super::providers::SWITCHED_ON } else { super::providers::SWITCHED_OFF }
}

/// What the audit log says of a model of which something is said.
#[must_use]
pub fn edited(edits: &ModelFacts, enabled: bool) -> String {
    let can = |name: &str, can: Option<bool>| can.map(|can| format!("{name}: {}", if can { "yes" } else { "no" }));
    let said = [
        (!enabled).then(|| switched(false).to_owned()),
        edits.context_length.map(|length| format!("context {length}")),
        edits.input.map(|input| format!("price in {}", price(Some(input)))),
        edits.output.map(|output| format!("price out {}", price(Some(output)))),
        can("vision", edits.vision),
        can("audio", edits.audio),
        can("tools", edits.tools),
        can("reasoning", edits.reasoning),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "as it is known".to_owned() } else { said.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_dollars_for_a_million_tokens_and_unknown_is_not_free() {
        let shown = |nanos: i64| price(Some(Money(nanos)));
        assert_eq!(
            [shown(150_000), shown(2_500_000), shown(3_000_000), shown(75_000)],
            ["$0.15", "$2.50", "$3.00", "$0.075"]
        );
        assert_eq!((shown(0), price(None)), ("free".to_owned(), "unknown".to_owned()));
    }

    #[test]
    fn what_nobody_knows_is_not_said_to_be_missing() {
        assert_eq!(
            [Some(true), Some(false), None].map(as_known),
            ["As known (yes)", "As known (no)", "As known (not known)"]
        );
    }

    #[test]
    fn tokens_are_read_in_groups_of_three() {
        assert_eq!(
            [tokens(Some(1)), tokens(Some(8_192)), tokens(Some(1_047_576)), tokens(None)],
            ["1", "8,192", "1,047,576", "unknown"]
        );
    }
}
