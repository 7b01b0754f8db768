//! The errors that people and programs outside the server see.

use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use super::{
    form,
    limits::{MESSAGE_BYTES, MESSAGES_PER_CHAT, STREAMS},
};

/// What stands for the request of an [`AppError::Internal`] that was made where no request is known.
pub const UNKNOWN_REQUEST: &str = "unknown";

/// In how many seconds to ask again for what will pass, nobody knows when: a database that restarts is away for about as long.
const SOON_SECONDS: u64 = 5;

/// Why something that was asked for was not done. Each has a stable code, a sentence for people and an HTTP
/// status; none holds anything internal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AppError {
    /// There is no such thing, or it is not this person's to see: the two are not told apart.
    #[error("This is not here any more, or never was. Go back to the list of chats.")]
    NotFound,
    /// Nobody is signed in, or not any more.
    #[error("You are not signed in any more. Sign in again; what you wrote is kept.")]
    SignedOut,
    /// The address and the password do not belong together; whether the address is known is not said.
    #[error("The email address or the password is wrong. Try again, or have the password reset.")]
    WrongPassword,
    /// An API token that was revoked, or never was one.
    #[error("{}", crate::texts::tokens::BAD)]
    BadToken,
    /// One may see this, but not do what was asked.
    #[error("{message}")]
    Forbidden {
        /// Who may.
        message: String,
    },
    /// Too much of the same in a short time.
    #[error("That was too much in a short time. Try again in {} seconds; what you wrote is kept.", seconds)]
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// Whoever asks for a stream has as many open as they may.
    #[error(
        "So many of your pages are open that one more cannot follow what happens: {STREAMS} streams at once are the most. Close some of them, or try again in a moment."
    )]
    TooManyStreams,
    /// A reply is running in this chat.
    #[error(
        "A reply is still being written in this chat. Wait for it or stop it, then send again; what you wrote is kept."
    )]
    ReplyRunning,
    /// The chat holds as many messages as it can.
    #[error("This chat is full: it holds {MESSAGES_PER_CHAT} messages. Start a new chat; what you wrote is kept.")]
    ChatFull,
    /// The model that was chosen cannot be asked any more.
    #[error("The model {model} cannot be asked any more. Choose another one, then send again; what you wrote is kept.")]
    ModelGone {
        /// What its provider called it.
        model: String,
    },
    /// What was asked for may come to more than a budget has left.
    #[error("{message}")]
    OverBudget {
        /// Which budget, what is left of it, and when it begins anew.
        message: String,
    },
    /// A message without text.
    #[error("Write something first.")]
    EmptyMessage,
    /// A message over the limit.
    #[error("This message is too long: at most {} KB go into one. Shorten it or send it in parts; it is kept here.", MESSAGE_BYTES / 1024)]
    MessageTooLong,
    /// Input that does not make sense, with what is wrong about it.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
    },
    /// The request never reached the server, or its answer never came back.
    #[error("The server cannot be reached. What you wrote is kept; try again in a moment.")]
    Unreachable,
    /// The database does not answer, or the server is stopping.
    #[error("The server is busy or restarting. Nothing is lost; try again in a moment.")]
    Unavailable,
    /// A fault of the server's own. The log has the details under this request id.
    #[error(
        "Something went wrong in the server. Nothing was changed. If it stays, tell whoever runs it this number: {request}."
    )]
    Internal {
        /// The request's id in the log.
        request: String,
    },
}

impl AppError {
    /// Input that does not make sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into() }
    }

    /// Something that one may see, but not do.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden { message: message.into() }
    }

    /// The HTTP status that fits.
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        use http::StatusCode;
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignedOut | Self::WrongPassword | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::TooMany { .. } | Self::TooManyStreams => StatusCode::TOO_MANY_REQUESTS,
            Self::ReplyRunning | Self::ChatFull | Self::ModelGone { .. } => StatusCode::CONFLICT,
            // Not 429: a script that tries again after a moment would be refused until the day or the month is over.
            Self::OverBudget { .. } => StatusCode::PAYMENT_REQUIRED,
            Self::EmptyMessage | Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MessageTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreachable | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// In how many seconds the same may be asked again, if that is known: the `Retry-After` of an answer.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { seconds } => Some(*seconds),
            Self::TooManyStreams | Self::Unavailable => Some(SOON_SECONDS),
            _ => None,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        if let ServerFnErrorErr::Deserialization(text) = &error
            && let Some(problem) = text.strip_prefix(form::SAYS)
        {
            return Self::invalid(problem);
        }
        match error {
            // In the browser: what came back is not an answer of ours.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Response(_)
                if !cfg!(feature = "ssr") =>
            {
                Self::Unreachable
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::invalid("The request is not in the form that the server expects. Reload the page and try again.")
            }
            _ => Self::Internal { request: UNKNOWN_REQUEST.to_owned() },
        }
    }
}
