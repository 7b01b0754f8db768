//! Asks a model for one reply in rounds: as long as it calls tools, they are carried out and it is asked again with what they
//! gave. What it says in all rounds is one reply.

use std::mem;

use tokio::time::Instant;

use super::{called, desk::Desk, fitting::Fitting, limits::Patience, live::LiveReply};
use crate::{
    domain::{
        limits::{ROUND_TOKENS, TOOL_ROUNDS},
        message::Status,
        parameter::Parameter,
        reply::{Event, Usage},
        text::without_nul,
    },
    server::model::{ModelClient, ModelError, ModelEvent, Question, RequestedCall},
};

/// How many bytes are about a token, where a provider does not say.
const BYTES_PER_TOKEN: u64 = 4;

/// What comes of asking.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Came {
    /// The next event of the reply's log.
    Event(Event),
    /// The model refuses this parameter and is asked without it.
    Dropped(Parameter),
}

/// Asks, and hands over what comes of it. Returns how the answer ended.
///
/// # Errors
/// If the answer did not come, or not to its end. Each round is a call of its own, and tried again by itself as long as
/// nothing of it has come; the first one does not wait for a provider that takes no more, since it can do so in line.
pub(super) async fn ask(
    client: &ModelClient,
    mut question: Question,
    mut fitting: Fitting<'_>,
    mut desk: Desk<'_>,
    live: &LiveReply,
    mut on_event: impl FnMut(Came, Instant) + Send,
) -> Result<Status, ModelError> {
    let prompt = fitting.prompt().await?;
    question.turns = prompt.turns;
    let mut round = Round { asked: prompt.tokens, ..Round::default() };
    let mut patience = Patience::default();
    let most = question.parameters.max_tokens;
    for number in 0..=TOOL_ROUNDS {
        let is_last = number == TOOL_ROUNDS || desk.is_full();
        // Also of the last round: some servers refuse earlier calls without the tools that were called.
        question.tools = desk.offers();
        question.parameters.no_calls = is_last;
        question.written = round.written;
        question.parameters.max_tokens = most.map(|most| round.may_write(most));
        let status = loop {
            let asked = client.ask(&question, |event, arrived| round.take(event, |came| on_event(came, arrived))).await;
            let Err(error) = &asked else {
                if !(is_last && !question.tools.is_empty() && round.has_only_calls()) {
                    break asked;
                }
                tracing::info!("the model calls where nothing may be called; asking without tools");
                round.calls.clear();
                on_event(Came::Event(round.begin_next(round.asked)), Instant::now());
                question.tools.clear();
                continue;
            };
            let may_be_theirs = (number == 0 || is_last) && !question.tools.is_empty();
            if may_be_theirs && refuses_tools(error) {
                tracing::info!("the model takes no tools; asking without them");
                // In the last round they were not to be called.
                if !is_last {
                    on_event(Came::Dropped(Parameter::Tools), Instant::now());
                    desk.close();
                }
                question.tools.clear();
            } else {
                let turned_away = round.turned_away(error);
                turned_away.into_iter().for_each(|used| on_event(Came::Event(used), Instant::now()));
                if number == 0 || !patience.wait(live, error).await {
                    break asked;
                }
                round.ask_again().into_iter().for_each(|used| on_event(Came::Event(used), Instant::now()));
            }
        };
        let mut show = |event| on_event(Came::Event(event), Instant::now());
        // Nothing can be done for whoever calls tools that were not offered, and no further round was reserved.
        if is_last || question.tools.is_empty() || round.calls.is_empty() || status != Ok(Status::Complete) {
            round.untold().into_iter().for_each(show);
            return status;
        }
        let calls = desk.carry_out(mem::take(&mut round.calls), &mut show).await;
        fitting.add(called::turns(&calls, mem::take(&mut round.text)));
        let prompt = fitting.prompt().await?;
        question.turns = prompt.turns;
        show(round.begin_next(prompt.tokens));
    }
    // The last round has returned.
    Ok(Status::Complete)
}

/// Whether a provider was asked in vain: it said so, or could not be asked at all.
fn is_no(error: &ModelError) -> bool {
    !matches!(
        error,
        ModelError::FirstByteTimeout
            | ModelError::IdleTimeout
            | ModelError::ConnectionLost
            | ModelError::InStream(_)
            | ModelError::Malformed(_)
            | ModelError::TooLong
    )
}

