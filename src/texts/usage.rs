//! What was used, and what it cost.

use crate::domain::{
    money::Money,
    usage::{Measure, Spent, Sums, UsagePeriod},
};

pub const USAGE: &str = "Usage";
pub const LEAD_ALL: &str = "What everybody in this workspace used. Days are days of UTC.";
pub const LEAD_OWN: &str = "What you used in this workspace. Days are days of UTC.";
pub const PERIOD: &str = "Period";
pub const DAYS: &str = "Days";
pub const DRAWN: &str = "Drawn";
pub const FROM: &str = "From";
pub const TO: &str = "To";
pub const SHOW: &str = "Show";
pub const CSV: &str = "Download as CSV";
pub const TOTAL: &str = "Total";
pub const COST: &str = "Cost";
pub const REPLIES: &str = "Replies";
pub const TOKENS: &str = "Tokens";
pub const READ: &str = "Read";
pub const WRITTEN: &str = "Written";
pub const THOUGHT: &str = "of those, thinking";
pub const CACHED: &str = "of those, cached";
pub const BY_DAY: &str = "By day";
pub const BY_PERSON: &str = "By person";
pub const BY_MODEL: &str = "By model";
pub const DAY: &str = "Day";
pub const PERSON: &str = "Person";
pub const MODEL: &str = "Model";
pub const NOTHING: &str = "Nothing was used in these days.";
pub const UNKNOWN: &str = "unknown";
pub const UNKNOWN_PRICE: &str = "Some of it has no known price: what that cost is not in the sums.";
pub const NO_DAY: &str = "A day is written like 2026-11-21. Choose it again.";
pub const BACKWARDS: &str = "The last day is before the first one. Choose them again.";
pub const TOO_LONG: &str = "At most a year can be looked at together. Choose fewer days.";
pub const BAD_QUERY: &str = "The address of the file makes no sense. Download it from the page of usage.";
pub const CSV_SUBJECT: &str = "usage as CSV";

/// The head of the file.
pub const CSV_COLUMNS: [&str; 13] = [
    "day",
    "person",
    "email",
    "provider",
    "model",
    "replies",
    "prompt_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "cached_tokens",
    "total_tokens",
    "cost_dollars",
    "without_known_price",
];

/// A period, as one chooses it.
#[must_use]
pub fn period(period: UsagePeriod) -> &'static str {
    match period {
        UsagePeriod::Today => "Today",
        UsagePeriod::Week => "7 days",
        UsagePeriod::ThirtyDays => "30 days",
        UsagePeriod::Month => "This month",
    }
}

/// What is drawn, as one chooses it.
#[must_use]
pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Cost => COST,
        Measure::Tokens => TOKENS,
        Measure::Requests => REPLIES,
    }
}

/// So much of a measure: `$0.42`, `1,204`.
#[must_use]
pub fn measured(measure: Measure, value: u64) -> String {
    match measure {
        Measure::Cost => money(i64::try_from(value).unwrap_or(i64::MAX)),
        Measure::Tokens | Measure::Requests => grouped(value),
    }
}

/// What something cost: `$0.42`, `unknown`, `$0.42 and unknown`.
#[must_use]
pub fn cost(sums: &Sums) -> String {
    match (sums.cost.0, sums.unpriced) {
        (_, 0) => money(sums.cost.0),
        (0, _) => UNKNOWN.to_owned(),
        _ => format!("{} and {UNKNOWN}", money(sums.cost.0)),
    }
}

/// What a chat came to: `This chat: 1,204 tokens · $0.02`.
#[must_use]
pub fn chat(sums: &Sums) -> String {
    format!("This chat: {} tokens · {}", grouped(sums.total_tokens()), cost(sums))
}

/// What a reply came to: `1,204 tokens · $0.02`, or about that.
#[must_use]
pub fn spent(spent: &Spent) -> String {
    let about = if spent.estimated { "about " } else { "" };
    let tokens = format!("{about}{} tokens", grouped(spent.tokens));
    match spent.cost {
        Some(cost) => format!("{tokens} · {about}{cost}"),
        None => tokens,
    }
}

/// What a chart shows, for those who do not see it.
#[must_use]
pub fn chart(of: &str, measure: Measure) -> String {
    format!("{of}: {}", self::measure(measure).to_lowercase())
}

/// What is the most in a chart, for those who do not see it.
#[must_use]
pub fn most(most: &str) -> String {
    format!("The most is {most}. The table has all figures.")
}

/// From when to when.
#[must_use]
pub fn days(from: &str, to: &str) -> String {
    if from == to { from.to_owned() } else { format!("{from} to {to}") }
}

/// Dollars for people.
#[must_use]
pub fn money(nanos: i64) -> String {
    Money(nanos).to_string()
}

/// A number with a comma between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1_204, 1_234_567].map(grouped), ["0", "999", "1,204", "1,234,567"]);
    }

    #[test]
    fn what_is_not_known_is_not_said_to_be_free() {
        let sums = |cost, unpriced| Sums { cost: Money(cost), unpriced, ..Sums::default() };
        assert_eq!(cost(&sums(0, 0)), "$0.00");
        assert_eq!(cost(&sums(0, 2)), "unknown");
        assert_eq!(cost(&sums(20_000_000, 1)), "$0.02 and unknown");
        assert_eq!(spent(&Spent { tokens: 1_204, cost: None, estimated: false }), "1,204 tokens");
        let about = Spent { tokens: 12, cost: Some(Money(20_000_000)), estimated: true };
        assert_eq!(spent(&about), "about 12 tokens · about $0.02");
    }
}
