//! A reply is the fold of an append-only log of events.
//!
//! Positions in the log count bytes, as TCP's sequence numbers do: a piece of text or reasoning is as long
//! as its UTF-8, every other event is 1 long. So a position means the same however the text was cut into
//! pieces on its way: by the model's server, by the worker that merges them, by a network.

use serde::{Deserialize, Serialize};

use super::{
    message::{Message, Status},
    tool::{self, ToolCall},
};

/// What a reply used, as the provider reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u64,
    /// Tokens of the reply, reasoning included.
    pub completion_tokens: u64,
    /// Of those, tokens of reasoning, if the provider tells them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Of the prompt's, tokens that the provider had cached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Whether some of it was counted here, because the provider has not said it, or not yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

impl Usage {
    /// Prompt and completion together.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}

/// Why a reply did not end well: for programs a stable code, for people a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word: `unauthorized`, `rate_limited`, `connection_lost` …
    pub code: String,
    /// What happened and what to do, in a sentence. Never holds a key or an address inside.
    pub message: String,
}

/// How a reply ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// A terminal status.
    pub status: Status,
    /// Why, where it did not end well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// One entry of a reply's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// More of what is said.
    Text(String),
    /// More of what is thought aloud.
    Reasoning(String),
    /// A tool that the model calls, as far as that call is; a later one of the same number replaces an earlier one.
    Tool(ToolCall),
    /// What was used so far; a later one replaces an earlier one.
    Usage(Usage),
    /// The end. Nothing follows.
    End(End),
}

impl Event {
    /// How far it moves the position: its bytes for text and reasoning, else 1.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Text(text) | Self::Reasoning(text) => text.len() as u64,
            Self::Tool(_) | Self::Usage(_) | Self::End(_) => 1,
        }
    }

    /// What is left of it after its first `length` units; `None` if that is no place in it: beyond its end,
    /// or inside a character.
    #[must_use]
    pub fn skip(&self, length: u64) -> Option<Self> {
        let rest = |text: &str| text.get(usize::try_from(length).ok()?..).map(ToOwned::to_owned);
        match self {
            Self::Text(text) => rest(text).map(Self::Text),
            Self::Reasoning(text) => rest(text).map(Self::Reasoning),
            Self::Tool(_) | Self::Usage(_) | Self::End(_) => (length == 0).then(|| self.clone()),
        }
    }
}

/// A reply as far as it is known: the fold of its log up to [`Reply::position`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    text: String,
    reasoning: String,
    tool_calls: Vec<ToolCall>,
    usage: Option<Usage>,
    end: Option<End>,
    position: u64,
}

impl Reply {
    /// Goes on from what a stored message shows.
    #[must_use]
    pub fn resume(message: &Message) -> Self {
        Self {
            text: message.content.clone(),
            reasoning: message.reasoning.clone(),
            tool_calls: message.tool_calls.clone(),
            usage: message.usage,
            end: message.status.is_terminal().then(|| End { status: message.status, failure: message.failure.clone() }),
            position: message.position,
        }
    }

    /// Takes the next event. After the end nothing changes any more.
    pub fn apply(&mut self, event: Event) {
        if self.end.is_some() {
            return;
        }
        self.position = self.position.saturating_add(event.length());
        match event {
            Event::Text(text) => self.text.push_str(&text),
            Event::Reasoning(text) => self.reasoning.push_str(&text),
            Event::Tool(call) => tool::take(&mut self.tool_calls, call),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::End(end) => {
                tool::give_up(&mut self.tool_calls);
                self.end = Some(end);
            }
        }
    }

    /// Takes an event that begins at a position in the log, less what is known of it already: the same moment may
    /// come from a stream and from a stored message, in any order. Returns false, and changes nothing, if something
    /// before it is missing.
    #[must_use]
    pub fn apply_at(&mut self, position: u64, event: Event) -> bool {
        let Some(known) = self.position.checked_sub(position) else { return false };
        if known >= event.length() {
            return true;
        }
        let rest = event.skip(known);
        let fits = rest.is_some();
        rest.into_iter().for_each(|rest| self.apply(rest));
        fits
    }

