//! A message as it is shown: signals of its own, and under them the fold of its log.

use std::sync::Arc;

use leptos::prelude::*;

use crate::domain::{
    id::MessageId,
    markdown::Document,
    member::PersonSummary,
    message::{Message, Role, Siblings, Status},
    parameter::Parameter,
    reply::{Event, Failure, Reply, Usage},
    tool::ToolCall,
    usage::Spent,
    waiting::Waiting,
};

/// A message as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id: the key of its place in the list.
    pub id: MessageId,
    /// Who speaks.
    pub role: Role,
    /// Whose words they are, if they are another person's.
    pub author: Option<PersonSummary>,
    /// Its number in the chat.
    pub number: i64,
    /// Where it stands.
    pub status: ArcRwSignal<Status>,
    /// Where it stands in the line for its provider, if it waits for it.
    pub waiting: ArcRwSignal<Option<Waiting>>,
    /// Why it ended badly, if it did.
    pub failure: ArcRwSignal<Option<Failure>>,
    /// What it used.
    pub usage: ArcRwSignal<Option<Usage>>,
    /// What it came to, once it has ended.
    pub spent: ArcRwSignal<Option<Spent>>,
    /// Which model answers.
    pub model: ArcRwSignal<Option<String>>,
    /// How many earlier messages were not sent to the model.
    pub left_out: ArcRwSignal<u32>,
    /// What the model did not take.
    pub dropped: ArcRwSignal<Vec<Parameter>>,
    /// Its place among the answers to the same question.
    pub siblings: ArcRwSignal<Siblings>,
    /// What was thought aloud.
    pub reasoning: ArcRwSignal<String>,
    /// The tools that were called.
    pub tool_calls: ArcRwSignal<Vec<ToolCall>>,
    /// What is said, rendered: the blocks that are closed.
    pub closed: ArcRwSignal<Vec<Arc<str>>>,
    /// What is said, rendered: the block that is still open.
    pub open: ArcRwSignal<String>,
    fold: ArcStoredValue<Fold>,
}

/// The reply as text, and its rendering as it grows.
struct Fold {
    reply: Reply,
    document: Document,
}

impl Shown {
    /// A message as the server knows it.
    #[must_use]
    pub fn new(message: &Message) -> Self {
        let document = rendered(message);
        Self {
            id: message.id,
            role: message.role,
            author: message.author.clone(),
            number: message.number,
            status: ArcRwSignal::new(message.status),
            waiting: ArcRwSignal::new(None),
            failure: ArcRwSignal::new(message.failure.clone()),
            usage: ArcRwSignal::new(message.usage),
            spent: ArcRwSignal::new(message.spent),
            model: ArcRwSignal::new(message.model.clone()),
            left_out: ArcRwSignal::new(message.left_out),
            dropped: ArcRwSignal::new(message.dropped.clone()),
            siblings: ArcRwSignal::new(message.siblings),
            reasoning: ArcRwSignal::new(message.reasoning.clone()),
            tool_calls: ArcRwSignal::new(message.tool_calls.clone()),
            closed: ArcRwSignal::new(first_blocks(message, &document)),
            open: ArcRwSignal::new(document.open().to_owned()),
            fold: ArcStoredValue::new(Fold { reply: message.reply(), document }),
        }
    }

    /// Looks at what is said, as it was written.
    pub fn with_text<T>(&self, look: impl FnOnce(&str) -> T) -> T {
        self.fold.with_value(|fold| look(fold.reply.text()))
    }

