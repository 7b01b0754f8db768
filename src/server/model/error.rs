//! Why the model did not answer, or not to the end.

use std::time::Duration;

use super::fields::Field;
use crate::domain::{
    message::Status,
    reply::{End, Failure},
};

/// Where a provider's address and key are set.
const WHERE_SET: &str = "in the settings of this server, or under Workspace → Providers";

/// The word for what was written in which the provider's check found something, and the one for what could not be checked.
const MODERATED: &str = "moderated";
const NOT_CHECKED: &str = "not_checked";

/// What went wrong between this server and the model. The sentences are shown to people: they hold no key
/// and no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No connection was made.
    #[error(
        "The model's server cannot be reached. Try again in a moment; if it stays, the provider's address should be checked: {WHERE_SET}."
    )]
    Unreachable,
    /// Nothing came in time.
    #[error("The model did not begin to answer in time. Try again.")]
    FirstByteTimeout,
    /// The answer fell silent.
    #[error("The model fell silent in the middle of its answer. What came is kept; you can continue it.")]
    IdleTimeout,
    /// The connection broke, or ended without a word that the answer was whole.
    #[error("The connection to the model broke off. What came is kept; you can continue it.")]
    ConnectionLost,
    /// The provider does not take the key.
    #[error("The provider refused the key of this server. It should be checked: {WHERE_SET}.")]
    Unauthorized,
    /// The provider does not allow it.
    #[error("The provider does not allow this request{}", says(.0))]
    Forbidden(String),
    /// The model or the address is unknown.
    #[error("The provider does not know this model, or the address is wrong{}", says(.0))]
    NotFound(String),
    /// The provider refuses the request as it is.
    #[error("The provider refused the request{}", says(.said))]
    Refused {
        /// What the provider says.
        said: String,
        /// Which fields of the request it is about, as far as it names them.
        about: Vec<Field>,
    },
    /// There is no money left: nothing is answered until somebody adds some, however long one waits.
    #[error(
        "The account at the provider is used up{} Ask an admin of the workspace, or whoever runs this server, to add credit to it; then try again.",
        says(.said)
    )]
    OutOfCredit {
        /// What the provider says.
        said: String,
        /// How many tokens it would still write, if it says so.
        affordable: Option<u32>,
    },
    /// Too many requests.
    #[error("The provider takes no more requests for now{} Try again in a while.", says(.said))]
    RateLimited {
        /// What the provider says.
        said: String,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The provider has trouble of its own, with the HTTP status.
    #[error("The provider has a problem of its own ({status}). Try again in a moment.")]
    Trouble {
        /// The HTTP status.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// An error in the middle of an answer.
    #[error("The provider broke the answer off with an error{}", says(.0))]
    InStream(String),
    /// What came is no answer of a chat model.
    #[error(
        "What answers at the provider's address is not a chat API: {0}. The address should be checked: {WHERE_SET}."
    )]
    NotAnApi(&'static str),
    /// The provider was removed or switched off meanwhile.
    #[error("The provider of this model was removed or switched off. Choose another model, then ask again.")]
    ProviderGone,
    /// The provider's key was sealed with another master key.
    #[error(
        "The key of this provider cannot be read any more: this server's master key is not the one with which it was kept. An admin can enter it anew under Workspace → Providers."
    )]
    KeyLost,
    /// The provider's address is one that this server may not be sent to any more.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The database has no answer to how the provider is asked.
    #[error("This server could not look up how the provider is asked. Try again; its log says why.")]
    NotLookedUp,
    /// What came cannot be read.
    #[error("The model's server sent something unreadable: {0}. Try again; what came before is kept.")]
    Malformed(&'static str),
    /// The provider's check found something in what was written, which was not sent. Holds the sentence that says what.
    #[error("{0}")]
    Moderated(String),
    /// What was written could not be checked before, and so was not sent. Holds why.
    #[error("{}", crate::texts::moderation::not_checked(.0))]
    NotChecked(String),
    /// What the model would have to read is more than it can. Holds the sentence that says how much that is.
    #[error("{0}")]
    PromptTooLong(String),
    /// More than this server takes.
    #[error("The reply was cut off: it reached the limit of this server.")]
    TooLong,
}

/// What the provider says, to follow a sentence; or the sentence's full stop.
fn says(said: &str) -> String {
    if said.is_empty() { ".".to_owned() } else { format!(". It says: “{said}”.") }
}

