//! A chat: its page, its messages, and where one writes.

pub const CONVERSATION: &str = "Conversation";
pub const OLDER: &str = "Show older messages";
pub const LATEST: &str = "Jump to latest";
pub const NOT_AVAILABLE: &str = "Not available";
pub const CANNOT_BE_SHOWN: &str = "This chat cannot be shown now";

pub const WELCOME: &str = "What shall we work on?";
/// Behind the name of the model.
pub const ANSWERS: &str = " answers.";
/// The same, of the demo model.
pub const BUILT_IN_ANSWERS: &str = " answers, the model built into Parlance.";

/// Ways to begin that work for anybody and with any model.
pub const STARTERS: [&str; 4] = [
    "Summarise a long text in five points",
    "Draft a friendly reply to a customer who is waiting",
    "Explain a piece of code, line by line",
    "Plan a workshop for a team of eight",
];

pub const MESSAGE: &str = "Message";
pub const SEND: &str = "Send";
pub const STOP: &str = "Stop";
pub const KEYS: &str = "Enter sends · Shift+Enter breaks the line · Esc stops";

pub const EDIT: &str = "Edit";
pub const EDIT_MESSAGE: &str = "Edit message";
pub const CANCEL: &str = "Cancel";
pub const SAVE_AND_SEND: &str = "Save and send";
pub const COPY: &str = "Copy";
pub const COPIED: &str = "Copied";
pub const NO_COPYING: &str = "The browser does not allow copying here. Select the text instead.";

pub const ASSISTANT: &str = "Assistant";
pub const PREPARING: &str = "Preparing a reply";
pub const THINKING: &str = "Thinking…";
pub const THOUGHTS: &str = "Thoughts";
pub const CONTINUE: &str = "Continue";
pub const RETRY: &str = "Retry";
pub const REGENERATE: &str = "Regenerate";

// How a reply ended, where nothing more is known of it.

pub const FAILED: &str = "The model did not answer.";
pub const INTERRUPTED: &str = "This reply broke off. What came is kept.";
pub const AT_LIMIT: &str = "The model reached its limit before the end.";
pub const FILTERED: &str = "The provider withheld the rest of this reply.";

// Versions of a message, and the way from one to the next.

pub const VERSION: &str = "version";
pub const REPLY: &str = "reply";
pub const PREVIOUS: &str = "Previous";
pub const NEXT: &str = "Next";

/// Where an arrow leads, and to another what.
#[must_use]
pub fn step(step: &str, thing: &str) -> String {
    format!("{step} {thing}")
}

/// Which of several it is.
#[must_use]
pub fn place(place: u32, count: u32) -> String {
    format!("{place} of {count}")
}
