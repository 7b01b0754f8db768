//! A chat: a tree of messages of which one path, from the first message to the chat's head, is shown.

use serde::{Deserialize, Serialize};

use super::{
    budget::BudgetState,
    catalogue::ChatContext,
    id::{ChatId, ExpertId, MessageId, ProductId, WorkspaceId},
    limits::TITLE_CHARS,
    member::PersonSummary,
    message::Message,
    settings::Settings,
    usage::Sums,
    words::words,
};
use crate::texts::chats;

words!(
    /// Who else in the workspace sees a chat.
    Sharing {
        /// Nobody but whoever began it.
        Private = "private",
        /// Everybody may read it.
        Read = "read",
        /// Everybody may read it, and those who may write do so together.
        Write = "write",
    }
);

/// What the list of chats shows of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatSummary {
    /// Its id.
    pub id: ChatId,
    /// Its title, never empty.
    pub title: String,
    /// Whether it was put away.
    pub archived: bool,
    /// Who else sees it.
    pub sharing: Sharing,
    /// Who began it; none if it is the reader's own, who alone renames, shares, puts away and deletes it.
    pub creator: Option<PersonSummary>,
    /// The last time a message was sent or a reply ended, in microseconds since 1970 UTC.
    pub active_at: i64,
}

impl ChatSummary {
    /// Whether the reader began it.
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.creator.is_none()
    }
}

/// A chat as its page shows it: the newest part of the shown path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatPage {
    /// What the list shows of it.
    pub chat: ChatSummary,
    /// The shown path's newest messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether the path goes on above the first of `messages`.
    pub has_older: bool,
    /// Whether the reader may write in it.
    pub may_write: bool,
    /// Whether the reader may rename, share and delete it.
    pub may_manage: bool,
    /// The workspace that it is in.
    pub workspace: WorkspaceId,
    /// What it is about, and who answers in it.
    pub context: ChatContext,
    /// How models are asked in it, as far as it says so itself.
    pub settings: Settings,
    /// What holds in its workspace where it says nothing.
    pub defaults: Settings,
    /// What all of it came to so far.
    pub spent: Sums,
    /// The reader's budgets that they are told of before they send: [`BudgetState::told`].
    pub budgets: Vec<BudgetState>,
}

/// What somebody chose for a chat that they begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What it is about.
    pub product: Option<ProductId>,
    /// Who answers in it.
    pub expert: Option<ExpertId>,
}

/// The list of chats, where it is from and when it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatList {
    /// The workspace that they are in.
    pub workspace: WorkspaceId,
    /// The chats, newest activity first.
    pub chats: Vec<ChatSummary>,
    /// The server's clock, in microseconds since 1970 UTC: what "today" means until the browser's own is known.
    pub now: i64,
}

/// The answer to a request for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedReply {
    /// The chat.
    pub chat: ChatId,
    /// The reply: follow it from position 0, or from where its message stands.
    pub reply: MessageId,
}

/// A page of older messages of the shown path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OlderMessages {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether the path goes on above the first of them.
    pub has_older: bool,
}

/// The title that a chat gets from its first message: its first line, cut at a word where that is possible.
#[must_use]
pub fn title_from(text: &str) -> String {
    const CHARS: usize = 60;
    let words: String = text.trim().lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let line = words.trim_start_matches(['#', '>', '-', '*', ' ']);
    let line = if line.is_empty() { words.as_str() } else { line };
    if line.is_empty() {
        return chats::NEW.to_owned();
    }
    cut_at_word(line, CHARS)
}

/// A line of at most so many characters, with an ellipsis after them if there were more; cut at a word where that is
/// possible.
pub(super) fn cut_at_word(line: &str, chars: usize) -> String {
    if line.chars().count() <= chars {
        return line.to_owned();
    }
    let cut: String = line.chars().take(chars).collect();
    // A word boundary too far back would throw away most of the line (or all of one without spaces).
    let end = cut.rfind(' ').filter(|end| *end > cut.len() / 2);
    format!("{}…", end.and_then(|end| cut.get(..end)).unwrap_or(&cut))
}

/// A title as a person typed it, cleaned: one line, no outer space, at most [`TITLE_CHARS`] characters.
/// `None` if nothing is left.
#[must_use]
pub fn clean_title(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = line.chars().filter(|c| !c.is_control()).take(TITLE_CHARS).collect();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_first_line_is_the_title_as_it_is() {
        assert_eq!(title_from("Hello there\nand more"), "Hello there");
        assert_eq!(title_from("  ## Plan  \n"), "Plan");
    }

    #[test]
    fn a_long_first_line_is_cut_at_a_word() {
        let title = title_from(&"wonderful ".repeat(20));
        assert!(title.ends_with("wonderful…"), "{title}");
        assert!(title.chars().count() <= 61);
    }

    #[test]
    fn a_long_line_without_spaces_is_cut_between_characters() {
        assert_eq!(title_from(&"語".repeat(100)), format!("{}…", "語".repeat(60)));
    }

    #[test]
    fn nothing_to_name_is_a_new_chat() {
        assert_eq!(title_from(" \n "), "New chat");
        assert_eq!(title_from("***"), "***");
    }

    #[test]
    fn a_typed_title_is_one_clean_line() {
        assert_eq!(clean_title(" a\n\tb "), Some("a b".to_owned()));
        assert_eq!(clean_title(" \u{7} "), None);
        assert_eq!(clean_title(&"x".repeat(500)).map(|t| t.len()), Some(TITLE_CHARS));
    }
}
