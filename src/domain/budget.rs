//! Budgets: how much of what may be used in a day or a month.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{
    day::Day,
    id::{BudgetId, UserId, WorkspaceId},
    member::PersonSummary,
    money::Money,
    words::words,
};

/// The most that a budget may be, in its unit: a billion dollars.
pub const MOST: i64 = 1_000_000_000_000_000_000;

words!(
    /// Whom a budget binds.
    BudgetScope {
        /// All people of the workspace together.
        Workspace = "workspace",
        /// Everybody for themselves.
        Everybody = "everybody",
        /// One person.
        Person = "person",
    }
);

words!(
    /// After how long a budget begins anew, by UTC.
    BudgetPeriod {
        /// At midnight.
        Day = "day",
        /// On the first of the month.
        Month = "month",
    }
);

words!(
    /// What a budget counts.
    BudgetUnit {
        /// What it cost.
        Dollars = "dollars",
        /// Tokens, read and written.
        Tokens = "tokens",
        /// Replies.
        Requests = "requests",
    }
);

impl BudgetPeriod {
    /// The first day of the period that a day is in.
    #[must_use]
    pub fn begins(self, day: Day) -> Day {
        match self {
            Self::Day => day,
            Self::Month => day.month(),
        }
    }

    /// The first day of the period after the one that a day is in.
    #[must_use]
    pub fn begins_anew(self, day: Day) -> Day {
        match self {
            Self::Day => day.plus(1),
            Self::Month => day.next_month(),
        }
    }
}

impl BudgetUnit {
    /// An amount as somebody wrote it: dollars, or a whole number. `None` if it is neither, or more than [`MOST`].
    #[must_use]
    pub fn read(self, text: &str) -> Option<i64> {
        let amount = match self {
            Self::Dollars => Money::from_dollars(text)?.0,
            Self::Tokens | Self::Requests => {
                let digits: String = text.trim().chars().filter(|c| *c != ',').collect();
                if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                digits.parse().ok()?
            }
        };
        (0..=MOST).contains(&amount).then_some(amount)
    }

    /// An amount with all of its digits and nothing else: what [`BudgetUnit::read`] reads.
    #[must_use]
    pub fn written(self, amount: i64) -> String {
        match self {
            Self::Dollars => Money(amount).dollars(),
            Self::Tokens | Self::Requests => amount.to_string(),
        }
    }
}

/// A budget of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Its id.
    pub id: BudgetId,
    /// Whom it binds.
    pub scope: BudgetScope,
    /// The person, if it binds one alone.
    pub person: Option<UserId>,
    /// The person's name.
    pub name: Option<String>,
    /// After how long it begins anew.
    pub period: BudgetPeriod,
    /// What it counts.
    pub unit: BudgetUnit,
    /// How much of that: nano-dollars, tokens or requests.
    pub amount: i64,
    /// Whether what goes beyond it is refused; else it is only warned of.
    pub hard: bool,
}

/// How much of a budget is used up, in its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetUse {
    /// Whose share it is; empty if it is the workspace's, or that of the one person whom it binds.
    pub name: String,
    /// What was used.
    pub spent: i64,
    /// What the replies may come to that are running.
    pub reserved: i64,
}

impl BudgetUse {
    /// What is used and what may be.
    #[must_use]
    pub fn taken(&self) -> i64 {
        self.spent.saturating_add(self.reserved)
    }
}

/// A budget and how it stands in the period that is running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetState {
    /// The budget.
    pub budget: Budget,
    /// How much of it is used up; of one that binds everybody for themselves, by those who used most.
    pub uses: Vec<BudgetUse>,
    /// When it begins anew: the first day of the next period, by UTC.
    pub anew: Day,
}

/// Whether something may be used that was never reserved; of several budgets the greatest decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unreserved {
    /// There is something left.
    Now,
    /// There is nothing left but what running replies have reserved, of which they hardly ever use all.
    Later,
    /// All is used, until the budget begins anew.
    Never,
}

/// How many budgets are told of before somebody sends: those of which the least is left.
const TOLD: usize = 2;

impl BudgetState {
    /// Whether more than half of it is used up, or nothing may be used of it at all.
    #[must_use]
    pub fn runs_out(&self) -> bool {
        self.taken() > self.budget.amount / 2 || (self.budget.hard && self.budget.amount == 0)
    }

    /// What it leaves to what was never reserved and is nobody's request, as a title, which a budget of requests does not
    /// count.
    #[must_use]
    pub fn unreserved(&self) -> Unreserved {
        let (amount, spent) = (self.budget.amount, self.uses.first().map_or(0, |used| used.spent));
        if !self.budget.hard || self.budget.unit == BudgetUnit::Requests || self.taken() < amount {
            Unreserved::Now
        } else if spent < amount {
            Unreserved::Later
        } else {
            Unreserved::Never
        }
    }

    /// Of the budgets that bind somebody those that they are told of before they send, the tightest first: one that refuses
    /// always, one that only warns once it runs out.
    #[must_use]
    pub fn told(budgets: Vec<Self>) -> Vec<Self> {
        let mut told: Vec<Self> = budgets.into_iter().filter(|state| state.budget.hard || state.runs_out()).collect();
        told.sort_by_key(|state| Reverse(state.share_taken()));
        told.truncate(TOLD);
        told
    }

    fn taken(&self) -> i64 {
        self.uses.first().map_or(0, BudgetUse::taken)
    }

    /// How much of it is used up, in millionths.
    fn share_taken(&self) -> i128 {
        match self.budget.amount {
            0 => i128::MAX,
            amount => i128::from(self.taken()) * 1_000_000 / i128::from(amount),
        }
    }
}

