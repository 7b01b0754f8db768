//! What kind of error a provider reports.

use std::time::Duration;

use reqwest::StatusCode;

use super::{
    error::{ModelError, presentable},
    fields::{self, Field},
    wire::{self, WireError},
};

/// The codes and types by which providers say that an account is used up, with whatever status: OpenAI's, which sends
/// the first with 429 (its guide "Error codes"), and Moonshot's (the last, with 429 as well). Others say it by 402
/// alone.
const USED_UP: [&str; 4] =
    ["insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "exceeded_current_quota_error"];

/// Parts of the codes and types by which providers name what they mean where they send no status, each with the status
/// that stands for it: of OpenAI's and of Anthropic's (their pages of errors). The first that is found counts: what is
/// more particular stands before.
const WORDS: [(&str, StatusCode); 9] = [
    ("rate_limit", StatusCode::TOO_MANY_REQUESTS),
    ("overloaded", StatusCode::SERVICE_UNAVAILABLE),
    ("service_unavailable", StatusCode::SERVICE_UNAVAILABLE),
    ("server_error", StatusCode::INTERNAL_SERVER_ERROR),
    ("invalid_api_key", StatusCode::UNAUTHORIZED),
    ("authentication_error", StatusCode::UNAUTHORIZED),
    ("permission_error", StatusCode::FORBIDDEN),
    ("not_found", StatusCode::NOT_FOUND),
    ("invalid_request", StatusCode::BAD_REQUEST),
];

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
    kind(status, &error, retry_after, || fields::named(body), key)
}

/// What an error means that came in an answer with the status 200 before anything else of it: what it would have meant
/// as a status, if its code says which. `key` is not repeated in it.
pub(super) fn inside(error: &WireError, retry_after: Option<Duration>, key: Option<&str>) -> ModelError {
    let about = || fields::named_by(&error.param, &error.message);
    match meant(error) {
        Some(status) => kind(status, error, retry_after, about, key),
        None => ModelError::InStream(presentable(&error.message, key)),
    }
}

/// The status that stands for an error: the number that is its code, else what its words are for.
fn meant(error: &WireError) -> Option<StatusCode> {
    if says_used_up(error) {
        return Some(StatusCode::PAYMENT_REQUIRED);
    }
    let number = error.code.parse::<u16>().ok().and_then(|code| StatusCode::from_u16(code).ok());
    let is_in = |word: &str| error.code.contains(word) || error.kind.contains(word);
    let word = || WORDS.iter().find(|(word, _)| is_in(word)).map(|(_, status)| *status);
    number.filter(|status| status.is_client_error() || status.is_server_error()).or_else(word)
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
        _ if is_used_up(status, error) => {
            ModelError::OutOfCredit { said, affordable: fields::affordable(&error.message) }
        }
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
    use crate::domain::parameter::Parameter;

    fn by(status: u16, body: &str) -> ModelError {
        by_status(StatusCode::from_u16(status).unwrap(), body.as_bytes(), None, None)
    }

    fn used_up(said: &str, affordable: Option<u32>) -> ModelError {
        ModelError::OutOfCredit { said: said.to_owned(), affordable }
    }

    #[test]
    fn an_account_that_is_nearly_used_up_says_how_many_tokens_it_still_pays_for() {
        for (said, affordable) in [
            // OpenRouter's.
            (
                "This request requires more credits, or fewer max_tokens. You requested up to 16000 tokens, but can \
                 only afford 3210. To increase, add more credits",
                Some(3_210),
            ),
            ("Fewer max_tokens: you can only afford 3,210", Some(3_210)),
            ("Fewer max_tokens: you can only afford 255", None),
            ("Fewer max_tokens: you can only afford less", None),
            ("Prompt tokens limit exceeded: 20000 asked, but can only afford 3210", None),
        ] {
            let error = serde_json::json!({"error": {"message": said, "code": 402}}).to_string();
            assert_eq!(by(402, &error), used_up(said, affordable));
            assert_eq!(inside_of(&error), used_up(said, affordable));
            assert_eq!(by(402, &error).tokens_left(), affordable);
        }
    }

    #[test]
    fn an_account_that_is_used_up_is_no_provider_that_is_busy() {
        let said = used_up("no", None);
        let quota =
            r#"{"error":{"message":"no","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#;
        assert_eq!(by(429, quota), said);
        assert_eq!(by(429, r#"{"error":{"message":"no","type":"exceeded_current_quota_error"}}"#), said);
        assert_eq!(by(402, r#"{"error":{"message":"no","code":402}}"#), said);
        let busy = by(429, r#"{"error":{"message":"no","type":"requests","code":"rate_limit_exceeded"}}"#);
        assert_eq!(busy, ModelError::RateLimited { said: "no".to_owned(), retry_after: None });
        assert!(busy.is_transient() && !said.is_transient(), "waiting brings no money");
    }

    fn inside_of(event: &str) -> ModelError {
        inside(&wire::error_in(event.as_bytes()).unwrap(), None, None)
    }

    #[test]
    fn an_error_inside_of_an_answer_is_what_it_would_have_been_as_a_status() {
        let limited = || ModelError::RateLimited { said: "no".to_owned(), retry_after: None };
        let trouble = |status| ModelError::Trouble { status, retry_after: None };
        for (event, expected) in [
            (r#"{"error":{"message":"no","code":429}}"#, limited()),
            (r#"{"error":{"message":"no","code":"429"}}"#, limited()),
            (r#"{"error":{"message":"no","type":"tokens","code":"rate_limit_exceeded"}}"#, limited()),
            (r#"{"error":{"message":"no","code":502}}"#, trouble(502)),
            (r#"{"type":"error","error":{"message":"no","type":"overloaded_error"}}"#, trouble(503)),
            (r#"{"error":{"message":"no","code":"server_error"}}"#, trouble(500)),
            (r#"{"error":{"message":"no","code":402}}"#, used_up("no", None)),
            (r#"{"error":{"message":"no","code":"insufficient_quota"}}"#, used_up("no", None)),
            (
                r#"{"error":{"message":"no","type":"invalid_request_error","code":"invalid_api_key"}}"#,
                ModelError::Unauthorized,
            ),
            (
                r#"{"error":{"message":"no","type":"invalid_request_error","code":"model_not_found"}}"#,
                ModelError::NotFound("no".to_owned()),
            ),
        ] {
            assert_eq!(inside_of(event), expected, "{event}");
        }
    }

    #[test]
    fn an_error_inside_of_an_answer_that_refuses_a_parameter_says_which() {
        let event = r#"{"error":{"message":"Unsupported value","code":400,"param":"temperature"}}"#;
        let about = vec![Field::Parameter(Parameter::Temperature)];
        assert_eq!(inside_of(event), ModelError::Refused { said: "Unsupported value".to_owned(), about });
    }

    #[test]
    fn an_error_inside_of_an_answer_that_does_not_say_what_it_is_breaks_it_off() {
        for event in [
            r#"{"error":{"message":"no","code":"test","type":"test_error"}}"#,
            r#"{"error":{"message":"no","code":200}}"#,
            r#"{"error":{"message":"no","code":7}}"#,
            r#"{"error":"no"}"#,
        ] {
            assert_eq!(inside_of(event), ModelError::InStream("no".to_owned()), "{event}");
        }
    }
}