/// Whether an error says that the model takes no tools, in other words than those by which the client knows a refusal.
fn refuses_tools(error: &ModelError) -> bool {
    let (ModelError::Refused { said, .. } | ModelError::NotFound(said)) = error else { return false };
    said.to_ascii_lowercase().contains("tool") || said.to_ascii_lowercase().contains("function call")
}

/// What a round has brought.
#[derive(Debug, Default)]
struct Round {
    /// How many bytes of text and reasoning all rounds have brought.
    written: u64,
    text: String,
    calls: Vec<RequestedCall>,
    /// How many tokens this round was asked with, as they were counted, and how many bytes it has brought.
    asked: u64,
    brought: u64,
    /// What this round used, as the provider said last, and all rounds before it together.
    used: Option<Usage>,
    used_before: Option<Usage>,
    /// Whether this round was turned away, and so costs nothing.
    away: bool,
    /// Whether text came in an earlier round from which that of this one is still to be set apart.
    apart: bool,
    has_text: bool,
}

impl Round {
    fn take(&mut self, event: ModelEvent, hand_over: impl FnOnce(Came)) {
        let event = match event {
            ModelEvent::Text(text) => {
                let text = without_nul(&text).into_owned();
                self.has_brought(&text);
                self.text.push_str(&text);
                self.has_text = true;
                // A paragraph of its own.
                let apart = mem::take(&mut self.apart);
                Event::Text(if apart { format!("\n\n{text}") } else { text })
            }
            ModelEvent::Reasoning(text) => {
                self.has_brought(&text);
                Event::Reasoning(without_nul(&text).into_owned())
            }
            // Kept until the round is whole.
            ModelEvent::ToolCall(call) => {
                self.brought += (call.name.len() + call.arguments.len()) as u64;
                return self.calls.push(call);
            }
            ModelEvent::Usage(usage) => {
                self.used = Some(usage);
                Event::Usage(together(self.used_before, usage))
            }
            ModelEvent::Dropped(parameter) => return hand_over(Came::Dropped(parameter)),
        };
        hand_over(Came::Event(event));
    }

    fn has_brought(&mut self, text: &str) {
        self.written += text.len() as u64;
        self.brought += text.len() as u64;
    }

    /// How many tokens this round may write of those that the reply may have.
    fn may_write(&self, most: u32) -> u32 {
        let written = self.used_before.map_or(0, |used| used.completion_tokens);
        most.saturating_sub(u32::try_from(written).unwrap_or(u32::MAX)).max(most.min(ROUND_TOKENS))
    }

    fn has_only_calls(&self) -> bool {
        self.text.is_empty() && !self.calls.is_empty()
    }

    /// Notes that a provider turned this round away, if it did. Returns what all used then: what is not answered is not
    /// billed.
    fn turned_away(&mut self, error: &ModelError) -> Option<Event> {
        self.away = self.brought == 0 && self.used.is_none() && is_no(error);
        self.used_before.filter(|_| self.away).map(Event::Usage)
    }

    /// Notes that this round is asked for once more. Returns what all may have used.
    fn ask_again(&mut self) -> Option<Event> {
        self.away = false;
        self.used_before.map(|before| Event::Usage(together(Some(before), self.guess())))
    }

    /// Begins another round, asked with so many tokens. What all rounds used is said at once: that one may break off.
    fn begin_next(&mut self, asked: u64) -> Event {
        let used = self.used.take().unwrap_or_else(|| self.guess());
        self.used_before = Some(together(self.used_before, used));
        self.apart = self.has_text;
        (self.asked, self.brought, self.away) = (asked, 0, false);
        Event::Usage(together(self.used_before, self.guess()))
    }

    /// What all rounds used, if the provider has not said it of the last of several. Of a single one that is counted when it
    /// ends, however it does.
    fn untold(&self) -> Option<Event> {
        let before = self.used_before.filter(|_| self.used.is_none() && !self.away)?;
        Some(Event::Usage(together(Some(before), self.guess())))
    }

