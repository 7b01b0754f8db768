//! Why an MCP server gave nothing: found among all that the SDK wraps around what the network said.

use std::error::Error;

use reqwest::StatusCode;
use rmcp::{
    ErrorData, ServiceError,
    service::ClientInitializeError,
    transport::streamable_http_client::{AuthRequiredError, StreamableHttpError},
};

use crate::{domain::text::without_nul, server::outbound::BadAddress};

/// How much a server's own words are shown of, in characters.
const SAID_CHARS: usize = 300;

/// What the SDK says of an exchange over our client.
type HttpError = StreamableHttpError<reqwest::Error>;

/// Why a server gave nothing, in a sentence for admins and models: without its address and its token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum McpError {
    /// No connection was made.
    #[error("The MCP server cannot be reached.")]
    Unreachable,
    /// It leads to where it may not.
    #[error("{0}")]
    BadAddress(&'static str),
    /// It wants a token, or another one.
    #[error("The MCP server does not take the token.")]
    Unauthorized,
    /// There is nothing at this address.
    #[error("There is no MCP server at this address.")]
    NotThere,
    /// It answers with an error of HTTP.
    #[error("The MCP server answers with an error ({0}).")]
    Trouble(u16),
    /// Nothing came in time.
    #[error("The MCP server did not answer in time.")]
    TooSlow,
    /// What came is none of MCP's answers, or too long.
    #[error("What answers at this address is not an MCP server, or says too much.")]
    NotMcp,
    /// It refuses, in its own words.
    #[error("The MCP server refuses: {0}")]
    Refused(String),
}

/// What went wrong.
pub(super) fn why(error: &(dyn Error + 'static)) -> McpError {
    let mut at = Some(error);
    while let Some(cause) = at {
        if let Some(known) = known(cause) {
            return known;
        }
        at = inner(cause);
    }
    tracing::debug!(%error, "an MCP server gave nothing");
    McpError::NotMcp
}

/// What lies below an error. Some of the SDK's do not name it as their source.
fn inner<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(ClientInitializeError::TransportError { error, .. }) = cause.downcast_ref::<ClientInitializeError>() {
        return Some(error.error.as_ref() as &(dyn Error + 'static));
    }
    if let Some(HttpError::Client(http)) = cause.downcast_ref::<HttpError>() {
        return Some(http);
    }
    cause.source()
}

fn known(cause: &(dyn Error + 'static)) -> Option<McpError> {
    if let Some(address) = cause.downcast_ref::<BadAddress>() {
        return Some(McpError::BadAddress(address.0));
    }
    if cause.is::<AuthRequiredError>() {
        return Some(McpError::Unauthorized);
    }
    if let Some(ServiceError::McpError(said)) = cause.downcast_ref::<ServiceError>() {
        return Some(refused(said));
    }
    if let Some(ClientInitializeError::JsonRpcError(said)) = cause.downcast_ref::<ClientInitializeError>() {
        return Some(refused(said));
    }
    if let Some(error) = cause.downcast_ref::<HttpError>() {
        return of_exchange(error);
    }
    of_network(cause.downcast_ref::<reqwest::Error>()?)
}

fn refused(said: &ErrorData) -> McpError {
    McpError::Refused(without_nul(&said.message).chars().take(SAID_CHARS).collect())
}

fn of_exchange(error: &HttpError) -> Option<McpError> {
    match error {
        HttpError::AuthRequired(_) | HttpError::InsufficientScope(_) => Some(McpError::Unauthorized),
        HttpError::HttpStatus(answer) => StatusCode::from_u16(answer.status).ok().map(of_status),
        // The status is in the words alone: "HTTP 404 Not Found: ...".
        HttpError::UnexpectedServerResponse(words) => {
            let status = words.strip_prefix("HTTP ")?.get(..3)?.parse().ok()?;
            StatusCode::from_u16(status).ok().map(of_status)
        }
        _ => None,
    }
}

fn of_status(status: StatusCode) -> McpError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => McpError::Unauthorized,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => McpError::NotThere,
        status => McpError::Trouble(status.as_u16()),
    }
}

fn of_network(error: &reqwest::Error) -> Option<McpError> {
    if error.is_timeout() {
        return Some(McpError::TooSlow);
    }
    if let Some(status) = error.status() {
        return Some(of_status(status));
    }
    // An address that may not be reached lies below, as one that cannot be.
    let mut below = error.source();
    while let Some(cause) = below {
        if let Some(address) = cause.downcast_ref::<BadAddress>() {
            return Some(McpError::BadAddress(address.0));
        }
        below = cause.source();
    }
    error.is_connect().then_some(McpError::Unreachable)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn a_status_is_understood_wherever_the_sdk_puts_it() {
        let said = |words: &'static str| why(&HttpError::UnexpectedServerResponse(Cow::Borrowed(words)));
        assert_eq!(said("HTTP 401 Unauthorized: "), McpError::Unauthorized);
        assert_eq!(said("HTTP 404 Not Found: nothing here"), McpError::NotThere);
        assert_eq!(said("HTTP 400 Bad Request: no"), McpError::Trouble(400));
        assert_eq!(said("a teapot"), McpError::NotMcp);
        assert_eq!(why(&HttpError::UnexpectedEndOfStream), McpError::NotMcp);
    }
}
