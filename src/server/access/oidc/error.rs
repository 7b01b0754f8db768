//! What can go wrong between this server and the provider.

use std::error::Error;

use openidconnect::{DiscoveryError, ErrorResponse, RequestTokenError, UserInfoError};

use super::http::HttpError;
use crate::domain::entry::OidcProblem;

/// Why the provider could not say who somebody is. For the log: a person gets an [`OidcProblem`].
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// It does not answer, or cannot at present.
    #[error("the OpenID provider does not answer: {0}")]
    Away(String),
    /// It does not give out what was asked for: the code is not good, or the settings of the client are not.
    #[error("the OpenID provider refuses: {0}")]
    Refused(String),
    /// What it said does not hold: not signed by it, not for this server, not for this sign-in, or too old.
    #[error("the answer of the OpenID provider cannot be trusted: {0}")]
    Untrusted(String),
}

impl OidcError {
    /// Something that is not as it has to be.
    pub(super) fn untrusted(error: &(impl Error + 'static)) -> Self {
        Self::Untrusted(chain(error))
    }
}

impl From<OidcError> for OidcProblem {
    /// What is internal goes to the log: whoever runs the server may have to do something about it.
    fn from(error: OidcError) -> Self {
        tracing::warn!(%error, "a sign-in at the OpenID provider failed");
        match error {
            OidcError::Away(_) => Self::Away,
            OidcError::Refused(_) | OidcError::Untrusted(_) => Self::Refused,
        }
    }
}

impl From<DiscoveryError<HttpError>> for OidcError {
    fn from(error: DiscoveryError<HttpError>) -> Self {
        // Whatever it is, nobody can sign in until it is mended there or in the settings.
        Self::Away(chain(&error))
    }
}

impl<T: ErrorResponse + 'static> From<RequestTokenError<HttpError, T>> for OidcError {
    fn from(error: RequestTokenError<HttpError, T>) -> Self {
        match error {
            RequestTokenError::Request(error) => Self::Away(chain(&error)),
            RequestTokenError::ServerResponse(answer) => Self::Refused(answer.to_string()),
            error => Self::untrusted(&error),
        }
    }
}

impl From<UserInfoError<HttpError>> for OidcError {
    fn from(error: UserInfoError<HttpError>) -> Self {
        match error {
            UserInfoError::Request(error) => Self::Away(chain(&error)),
            error => Self::untrusted(&error),
        }
    }
}

/// An error with its causes. None of the types says what was in an answer, which may hold a token.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