    /// What is said so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was thought aloud so far.
    #[must_use]
    pub fn reasoning(&self) -> &str {
        &self.reasoning
    }

    /// The tools that were called so far, in the order of their numbers.
    #[must_use]
    pub fn tool_calls(&self) -> &[ToolCall] {
        &self.tool_calls
    }

    /// What was used so far.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// The position in the log up to which this is the fold.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl FromIterator<Event> for Reply {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut reply = Self::default();
        for event in events {
            reply.apply(event);
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::tool::CallStatus;

    fn ended(status: Status) -> Event {
        Event::End(End { status, failure: None })
    }

    #[test]
    fn text_and_reasoning_are_kept_apart() {
        let reply: Reply = [
            Event::Reasoning("hm".into()),
            Event::Text("Grüße".into()),
            Event::Reasoning("!".into()),
            Event::Usage(Usage { prompt_tokens: 1, completion_tokens: 2, ..Usage::default() }),
            ended(Status::Complete),
        ]
        .into_iter()
        .collect();
        assert_eq!((reply.text(), reply.reasoning()), ("Grüße", "hm!"));
        assert_eq!(reply.usage().map(|usage| usage.total_tokens()), Some(3));
        assert_eq!(reply.position(), 2 + 7 + 1 + 1 + 1);
    }

    #[test]
    fn a_call_is_known_as_it_last_stood_and_is_over_when_the_reply_is() {
        let call = |number, status| {
            Event::Tool(ToolCall {
                number,
                round: 0,
                call_id: format!("call_{number}"),
                name: "calculate".into(),
                arguments: "{}".into(),
                status,
                result: None,
            })
        };
        let events = [
            call(0, CallStatus::Asked),
            call(1, CallStatus::Running),
            call(0, CallStatus::Running),
            call(1, CallStatus::Done),
            ended(Status::Stopped),
        ];
        let reply: Reply = events.into_iter().collect();
        let known: Vec<_> = reply.tool_calls().iter().map(|call| (call.number, call.status)).collect();
        assert_eq!(known, [(0, CallStatus::Failed), (1, CallStatus::Done)]);
        assert_eq!(reply.position(), 5);
    }

    #[test]
    fn nothing_follows_the_end() {
        let mut reply: Reply = [Event::Text("a".into()), ended(Status::Stopped)].into_iter().collect();
        let before = reply.clone();
        reply.apply(Event::Text("b".into()));
        reply.apply(ended(Status::Complete));
        assert_eq!(reply, before);
    }

    #[test]
    fn an_event_after_a_hole_or_inside_of_a_character_changes_nothing() {
        let mut reply: Reply = [Event::Text("ü".into())].into_iter().collect();
        let before = reply.clone();
        assert!(!reply.apply_at(3, Event::Text("b".into())));
        assert!(!reply.apply_at(1, Event::Text("üb".into())));
        assert_eq!(reply, before);
    }

    proptest! {
        #[test]
        fn what_comes_twice_or_overlaps_is_taken_once(text in "\\PC{1,40}", ends in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 1..12)) {
            let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let mut reply = Reply::default();
            for (from, to) in ends {
                // Any piece of the log that begins where something is known.
                let known: Vec<usize> = places.iter().copied().filter(|at| *at as u64 <= reply.position()).collect();
                let from = known[from.index(known.len())];
                let after: Vec<usize> = places.iter().copied().filter(|at| *at >= from).collect();
                let to = after[to.index(after.len())];
                prop_assert!(reply.apply_at(from as u64, Event::Text(text[from..to].to_owned())));
                prop_assert_eq!(reply.text(), &text[..reply.position() as usize]);
            }
        }

        #[test]
        fn any_cut_of_a_text_folds_to_the_same_reply(text in "\\PC{0,80}", cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
            let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).filter(|at| text.is_char_boundary(*at)).collect();
            bounds.extend([0, text.len()]);
            bounds.sort_unstable();
            let pieces: Reply = bounds.windows(2).map(|pair| Event::Text(text[pair[0]..pair[1]].to_owned())).collect();
            let whole: Reply = [Event::Text(text.clone())].into_iter().collect();
            prop_assert_eq!(pieces, whole);
        }
    }
}
