//! What kind of error a provider reports.

use std::time::Duration;

use reqwest::StatusCode;

use super::{
    error::{ModelError, presentable},
    parameters::{self, Field},
    wire::{self, WireError},
};

/// The codes and types by which providers say that an account is used up, with whatever status: OpenAI's, which sends the
/// first with 429 (its guide "Error codes"), and Moonshot's (the last, with 429 as well). Others say it by 402 alone.
const USED_UP: [&str; 4] =
    ["insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "exceeded_current_quota_error"];

/// Whether an error with this status says that the account is used up.
pub(super) fn is_used_up(status: StatusCode, error: &WireError) -> bool {
    status == StatusCode::PAYMENT_REQUIRED || says_used_up(error)
}

fn says_used_up(error: &WireError) -> bool {
    USED_UP.iter().any(|word| error.code == *word || error.kind == *word)
}

/// What an answer with a status other than success means. `key` is not repeated in it.
pub(super) fn by_status(
    status: StatusCode,
    body: &[u8],
    retry_after: Option<Duration>,
    key: Option<&str>,
) -> ModelError {
    let error = wire::error_in(body).unwrap_or_default();
    kind(status, &error, retry_after, || parameters::named(body), key)
}

fn kind(
    status: StatusCode,
    error: &WireError,
    retry_after: Option<Duration>,
    about: impl FnOnce() -> Vec<Field>,
    key: Option<&str>,
) -> ModelError {
    let said = presentable(&error.message, key);
    match status {
        _ if is_used_up(status, error) => ModelError::OutOfCredit(said),
        StatusCode::UNAUTHORIZED => ModelError::Unauthorized,
        StatusCode::FORBIDDEN => ModelError::Forbidden(said),
        StatusCode::NOT_FOUND => ModelError::NotFound(said),
        StatusCode::TOO_MANY_REQUESTS => ModelError::RateLimited { said, retry_after },
        StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT => {
            ModelError::Trouble { status: status.as_u16(), retry_after }
        }
        status if status.is_server_error() => ModelError::Trouble { status: status.as_u16(), retry_after },
        status if status.is_redirection() => ModelError::NotAnApi("it sends a redirect"),
        _ => ModelError::Refused { said, about: about() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(status: u16, body: &str) -> ModelError {
        by_status(StatusCode::from_u16(status).unwrap(), body.as_bytes(), None, None)
    }

    #[test]
    fn an_account_that_is_used_up_is_no_provider_that_is_busy() {
        let said = ModelError::OutOfCredit("no".to_owned());
        let quota =
            r#"{"error":{"message":"no","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#;
        assert_eq!(by(429, quota), said);
        assert_eq!(by(429, r#"{"error":{"message":"no","type":"exceeded_current_quota_error"}}"#), said);
        assert_eq!(by(402, r#"{"error":{"message":"no","code":402}}"#), said);
        let busy = by(429, r#"{"error":{"message":"no","type":"requests","code":"rate_limit_exceeded"}}"#);
        assert_eq!(busy, ModelError::RateLimited { said: "no".to_owned(), retry_after: None });
        assert!(busy.is_transient() && !said.is_transient(), "waiting brings no money");
    }
}
