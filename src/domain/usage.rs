//! What was used and what it cost, in sums.

use serde::{Deserialize, Serialize};

use super::{day::Day, error::AppError, id::WorkspaceId, money::Money, words::words};
use crate::texts::usage as texts;

/// The most days that are looked at together: a year.
pub const MOST_DAYS: i64 = 366;

words!(
    /// What a model was asked for.
    UsageKind {
        /// A reply.
        Reply = "reply",
        /// A title for a chat.
        Title = "title",
        /// Whether a prompt may be sent.
        Moderation = "moderation",
    }
);

words!(
    /// The days that one looks at most.
    UsagePeriod {
        /// Today.
        Today = "today",
        /// Today and the six days before.
        Week = "week",
        /// Today and the 29 days before.
        ThirtyDays = "thirty_days",
        /// This month until today.
        Month = "month",
    }
);

words!(
    /// What of the sums is drawn.
    Measure {
        /// What it cost.
        Cost = "cost",
        /// How many tokens.
        Tokens = "tokens",
        /// How many replies.
        Requests = "requests",
    }
);

impl UsagePeriod {
    /// Its first day, if this is its last one.
    #[must_use]
    pub fn begins(self, today: Day) -> Day {
        match self {
            Self::Today => today,
            Self::Week => today.plus(-6),
            Self::ThirtyDays => today.plus(-29),
            Self::Month => today.month(),
        }
    }
}

/// The first and the last of the days that are wanted: the ones that are named, else those of a period that ends today, else
/// the last 30.
///
/// # Errors
/// `Invalid` if a day is none, the last is before the first, or they are more than [`MOST_DAYS`].
pub fn span(
    period: Option<UsagePeriod>,
    from: Option<&str>,
    to: Option<&str>,
    today: Day,
) -> Result<(Day, Day), AppError> {
    let day = |text: Option<&str>| {
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| text.parse::<Day>().map_err(|_| AppError::invalid(texts::NO_DAY))).transpose()
    };
    let period = period.unwrap_or(UsagePeriod::ThirtyDays);
    let (from, to) = match (day(from)?, day(to)?) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, today.max(from)),
        (None, Some(to)) => (period.begins(to), to),
        (None, None) => (period.begins(today), today),
    };
    if to < from {
        return Err(AppError::invalid(texts::BACKWARDS));
    }
    if to.number() - from.number() >= MOST_DAYS {
        return Err(AppError::invalid(texts::TOO_LONG));
    }
    Ok((from, to))
}

/// Sums of what was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// How many replies.
    pub requests: u64,
    /// Tokens that models read.
    pub prompt_tokens: u64,
    /// Tokens that they wrote, reasoning included.
    pub completion_tokens: u64,
    /// Of those, tokens of reasoning.
    pub reasoning_tokens: u64,
    /// Of the prompts', tokens that the providers had cached.
    pub cached_tokens: u64,
    /// What it cost, without what has no known price.
    pub cost: Money,
    /// How often the price was not known: what that cost is not in the sum.
    pub unpriced: u64,
}

impl Sums {
    /// Read and written together.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    /// How much of a measure.
    #[must_use]
    pub fn measured(&self, measure: Measure) -> u64 {
        match measure {
            Measure::Cost => self.cost.0.unsigned_abs(),
            Measure::Tokens => self.total_tokens(),
            Measure::Requests => self.requests,
        }
    }
}

/// What one reply came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Tokens read and written.
    pub tokens: u64,
    /// What they cost; none if the price was not known.
    pub cost: Option<Money>,
    /// Whether it was counted here, since the provider said nothing.
    pub estimated: bool,
}

/// What a person, a model or a day used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The person's name, what the provider calls the model, or the day.
    pub name: String,
    /// The person's address, or the provider's name; often empty.
    pub detail: String,
    /// How much.
    pub sums: Sums,
}

/// What was used in some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    /// The workspace in which it was used.
    pub workspace: WorkspaceId,
    /// The first of the days, by UTC.
    pub from: Day,
    /// The last of them.
    pub to: Day,
    /// Whether it is everybody's; else it is the reader's own.
    pub everybody: bool,
    /// All of it.
    pub sums: Sums,
    /// By person, the largest share first.
    pub people: Vec<Share>,
    /// By model, the largest share first.
    pub models: Vec<Share>,
    /// By day, the newest first; days without usage are left out.
    pub days: Vec<Share>,
    /// Pictures of the last three, as SVG.
    pub charts: Charts,
}

/// Pictures of what was used, as SVG: what they show is in the tables too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charts {
    /// A column a day, from the first to the last.
    pub days: String,
    /// A bar a person.
    pub people: String,
    /// A bar a model.
    pub models: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_ends_today_and_has_as_many_days_as_it_says() {
        let today: Day = "2026-11-21".parse().unwrap();
        let begins = |period: UsagePeriod| period.begins(today).to_string();
        assert_eq!(begins(UsagePeriod::Today), "2026-11-21");
        assert_eq!(begins(UsagePeriod::Week), "2026-11-15");
        assert_eq!(begins(UsagePeriod::ThirtyDays), "2026-10-23");
        assert_eq!(begins(UsagePeriod::Month), "2026-11-01");
    }

    #[test]
    fn days_that_are_named_go_before_a_period_and_have_to_make_sense() {
        let today: Day = "2026-11-21".parse().unwrap();
        let spans = |period, from, to| {
            span(period, from, to, today).map(|(from, to)| format!("{from} {to}")).map_err(|error| error.to_string())
        };
        let spanning = |text: &str| Ok(text.to_owned());
        assert_eq!(spans(None, None, Some("")), spanning("2026-10-23 2026-11-21"));
        let week = Some(UsagePeriod::Week);
        assert_eq!(spans(week, Some("2026-01-01"), Some("2026-01-02")), spanning("2026-01-01 2026-01-02"));
        assert_eq!(spans(week, Some("2026-11-20"), None), spanning("2026-11-20 2026-11-21"));
        assert_eq!(spans(week, None, Some("2026-01-07")), spanning("2026-01-01 2026-01-07"));
        assert!(spans(None, Some("2025-11-21"), None).is_ok());
        assert_eq!(spans(None, Some("2025-11-20"), None), Err(texts::TOO_LONG.to_owned()));
        assert_eq!(spans(None, Some("2026-01-02"), Some("2026-01-01")), Err(texts::BACKWARDS.to_owned()));
        assert_eq!(spans(None, Some("yesterday"), None), Err(texts::NO_DAY.to_owned()));
    }
}
