//! Asks a model for one reply in rounds: as long as it calls tools, they are carried out and it is asked again with what they
//! gave. What it says in all rounds is one reply.

use tokio::time::Instant;

use super::{called, desk::Desk};
use crate::{
    domain::{
        limits::TOOL_ROUNDS,
        message::Status,
        parameter::Parameter,
        reply::{Event, Usage},
        text::without_nul,
    },
    server::model::{ModelClient, ModelError, ModelEvent, Question, RequestedCall},
};

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
/// If the answer did not come, or not to its end. Only the first round is tried again by itself.
pub(super) async fn ask(
    client: &ModelClient,
    mut question: Question,
    mut desk: Desk<'_>,
    mut on_event: impl FnMut(Came, Instant) + Send,
) -> Result<Status, ModelError> {
    let mut round = Round::default();
    for number in 0..=TOOL_ROUNDS {
        let is_last = number == TOOL_ROUNDS || desk.is_full();
        question.tools = if is_last { Vec::new() } else { desk.offers() };
        question.retries = number == 0;
        question.written = round.written;
        let asked = client.ask(&question, |event, arrived| round.take(event, |came| on_event(came, arrived))).await;
        let status = match asked {
            Err(error) if number == 0 && !question.tools.is_empty() && refuses_tools(&error) => {
                tracing::info!("the model takes no tools; asking without them");
                on_event(Came::Dropped(Parameter::Tools), Instant::now());
                desk.close();
                question.tools.clear();
                client.ask(&question, |event, arrived| round.take(event, |came| on_event(came, arrived))).await?
            }
            asked => asked?,
        };
        if is_last || round.calls.is_empty() || status != Status::Complete {
            return Ok(status);
        }
        let show = |event| on_event(Came::Event(event), Instant::now());
        let calls = desk.carry_out(std::mem::take(&mut round.calls), show).await;
        question.turns.extend(called::turns(&calls, std::mem::take(&mut round.text)));
        round.begin_next();
    }
    // The last round has returned.
    Ok(Status::Complete)
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
    /// What this round used, as said last, and all rounds before it together.
    used: Option<Usage>,
    used_before: Option<Usage>,
    /// Whether text came in an earlier round from which that of this one is still to be set apart.
    apart: bool,
    has_text: bool,
}

impl Round {
    fn take(&mut self, event: ModelEvent, hand_over: impl FnOnce(Came)) {
        let event = match event {
            ModelEvent::Text(text) => {
                let text = without_nul(&text).into_owned();
                self.written += text.len() as u64;
                self.text.push_str(&text);
                self.has_text = true;
                // A paragraph of its own.
                let apart = std::mem::take(&mut self.apart);
                Event::Text(if apart { format!("\n\n{text}") } else { text })
            }
            ModelEvent::Reasoning(text) => {
                self.written += text.len() as u64;
                Event::Reasoning(without_nul(&text).into_owned())
            }
            // Kept until the round is whole.
            ModelEvent::ToolCall(call) => return self.calls.push(call),
            ModelEvent::Usage(usage) => {
                self.used = Some(usage);
                Event::Usage(together(self.used_before, usage))
            }
            ModelEvent::Dropped(parameter) => return hand_over(Came::Dropped(parameter)),
        };
        hand_over(Came::Event(event));
    }

    fn begin_next(&mut self) {
        if let Some(used) = self.used.take() {
            self.used_before = Some(together(self.used_before, used));
        }
        self.apart = self.has_text;
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
        round.begin_next();
        events(&mut round, &mut log, vec![ModelEvent::Usage(usage(10, 20))]);
        round.begin_next();
        events(&mut round, &mut log, vec![said("b"), said("c"), ModelEvent::Usage(usage(100, 200))]);
        let text = |text: &str| Event::Text(text.to_owned());
        let used = |prompt, completion| Event::Usage(usage(prompt, completion));
        assert_eq!(log, [text("a"), used(1, 2), used(1, 3), used(11, 23), text("\n\nb"), text("c"), used(111, 223)]);
    }
}
