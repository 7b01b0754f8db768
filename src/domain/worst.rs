//! What a reply may come to at worst, which budgets are asked for before a model is.

use super::{budget::BudgetUnit, limits::ROUND_TOKENS, model::Prices};

/// A token is hardly ever less than three bytes: English has four and a half, other alphabets two letters, Chinese and
/// Japanese one character of three. What is rarer (digits, emoji) is made up for by all the rest.
const BYTES_PER_TOKEN: u64 = 3;

/// What a message costs beside its text: who speaks, and where it begins and ends. OpenAI counts 3 to 4.
const TOKENS_PER_MESSAGE: u64 = 8;

/// The most that one reply is taken for, in any unit: a million dollars. So the sums of many still fit.
pub const MOST_OF_ONE: i64 = 1_000_000_000_000_000;

/// What a reply may come to at worst, as far as it is known when it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worst {
    /// How many bytes the model is told before everything else.
    pub instructions: u64,
    /// How many tokens it may write.
    pub max_tokens: u64,
    /// Whether it may be given tools.
    pub tools: bool,
    /// How many tokens it can take in, if that is known.
    pub context: Option<u64>,
    /// What it costs.
    pub prices: Prices,
}

impl Worst {
    /// How many tokens it reads at most of a conversation of so many bytes in so many messages: never more than it can
    /// take in.
    #[must_use]
    pub fn prompt_tokens(&self, bytes: u64, messages: u64) -> u64 {
        let text = bytes.saturating_add(self.instructions).div_ceil(BYTES_PER_TOKEN);
        // One more for the instructions.
        let around = messages.saturating_add(1).saturating_mul(TOKENS_PER_MESSAGE);
        let tokens = text.saturating_add(around);
        self.context.map_or(tokens, |context| tokens.min(context))
    }

    /// How many tokens it reads and writes at most in so many rounds: in each it reads `prompt` tokens, and what it wrote in
    /// those before. What it may write is for all of them together, but for the little that each may.
    #[must_use]
    pub fn in_rounds(&self, prompt: u64, rounds: u64) -> (u64, u64) {
        let most = self.context.unwrap_or(u64::MAX);
        let little = self.max_tokens.min(u64::from(ROUND_TOKENS));
        let written = |rounds: u64| match rounds {
            0 => 0,
            some => self.max_tokens.saturating_add((some - 1).saturating_mul(little)),
        };
        let reads = |round: u64| prompt.saturating_add(written(round)).min(most);
        let read = (0..rounds).map(reads).fold(0, u64::saturating_add);
        (read, written(rounds))
    }

    /// How much of a unit so many tokens take, read and written; `None` if the price is not known.
    #[must_use]
    pub fn amount(&self, unit: BudgetUnit, (read, written): (u64, u64)) -> Option<i64> {
        match unit {
            BudgetUnit::Dollars => self.prices.cost(read, written).map(|cost| cost.0.min(MOST_OF_ONE)),
            BudgetUnit::Tokens => {
                let tokens = read.saturating_add(written);
                Some(i64::try_from(tokens).unwrap_or(MOST_OF_ONE).min(MOST_OF_ONE))
            }
            BudgetUnit::Requests => Some(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;

    #[test]
    fn the_worst_is_never_less_than_what_is_said_and_never_more_than_fits() {
        let worst = Worst { instructions: 30, max_tokens: 100, context: None, tools: true, prices: Prices::default() };
        assert_eq!(worst.prompt_tokens(300, 3), 110 + 4 * TOKENS_PER_MESSAGE);
        let small = Worst { context: Some(50), ..worst };
        assert_eq!(small.prompt_tokens(u64::MAX, 3), 50);
        assert_eq!(small.amount(BudgetUnit::Tokens, (50, 100)), Some(150));
        assert_eq!(small.amount(BudgetUnit::Requests, (50, 100)), Some(1));
        assert_eq!(worst.amount(BudgetUnit::Tokens, (u64::MAX, 100)), Some(MOST_OF_ONE));
    }

    #[test]
    fn in_each_round_it_reads_what_it_wrote_in_those_before() {
        let worst = Worst { max_tokens: 100, ..Worst::default() };
        assert_eq!(worst.in_rounds(1_000, 1), (1_000, 100));
        assert_eq!(worst.in_rounds(1_000, 3), (1_000 + 1_100 + 1_200, 300));
        assert_eq!(Worst { context: Some(1_050), ..worst }.in_rounds(1_000, 3), (1_000 + 1_050 + 1_050, 300));
        // Of many tokens each later round may write a little when the others have taken all of them.
        let thinker = Worst { max_tokens: 16_000, ..worst };
        assert_eq!(thinker.in_rounds(500, 3), (500 + 16_500 + 17_500, 18_000));
        assert_eq!(thinker.in_rounds(500, 0), (0, 0));
    }

    #[test]
    fn what_a_model_without_a_price_costs_is_not_known() {
        let worst = Worst { max_tokens: 1_000, ..Worst::default() };
        assert_eq!(worst.amount(BudgetUnit::Dollars, (1_000, 1_000)), None);
        let prices = Prices { input: Some(Money(10)), output: Some(Money(30)) };
        assert_eq!(Worst { prices, ..worst }.amount(BudgetUnit::Dollars, (1_000, 1_000)), Some(40));
    }
}
