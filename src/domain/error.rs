//! The errors that people and programs outside the server see.

use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use super::limits::{MESSAGE_BYTES, MESSAGES_PER_CHAT};

/// Why something that was asked for was not done. Each has a stable code, a sentence for people and an HTTP
/// status; none holds anything internal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AppError {
    /// There is no such thing, or it is not this person's to see: the two are not told apart.
    #[error("This is not here any more, or never was. Go back to the list of chats.")]
    NotFound,
    /// A reply is running in this chat.
    #[error(
        "A reply is still being written in this chat. Wait for it or stop it, then send again; what you wrote is kept."
    )]
    ReplyRunning,
    /// The chat holds as many messages as it can.
    #[error("This chat is full: it holds {MESSAGES_PER_CHAT} messages. Start a new chat; what you wrote is kept.")]
    ChatFull,
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

    /// The HTTP status that fits.
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        use http::StatusCode;
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::ReplyRunning | Self::ChatFull => StatusCode::CONFLICT,
            Self::EmptyMessage | Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::MessageTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreachable | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
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
            _ => Self::Internal { request: "unknown".to_owned() },
        }
    }
}
