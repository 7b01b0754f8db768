//! How much of a conversation is sent: the newest of it that fits into what the model can read.

use std::{collections::HashSet, mem};

use super::{
    prompt::{History, Said},
    result,
};
use crate::{
    domain::{limits::TOOL_RESULT_LEAST, message::Role},
    server::model::Turn,
};

/// How many tokens a turn takes besides its text: who speaks, and where it begins and ends. OpenAI's cookbook, "How to count
/// tokens with tiktoken", counts 3, and one more for a name.
const TURN_TOKENS: u64 = 4;

/// How many tokens a model reads before it begins to answer. From the same place.
const REPLY_TOKENS: u64 = 3;

/// To how many bytes results of tools are shortened where they do not fit, one after the other.
const SHORTER: [usize; 7] = [16 * 1024, 8 * 1024, 4 * 1024, 2 * 1024, 1024, 512, TOOL_RESULT_LEAST];

/// What a model is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The turns, oldest first.
    pub turns: Vec<Turn>,
    /// How many messages of the conversation are not among them.
    pub left_out: u32,
    /// How many tokens it is, as they were counted.
    pub tokens: u64,
}

/// What cannot be left out is more than the model can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl History {
    /// The most tokens that it can be: a token is a byte at least.
    #[must_use]
    pub fn most_tokens(&self) -> u64 {
        let all = self.told.iter().chain(&self.earlier).chain(&self.newest);
        all.map(|said| said.turn.bytes().saturating_add(TURN_TOKENS)).fold(REPLY_TOKENS, u64::saturating_add)
    }

    /// How many tokens it is without what may be left out.
    fn needed(&self, mut count: impl FnMut(&Said) -> u64) -> u64 {
        let needed = self.told.iter().chain(&self.newest);
        needed.map(|said| count(said).saturating_add(TURN_TOKENS)).fold(REPLY_TOKENS, u64::saturating_add)
    }

    /// Shortens what tools gave for the newest question, all of it to the same length, as far as it has to be for what cannot
    /// be left out to fit into so many tokens.
    pub fn shorten_results(&mut self, limit: u64, mut count: impl FnMut(&Said) -> u64) {
        if self.newest.iter().all(|said| said.turn.role != Role::Tool) {
            return;
        }
        let whole = self.newest.clone();
        for most in SHORTER {
            if self.needed(&mut count) <= limit {
                return;
            }
            for (said, whole) in self.newest.iter_mut().zip(&whole) {
                if whole.turn.role == Role::Tool {
                    said.turn.content = result::fit(&whole.turn.content, most);
                }
            }
        }
    }
}

/// The prompt: what the model is told and the newest question always, and of what was said before the newest that fits
/// into so many tokens; all of it if no limit is known. A call of tools goes with what came of it or not at all. Where
/// something is left out, what is left begins with a person, since many models know it no other way.
///
/// Counts from the newest on and no further than has to be known. The count is of one turn, without what the wire adds.
///
/// # Errors
/// If what cannot be left out does not fit.
pub fn assemble(history: History, limit: Option<u64>, mut count: impl FnMut(&Said) -> u64) -> Result<Prompt, TooLong> {
    let limit = limit.unwrap_or(u64::MAX);
    let mut tokens = history.needed(&mut count);
    if tokens > limit {
        return Err(TooLong);
    }
    let History { told, earlier, newest } = history;
    let mut cost = |said: &Said| count(said).saturating_add(TURN_TOKENS);
    let mut kept: Vec<(Vec<Said>, u64)> = Vec::new();
    let mut rest = groups(earlier);
    while let Some(group) = rest.pop() {
        let more = group.iter().map(&mut cost).fold(0, u64::saturating_add);
        if tokens.saturating_add(more) > limit {
            rest.push(group);
            break;
        }
        tokens += more;
        kept.push((group, more));
    }
    while !rest.is_empty() && kept.last().is_some_and(|(group, _)| !begins_with_person(group)) {
        if let Some((group, less)) = kept.pop() {
            tokens -= less;
            rest.push(group);
        }
    }
    let left_out: HashSet<_> = rest.iter().flatten().filter_map(|said| said.message).collect();
    let said = kept.into_iter().rev().flat_map(|(group, _)| group);
    let turns = told.into_iter().chain(said).chain(newest).map(|said| said.turn).collect();
    Ok(Prompt { turns, left_out: u32::try_from(left_out.len()).unwrap_or(u32::MAX), tokens })
}