/// Why a reply is not begun: a budget that has too little left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverBudget {
    /// Which budget.
    pub budget: Budget,
    /// What is left of it; less than nothing if more was used already.
    pub left: i64,
    /// What the reply may come to; none if its model has no known price.
    pub wanted: Option<i64>,
    /// Its model.
    pub model: String,
    /// When the budget begins anew.
    pub anew: Day,
}

/// The budgets of a workspace, and whom one may be given to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetList {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// An id for a new one.
    pub fresh: BudgetId,
    /// The budgets, the oldest first.
    pub budgets: Vec<BudgetState>,
    /// The people of the workspace, by name.
    pub people: Vec<PersonSummary>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_it_is_written() {
        for (unit, text, amount) in [
            (BudgetUnit::Dollars, "5", 5_000_000_000),
            (BudgetUnit::Dollars, " $0.25 ", 250_000_000),
            (BudgetUnit::Tokens, "1,000,000", 1_000_000),
            (BudgetUnit::Requests, "0", 0),
        ] {
            assert_eq!(unit.read(text), Some(amount), "{text}");
            assert_eq!(unit.read(&unit.written(amount)), Some(amount), "{text}");
        }
        for text in ["", "-1", "1.5", "a lot", "9223372036854775807", "99999999999999999999"] {
            assert_eq!(BudgetUnit::Tokens.read(text), None, "{text}");
        }
        for text in ["", "-1", "1e3", "9999999999999"] {
            assert_eq!(BudgetUnit::Dollars.read(text), None, "{text}");
        }
    }

    #[test]
    fn what_refuses_is_told_of_always_and_what_warns_once_it_runs_out() {
        let state = |amount, spent, hard| BudgetState {
            budget: Budget {
                id: BudgetId::new(),
                scope: BudgetScope::Workspace,
                person: None,
                name: None,
                period: BudgetPeriod::Day,
                unit: BudgetUnit::Requests,
                amount,
                hard,
            },
            uses: vec![BudgetUse { name: String::new(), spent, reserved: 0 }],
            anew: Day::of(0),
        };
        let told = |budgets: Vec<BudgetState>| -> Vec<(i64, i64)> {
            let told = BudgetState::told(budgets).into_iter();
            told.map(|state| (state.budget.amount, state.uses[0].spent)).collect()
        };
        assert_eq!(told(vec![state(10, 0, true), state(10, 5, false)]), [(10, 0)]);
        assert_eq!(told(vec![state(10, 0, true), state(10, 6, false)]), [(10, 6), (10, 0)]);
        assert_eq!(told(vec![state(10, 9, false), state(0, 0, true), state(8, 8, true)]), [(0, 0), (8, 8)]);
        assert!(state(0, 0, true).runs_out() && !state(2, 1, true).runs_out() && !state(0, 0, false).runs_out());
    }

    #[test]
    fn what_was_never_reserved_waits_for_what_is_and_is_refused_once_all_is_used() {
        let left = |unit, (amount, spent, reserved), hard| {
            let budget = Budget {
                id: BudgetId::new(),
                scope: BudgetScope::Workspace,
                person: None,
                name: None,
                period: BudgetPeriod::Day,
                unit,
                amount,
                hard,
            };
            let uses = vec![BudgetUse { name: String::new(), spent, reserved }];
            BudgetState { budget, uses, anew: Day::of(0) }.unreserved()
        };
        for (taken, expected) in [
            ((0, 0, 0), Unreserved::Never),
            ((9, 9, 0), Unreserved::Never),
            ((9, 9, 5), Unreserved::Never),
            ((9, 8, 1), Unreserved::Later),
            ((9, 0, 20), Unreserved::Later),
            ((9, 8, 0), Unreserved::Now),
        ] {
            assert_eq!(left(BudgetUnit::Tokens, taken, true), expected, "{taken:?}");
            assert_eq!(left(BudgetUnit::Tokens, taken, false), Unreserved::Now, "{taken:?}");
            assert_eq!(left(BudgetUnit::Requests, taken, true), Unreserved::Now, "{taken:?}");
        }
        assert_eq!([Unreserved::Now, Unreserved::Never, Unreserved::Later].into_iter().max(), Some(Unreserved::Never));
    }

    #[test]
    fn a_period_begins_anew_on_the_day_after_its_last() {
        let day: Day = "2026-12-31".parse().unwrap();
        assert_eq!(BudgetPeriod::Day.begins(day), day);
        assert_eq!(BudgetPeriod::Month.begins(day).to_string(), "2026-12-01");
        for period in BudgetPeriod::ALL {
            assert_eq!(period.begins_anew(day).to_string(), "2027-01-01");
        }
    }

    #[test]
    fn every_day_is_in_one_period_which_ends_where_the_next_begins() {
        for period in BudgetPeriod::ALL {
            // Leap years among them, and the turn of a century that is none.
            let (mut day, end): (Day, Day) = ("2095-12-01".parse().unwrap(), "2104-03-02".parse().unwrap());
            let mut begins = period.begins(day);
            assert_eq!(begins, day);
            while day < end {
                let (anew, next) = (period.begins_anew(day), day.plus(1));
                assert!(begins <= day && day < anew, "{period:?} {day}");
                if next == anew {
                    begins = anew;
                }
                assert_eq!(period.begins(next), begins, "{period:?} {next}");
                day = next;
            }
        }
        let leap: Day = "2028-02-29".parse().unwrap();
        assert_eq!(BudgetPeriod::Month.begins(leap).to_string(), "2028-02-01");
        assert_eq!(BudgetPeriod::Month.begins_anew(leap).to_string(), "2028-03-01");
        assert_eq!(BudgetPeriod::Day.begins_anew(leap).to_string(), "2028-03-01");
    }
}