    /// The position in the log that is shown.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.fold.with_value(|fold| fold.reply.position())
    }

    /// Takes what the server knows more than is shown.
    pub(super) fn update(&self, message: &Message) {
        if self.siblings.with_untracked(|siblings| *siblings != message.siblings) {
            self.siblings.set(message.siblings);
        }
        if self.model.with_untracked(|model| *model != message.model) {
            self.model.set(message.model.clone());
        }
        if self.left_out.get_untracked() != message.left_out {
            self.left_out.set(message.left_out);
        }
        if self.dropped.with_untracked(|dropped| *dropped != message.dropped) {
            self.dropped.set(message.dropped.clone());
        }
        if self.spent.with_untracked(|spent| *spent != message.spent) {
            self.spent.set(message.spent);
        }
        let behind = self.position() < message.position;
        let ended = message.status.is_terminal() && !self.status.get_untracked().is_terminal();
        if behind || ended {
            self.fold.update_value(|fold| {
                fold.reply = message.reply();
                fold.document.update(&message.content);
            });
            self.show();
        }
    }

    /// Notes where in line it waits for its provider, if it does.
    pub(super) fn waits(&self, waiting: Option<Waiting>) {
        if self.waiting.get_untracked() != waiting {
            self.waiting.set(waiting);
        }
    }

    /// Throws away what is shown: the server said that it is not what the log holds.
    pub fn reset(&self) {
        self.fold.update_value(|fold| {
            fold.reply = Reply::default();
            fold.document = Document::default();
        });
        self.show();
    }

    /// Takes events of the log, each with its position, and shows them, all at once. What is shown already is not
    /// taken twice. Returns false if something before them is missing.
    #[must_use]
    pub fn apply(&self, events: Vec<(u64, Event)>) -> bool {
        let whole = self.fold.try_update_value(|fold| {
            let whole = events.into_iter().all(|(position, event)| fold.reply.apply_at(position, event));
            fold.document.update(fold.reply.text());
            whole
        });
        self.show();
        whole.unwrap_or(true)
    }

    /// Brings the signals up to the fold, touching only those that change.
    fn show(&self) {
        let Some((end, usage)) = self.fold.try_update_value(|fold| {
            if fold.reply.end().is_some() {
                fold.document.finish();
            }
            set_blocks(&self.closed, fold.document.closed());
            set_if_other(&self.open, fold.document.open());
            set_if_other(&self.reasoning, fold.reply.reasoning());
            set_calls(&self.tool_calls, fold.reply.tool_calls());
            (fold.reply.end().cloned(), fold.reply.usage())
        }) else {
            return;
        };
        if self.usage.get_untracked() != usage {
            self.usage.set(usage);
        }
        self.waits(None);
        let status = end.as_ref().map_or(Status::Streaming, |end| end.status);
        let failure = end.and_then(|end| end.failure);
        if self.failure.with_untracked(|shown| *shown != failure) {
            self.failure.set(failure);
        }
        if self.status.get_untracked() != status {
            self.status.set(status);
        }
    }
}

fn rendered(message: &Message) -> Document {
    let mut document = Document::default();
    if message.role == Role::Assistant {
        document.update(&message.content);
        if message.status.is_terminal() {
            document.finish();
        }
    }
    document
}

/// The blocks as the page first shows them, with the words of code marked by the server. The browser leaves what it
/// finds marked, and asks for the rest.
fn first_blocks(message: &Message, document: &Document) -> Vec<Arc<str>> {
    #[cfg(feature = "ssr")]
    if message.role == Role::Assistant && message.status.is_terminal() {
        use crate::{domain::markdown::render_with, server::highlight::highlight};
        let blocks = render_with(&message.content, &highlight);
        return blocks.into_iter().map(Arc::from).collect();
    }
    let _ = message;
    document.closed().to_vec()
}

fn set_if_other(signal: &ArcRwSignal<String>, text: &str) {
    if signal.with_untracked(|shown| shown != text) {
        signal.set(text.to_owned());
    }
}

fn set_calls(signal: &ArcRwSignal<Vec<ToolCall>>, calls: &[ToolCall]) {
    if signal.with_untracked(|shown| shown != calls) {
        signal.set(calls.to_vec());
    }
}

/// Blocks are only added, save where a link's definition came after its use: then all are looked at.
fn set_blocks(signal: &ArcRwSignal<Vec<Arc<str>>>, blocks: &[Arc<str>]) {
    let same = signal.with_untracked(|shown| {
        shown.len() == blocks.len() && shown.iter().zip(blocks).all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
    });
    if !same {
        signal.set(blocks.to_vec());
    }
}