impl ModelError {
    /// A stable word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::FirstByteTimeout => "first_byte_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::ConnectionLost => "connection_lost",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Refused { .. } => "refused",
            Self::OutOfCredit { .. } => "out_of_credit",
            Self::RateLimited { .. } => "rate_limited",
            Self::Trouble { .. } => "provider_trouble",
            Self::InStream(_) => "error_in_stream",
            Self::NotAnApi(_) => "not_an_api",
            Self::ProviderGone => "provider_gone",
            Self::KeyLost => "key_lost",
            Self::NotAllowed(_) => "not_allowed",
            Self::NotLookedUp => "not_looked_up",
            Self::Malformed(_) => "malformed",
            Self::Moderated(_) => MODERATED,
            Self::NotChecked(_) => NOT_CHECKED,
            Self::PromptTooLong(_) => "prompt_too_long",
            Self::TooLong => "too_long",
        }
    }

    /// Whether this word ([`Self::code`]) says that the model was not sent what a person wrote, since it did not pass the
    /// check.
    #[must_use]
    pub fn withholds(code: &str) -> bool {
        matches!(code, MODERATED | NOT_CHECKED)
    }

    /// Whether the same call may go well a moment later. Holds only before the first event of an answer.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable | Self::ConnectionLost | Self::RateLimited { .. } | Self::Trouble { .. })
    }

    /// How long the provider wants to be left alone, if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Trouble { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// How many tokens may be asked for in this call all the same, if the provider said so: it says nothing of others,
    /// which have another prompt, and find another balance.
    #[must_use]
    pub fn tokens_left(&self) -> Option<u32> {
        match self {
            Self::Refused { about, .. } => {
                about.iter().find_map(|field| if let Field::Prompt { left } = field { *left } else { None })
            }
            Self::OutOfCredit { affordable, .. } => *affordable,
            _ => None,
        }
    }

    /// How a reply ends on which this befell.
    #[must_use]
    pub fn end(&self) -> End {
        let status = match self {
            Self::ConnectionLost | Self::IdleTimeout => Status::Interrupted,
            Self::TooLong => Status::Length,
            Self::Moderated(_) => Status::Filtered,
            _ => Status::Failed,
        };
        End { status, failure: Some(Failure { code: self.code().to_owned(), message: self.to_string() }) }
    }
}

/// The longest piece of a provider's own words that is shown, in characters.
const SAID_CHARS: usize = 300;

/// A provider's own words, fit to be shown: one line, not too long, without the key or anything like one.
#[must_use]
pub(super) fn presentable(text: &str, key: Option<&str>) -> String {
    let without_key = match key {
        Some(key) if key.len() >= 4 => text.replace(key, "•••"),
        _ => text.to_owned(),
    };
    let words: Vec<&str> =
        without_key.split_whitespace().map(|word| if looks_secret(word) { "•••" } else { word }).collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= SAID_CHARS {
        return line;
    }
    line.chars().take(SAID_CHARS).chain(['…']).collect()
}

/// Whether a word may be a credential: providers like to repeat part of one in their complaint.
fn looks_secret(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    ["sk-", "sk_", "gsk_", "xai-", "key-"].iter().any(|prefix| word.starts_with(prefix)) && word.len() > 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_repeats_the_key_does_not_get_it_shown() {
        let said = presentable("Incorrect key: hunter2-long.\n Was sk-proj-abc***xyz.", Some("hunter2-long"));
        assert_eq!(said, "Incorrect key: •••. Was •••");
    }

    #[test]
    fn a_provider_that_talks_too_much_is_cut_off() {
        assert_eq!(presentable(&"ä".repeat(1000), None).chars().count(), SAID_CHARS + 1);
    }

    #[test]
    fn only_what_did_not_pass_the_check_is_withheld() {
        let said = String::new;
        for (error, withheld) in [
            (ModelError::Moderated(said()), true),
            (ModelError::NotChecked(said()), true),
            (ModelError::Refused { said: said(), about: Vec::new() }, false),
            (ModelError::PromptTooLong(said()), false),
            (ModelError::Unreachable, false),
        ] {
            assert_eq!(ModelError::withholds(error.code()), withheld, "{error:?}");
        }
    }

    #[test]
    fn a_broken_connection_keeps_the_reply_open_to_be_continued() {
        assert_eq!(ModelError::ConnectionLost.end().status, Status::Interrupted);
        assert_eq!(ModelError::Unauthorized.end().status, Status::Failed);
        assert!(ModelError::Refused { said: String::new(), about: Vec::new() }.to_string().ends_with("the request."));
    }
}
