//! A message of a chat.

use serde::{Deserialize, Serialize};

use super::{
    id::MessageId,
    member::PersonSummary,
    parameter::Parameter,
    reply::{Event, Failure, Reply, Usage},
    tool::{self, ToolCall},
    usage::Spent,
    words::words,
};

words!(
    /// Who speaks.
    Role {
        /// Instructions to the model.
        System = "system",
        /// A person.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// The result of a tool that the model called.
        Tool = "tool",
    }
);

words!(
    /// Where a reply stands. Every reply reaches exactly one of the terminal states; a message that is not
    /// a reply is `complete` from the start.
    Status {
        /// Waits for a worker.
        Queued = "queued",
        /// A worker has it.
        Streaming = "streaming",
        /// The model said that it was done.
        Complete = "complete",
        /// The model was cut off at its token limit.
        Length = "length",
        /// The provider withheld the rest.
        Filtered = "filtered",
        /// A person stopped it.
        Stopped = "stopped",
        /// The model could not be asked, or answered with an error.
        Failed = "failed",
        /// The connection or the worker was lost on the way.
        Interrupted = "interrupted",
    }
);

impl Status {
    /// Whether nothing more will come.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::Streaming)
    }

    /// Whether more of the same reply could be asked for: it broke off with its text kept.
    #[must_use]
    pub fn can_continue(self) -> bool {
        matches!(self, Self::Length | Self::Stopped | Self::Interrupted)
    }
}

/// Where a message stands among the answers to the same question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Siblings {
    /// This one's place, from 1.
    pub place: u32,
    /// How many there are.
    pub count: u32,
    /// The one before.
    pub previous: Option<MessageId>,
    /// The one after.
    pub next: Option<MessageId>,
}

/// A message as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What it answers.
    pub parent: Option<MessageId>,
    /// Its number in the chat, from 1, in the order of making.
    pub number: i64,
    /// Who speaks.
    pub role: Role,
    /// Whose words they are, if they are another person's than the reader's.
    pub author: Option<PersonSummary>,
    /// Where it stands.
    pub status: Status,
    /// What is said. Of a running reply, what the log held when the page was made.
    pub content: String,
    /// What the model thought aloud before it spoke; often empty.
    pub reasoning: String,
    /// The tools that the model called, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The position in the reply's log that `content` and `reasoning` reach: where to follow from.
    pub position: u64,
    /// Which model answers.
    pub model: Option<String>,
    /// What it used, if the provider said so.
    pub usage: Option<Usage>,
    /// What it came to; none before it has ended.
    pub spent: Option<Spent>,
    /// Why it failed or broke off.
    pub failure: Option<Failure>,
    /// How many earlier messages were not sent to the model, for want of room.
    pub left_out: u32,
    /// What the model did not take and was asked without.
    pub dropped: Vec<Parameter>,
    /// Its place among its siblings.
    pub siblings: Siblings,
    /// When it was made, in microseconds since 1970 UTC.
    pub created_at: i64,
}

impl Message {
    /// A message in which nothing is said yet, and which has no siblings.
    #[must_use]
    pub fn empty(id: MessageId, number: i64, role: Role, status: Status) -> Self {
        Self {
            id,
            parent: None,
            number,
            role,
            author: None,
            status,
            content: String::new(),
            reasoning: String::new(),
            tool_calls: Vec::new(),
            position: 0,
            model: None,
            usage: None,
            spent: None,
            failure: None,
            left_out: 0,
            dropped: Vec::new(),
            siblings: Siblings { place: 1, count: 1, previous: None, next: None },
            created_at: 0,
        }
    }

    /// Takes the next event of its log.
    pub fn append(&mut self, event: Event) {
        self.position = self.position.saturating_add(event.length());
        match event {
            Event::Text(text) => self.content.push_str(&text),
            Event::Reasoning(text) => self.reasoning.push_str(&text),
            Event::Tool(call) => tool::take(&mut self.tool_calls, call),
            Event::Usage(usage) => self.usage = Some(usage),
            Event::End(end) => {
                tool::give_up(&mut self.tool_calls);
                self.status = end.status;
                self.failure = end.failure;
            }
        }
    }

    /// The reply that this message shows, to go on folding from.
    #[must_use]
    pub fn reply(&self) -> Reply {
        Reply::resume(self)
    }
}