/// The turns in groups that are sent together or not at all: a tool's with the call that it answers.
fn groups(turns: Vec<Said>) -> Vec<Vec<Said>> {
    let mut groups = Vec::new();
    let mut group: Vec<Said> = Vec::new();
    for said in turns {
        if said.turn.role != Role::Tool && !group.is_empty() {
            groups.push(mem::take(&mut group));
        }
        group.push(said);
    }
    groups.extend((!group.is_empty()).then_some(group));
    groups
}

fn begins_with_person(group: &[Said]) -> bool {
    group.first().is_some_and(|said| said.turn.role == Role::User)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::domain::id::MessageId;

    fn said(role: Role, text: &str) -> Said {
        Said { message: Some(MessageId::new()), turn: Turn::said(role, text) }
    }

    /// A token a byte.
    fn bytes(said: &Said) -> u64 {
        said.turn.bytes()
    }

    fn cost(turns: &[Turn]) -> u64 {
        turns.iter().map(|turn| turn.bytes() + TURN_TOKENS).sum::<u64>() + REPLY_TOKENS
    }

    /// A round of the conversation: a question, perhaps calls of tools with their results, an answer.
    fn round() -> impl Strategy<Value = Vec<Said>> {
        ("[a-z]{1,30}", vec(("[a-z]{0,9}", "[a-z]{0,60}"), 0..4), "[a-z]{0,40}").prop_map(
            |(question, calls, answer)| {
                let mut round = vec![said(Role::User, &question)];
                if !calls.is_empty() {
                    let ids = || (0..calls.len()).map(|number| format!("call{number}"));
                    let called = ids().zip(&calls).map(|(id, (given, _))| (id, "tool".to_owned(), given.clone()));
                    round.push(Said { message: None, turn: Turn::calling("", called) });
                    let results = ids().zip(&calls).map(|(id, (_, result))| Turn::result(id, result.clone()));
                    round.extend(results.map(|turn| Said { message: None, turn }));
                }
                if !answer.is_empty() {
                    round.push(said(Role::Assistant, &answer));
                }
                round
            },
        )
    }

    fn history() -> impl Strategy<Value = History> {
        (proptest::option::of("[a-z]{1,40}"), vec(round(), 0..12), "[a-z]{1,60}").prop_map(|(told, rounds, newest)| {
            History {
                told: told.map(|told| Said { message: None, ..said(Role::System, &told) }),
                earlier: rounds.concat(),
                newest: vec![said(Role::User, &newest)],
            }
        })
    }

    fn all(history: &History) -> Vec<Turn> {
        history.told.iter().chain(&history.earlier).chain(&history.newest).map(|said| said.turn.clone()).collect()
    }

    proptest! {
        #[test]
        fn a_prompt_is_never_over_the_limit_and_always_has_what_is_told_and_the_newest(
            history in history(), limit in 0_u64..900,
        ) {
            let needed: Vec<Turn> =
                history.told.iter().chain(&history.newest).map(|said| said.turn.clone()).collect();
            match assemble(history.clone(), Some(limit), bytes) {
                Err(TooLong) => prop_assert!(cost(&needed) > limit),
                Ok(prompt) => {
                    prop_assert!(prompt.tokens <= limit);
                    prop_assert_eq!(prompt.tokens, cost(&prompt.turns));
                    let told = history.told.as_ref().map(|said| &said.turn);
                    prop_assert!(told.is_none_or(|told| prompt.turns.first() == Some(told)));
                    prop_assert_eq!(prompt.turns.last(), history.newest.last().map(|said| &said.turn));
                }
            }
        }

        #[test]
        fn the_order_is_kept_and_what_is_sent_has_no_hole(history in history(), limit in 0_u64..900) {
            let (all, told) = (all(&history), history.told.is_some());
            let Ok(prompt) = assemble(history, Some(limit), bytes) else { return Ok(()) };
            let said = &prompt.turns[usize::from(told)..];
            prop_assert!(all.ends_with(said));
        }

        #[test]
        fn a_call_and_what_came_of_it_are_never_parted(history in history(), limit in 0_u64..900) {
            let Ok(prompt) = assemble(history, Some(limit), bytes) else { return Ok(()) };
            let mut open: Vec<String> = Vec::new();
            for turn in &prompt.turns {
                match &turn.tool_call_id {
                    Some(id) => {
                        prop_assert_eq!(open.first(), Some(id), "a result without its call");
                        open.remove(0);
                    }
                    None => {
                        prop_assert!(open.is_empty(), "a call without its result");
                        open = turn.tool_calls.iter().map(|call| call.id.clone()).collect();
                    }
                }
            }
            prop_assert!(open.is_empty());
        }

        #[test]
        fn as_much_is_sent_as_fits_and_the_rest_is_said_to_be_missing(history in history(), limit in 0_u64..900) {
            let (whole, messages) = (cost(&all(&history)), history.earlier.iter().filter_map(|said| said.message).count());
            let earlier: Vec<Turn> = history.earlier.iter().map(|said| said.turn.clone()).collect();
            let sent_of = |turns: &[Turn]| turns.len() - 1 - usize::from(history.told.is_some());
            let Ok(prompt) = assemble(history.clone(), Some(limit), bytes) else { return Ok(()) };
            if whole <= limit {
                prop_assert_eq!((prompt.left_out, prompt.turns.len()), (0, all(&history).len()));
            }
            let missing = earlier.len() - sent_of(&prompt.turns);
            let sent = history.earlier.iter().skip(missing).filter_map(|said| said.message).count();
            prop_assert_eq!(prompt.left_out as usize, messages - sent);
            if missing > 0 {
                // The round before what was sent would not have fitted.
                let start = (0..missing).rev().find(|at| earlier[*at].role == Role::User).unwrap_or(0);
                let more: u64 = earlier[start..missing].iter().map(|turn| turn.bytes() + TURN_TOKENS).sum();
                prop_assert!(prompt.tokens + more > limit);
            }
        }

        #[test]
        fn without_a_limit_everything_is_sent(history in history()) {
            let prompt = assemble(history.clone(), None, bytes).unwrap();
            prop_assert_eq!((prompt.left_out, &prompt.turns), (0, &all(&history)));
            prop_assert_eq!(prompt.tokens, history.most_tokens());
        }
    }

    #[test]
    fn no_more_is_counted_than_has_to_be_known() {
        let earlier = (0..1_000).map(|_| said(Role::User, &"x".repeat(96))).collect();
        let history = History { earlier, newest: vec![said(Role::User, "now")], ..History::default() };
        let mut counted = 0;
        let prompt = assemble(history, Some(1_010), |said| {
            counted += 1;
            said.turn.bytes()
        });
        assert_eq!((prompt.map(|prompt| prompt.left_out), counted), (Ok(990), 12));
    }

    #[test]
    fn a_question_that_is_too_long_alone_is_said_to_be() {
        let history = History { newest: vec![said(Role::User, &"x".repeat(100))], ..History::default() };
        assert_eq!(assemble(history.clone(), Some(106), bytes), Err(TooLong));
        assert!(assemble(history, Some(107), bytes).is_ok());
    }
    /// A question whose tools gave so much.
    fn called(results: &[String]) -> History {
        let ids = || (0..results.len()).map(|number| format!("call{number}"));
        let calls = Turn::calling("", ids().map(|id| (id, "tool".to_owned(), "{}".to_owned())));
        let results = ids().zip(results).map(|(id, result)| Turn::result(id, result.clone()));
        let done = [calls].into_iter().chain(results).map(|turn| Said { message: None, turn });
        History { newest: [said(Role::User, "now")].into_iter().chain(done).collect(), ..History::default() }
    }

    proptest! {
        #[test]
        fn what_tools_give_is_shortened_no_further_than_it_must_be(
            lengths in vec(0_usize..40_000, 1..6),
            limit in 2_000_u64..200_000,
        ) {
            let results: Vec<String> = lengths.iter().map(|length| "y".repeat(*length)).collect();
            let mut history = called(&results);
            let whole = history.needed(bytes);
            history.shorten_results(limit, bytes);
            let after = history.needed(bytes);
            prop_assert!(after <= limit, "{after} of {limit}");
            prop_assert_eq!(after == whole, whole <= limit);
            // It fitted as it was, or with results of twice the length it would not have.
            let longest = history.newest.iter().map(|said| said.turn.content.len()).max().unwrap_or_default();
            let mut longer = called(&results);
            for said in longer.newest.iter_mut().filter(|said| said.turn.role == Role::Tool) {
                said.turn.content = result::fit(&said.turn.content, 2 * longest);
            }
            prop_assert!(whole <= limit || longer.needed(bytes) > limit || longest >= 16 * 1024);
            prop_assert_eq!(history.newest.len(), results.len() + 2);
        }
    }

    #[test]
    fn a_question_without_tools_is_not_touched() {
        let mut history = History { newest: vec![said(Role::User, &"x".repeat(1_000))], ..History::default() };
        let before = history.clone();
        history.shorten_results(10, bytes);
        assert_eq!(history, before);
    }
}