    /// About what this round used so far.
    fn guess(&self) -> Usage {
        let completion_tokens = self.brought.div_ceil(BYTES_PER_TOKEN);
        Usage { prompt_tokens: self.asked, completion_tokens, estimated: true, ..Usage::default() }
    }
}

fn together(before: Option<Usage>, now: Usage) -> Usage {
    let Some(before) = before else { return now };
    let both = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or_default().saturating_add(b.unwrap_or_default())),
    };
    Usage {
        prompt_tokens: before.prompt_tokens.saturating_add(now.prompt_tokens),
        completion_tokens: before.completion_tokens.saturating_add(now.completion_tokens),
        reasoning_tokens: both(before.reasoning_tokens, now.reasoning_tokens),
        cached_tokens: both(before.cached_tokens, now.cached_tokens),
        estimated: before.estimated || now.estimated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(prompt_tokens: u64, completion_tokens: u64) -> Usage {
        Usage { prompt_tokens, completion_tokens, ..Usage::default() }
    }

    #[test]
    fn what_rounds_say_and_use_is_one_reply() {
        let (mut round, mut log) = (Round::default(), Vec::new());
        let events = |round: &mut Round, log: &mut Vec<Event>, events: Vec<ModelEvent>| {
            events.into_iter().for_each(|event| {
                round.take(event, |came| {
                    let Came::Event(event) = came else { panic!("{came:?}") };
                    log.push(event);
                });
            });
        };
        let said = |text: &str| ModelEvent::Text(text.to_owned());
        events(&mut round, &mut log, vec![said("a"), ModelEvent::Usage(usage(1, 2)), ModelEvent::Usage(usage(1, 3))]);
        log.push(round.begin_next(7));
        events(&mut round, &mut log, vec![ModelEvent::Usage(usage(10, 20))]);
        log.push(round.begin_next(70));
        events(&mut round, &mut log, vec![said("b"), said("c"), ModelEvent::Usage(usage(100, 200))]);
        let text = |text: &str| Event::Text(text.to_owned());
        let used = |prompt, completion| Event::Usage(usage(prompt, completion));
        let about = |prompt, completion| Event::Usage(Usage { estimated: true, ..usage(prompt, completion) });
        let first = [text("a"), used(1, 2), used(1, 3), about(8, 3), used(11, 23)];
        let last = [about(81, 23), text("\n\nb"), text("c"), used(111, 223)];
        assert_eq!(log, [first.as_slice(), &last].concat());
        assert_eq!(round.untold(), None, "all of it was said");
    }

    #[test]
    fn rounds_of_which_the_provider_says_nothing_are_counted_here() {
        let mut round = Round { asked: 100, ..Round::default() };
        assert_eq!(round.untold(), None, "a single one is counted where it ends");
        round.take(ModelEvent::Text("12345678".to_owned()), drop);
        let about = |prompt, completion| Event::Usage(Usage { estimated: true, ..usage(prompt, completion) });
        assert_eq!(round.begin_next(150), about(250, 2));
        let limited = ModelError::RateLimited { said: String::new(), retry_after: None };
        assert_eq!(round.turned_away(&limited), Some(about(100, 2)), "what is not answered is not billed");
        assert_eq!(round.untold(), None);
        assert_eq!(round.ask_again(), Some(about(250, 2)));
        assert_eq!(round.turned_away(&ModelError::ConnectionLost), None, "nobody knows what became of it");
        round.take(ModelEvent::Text("1234".to_owned()), drop);
        assert_eq!(round.untold(), Some(about(250, 3)));
    }

    #[test]
    fn what_a_reply_may_write_is_for_all_rounds_together_but_for_a_little_in_each() {
        let mut round = Round::default();
        assert_eq!((round.may_write(16_000), round.may_write(50)), (16_000, 50));
        round.take(ModelEvent::Usage(usage(10, 12_000)), drop);
        round.begin_next(20);
        assert_eq!((round.may_write(16_000), round.may_write(12_500), round.may_write(50)), (4_000, 1_000, 50));
        round.take(ModelEvent::Usage(usage(10, 4_000)), drop);
        round.begin_next(30);
        assert_eq!(round.may_write(16_000), 1_000);
    }
}
