//! Money: whole nano-dollars, so that a token of the cheapest model is still counted and sums are exact.

use std::{fmt, iter::Sum};

use serde::{Deserialize, Serialize};

/// Nano-dollars in a dollar.
pub const NANOS_PER_DOLLAR: i64 = 1_000_000_000;

/// Prices are for so many tokens.
pub const TOKENS_PER_PRICE: u64 = 1_000;

/// An amount of money, never negative in what this program makes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(
    /// In nano-dollars.
    pub i64,
);

impl Money {
    /// What so many tokens cost at a price for [`TOKENS_PER_PRICE`] of them. A part of a nano-dollar counts as a whole one:
    /// what is free is free, and nothing else is.
    #[must_use]
    pub fn of_tokens(tokens: u64, price: Self) -> Self {
        let exact = u128::from(tokens) * u128::from(price.0.unsigned_abs());
        Self(i64::try_from(exact.div_ceil(u128::from(TOKENS_PER_PRICE))).unwrap_or(i64::MAX))
    }

    /// The two together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// An amount in dollars as somebody wrote it: digits, and at most nine of them after a point.
    #[must_use]
    pub fn from_dollars(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('$');
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 9 || (whole.is_empty() && part.is_empty()) {
            return None;
        }
        let dollars: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let nanos: i64 = format!("{part:0<9}").parse().ok()?;
        dollars.checked_mul(NANOS_PER_DOLLAR)?.checked_add(nanos).map(Self)
    }

    /// The amount in dollars, with all of its digits and no sign: what [`Money::from_dollars`] reads.
    #[must_use]
    pub fn dollars(self) -> String {
        let (whole, part) = (self.0 / NANOS_PER_DOLLAR, (self.0 % NANOS_PER_DOLLAR).unsigned_abs());
        let part = format!("{part:09}");
        let part = part.trim_end_matches('0');
        if part.is_empty() { whole.to_string() } else { format!("{whole}.{part}") }
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Self::plus)
    }
}

/// Dollars for people: cents from a dollar on, else as many digits as it takes to see two of them. Never $0.00 for what is
/// not free.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CENT: i64 = NANOS_PER_DOLLAR / 100;
        if self.0 == 0 {
            return f.write_str("$0.00");
        }
        if self.0 >= CENT * 10 {
            let cents = self.0 / CENT + i64::from(self.0 % CENT >= CENT / 2);
            return write!(f, "${}.{:02}", cents / 100, cents % 100);
        }
        // The first two digits that are not 0, rounded down: little money is not worth more words.
        let nanos = format!("{:09}", self.0.max(0));
        let first = nanos.find(|digit| digit != '0').unwrap_or_default();
        let shown = nanos.get(..(first + 2).min(nanos.len())).unwrap_or_default();
        write!(f, "$0.{}", shown.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cost_their_share_of_the_price_and_never_nothing_unless_they_are_free() {
        assert_eq!(Money::of_tokens(1_000, Money(150_000)), Money(150_000));
        assert_eq!(Money::of_tokens(1_500, Money(150_000)), Money(225_000));
        assert_eq!(Money::of_tokens(1, Money(1)), Money(1));
        assert_eq!(Money::of_tokens(1_000_000, Money(0)), Money(0));
        assert_eq!(Money::of_tokens(u64::MAX, Money(i64::MAX)), Money(i64::MAX));
    }

    #[test]
    fn dollars_are_read_as_they_are_written() {
        assert_eq!(Money::from_dollars(" $1.5 "), Some(Money(1_500_000_000)));
        assert_eq!(Money::from_dollars(".000000001"), Some(Money(1)));
        assert_eq!(Money::from_dollars("3"), Some(Money(3_000_000_000)));
        for wrong in ["", ".", "-1", "1e3", "1,000", "1.0000000001", "99999999999", "one"] {
            assert_eq!(Money::from_dollars(wrong), None, "{wrong:?}");
        }
        for amount in [0, 1, 1_500_000_000, 150_000] {
            assert_eq!(Money::from_dollars(&Money(amount).dollars()), Some(Money(amount)));
        }
    }

    #[test]
    fn people_read_cents_and_of_less_two_digits() {
        let shown = |nanos| Money(nanos).to_string();
        assert_eq!(shown(0), "$0.00");
        assert_eq!(shown(1_234_567_890), "$1.23");
        assert_eq!(shown(1_999_999_999), "$2.00");
        assert_eq!(shown(12_345_678), "$0.012");
        assert_eq!(shown(150_000), "$0.00015");
        assert_eq!(shown(1), "$0.000000001");
    }
}
