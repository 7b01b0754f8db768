//! Whether a provider takes a key, where its list of models does not show it: some give that to everybody.

use async_openai::config::Config as ApiConfig;
use reqwest::Url;

use super::{client::ModelClient, list::ListError};

/// A provider that gives its list to everybody and says who has a key: `GET /key` of its API, which costs nothing
/// (OpenRouter's documentation of it).
const OPENROUTER: &str = "openrouter.ai";

impl ModelClient {
    /// Asks the provider what it knows of the key, which proves that it takes it; `None` if it has no answer to that.
    ///
    /// # Errors
    /// If it does not take the key, or does not answer, with what is wrong.
    pub async fn try_key(&self) -> Option<Result<(), ListError>> {
        let url = self.endpoint.url("/key");
        if !Url::parse(&url).is_ok_and(|url| url.host_str() == Some(OPENROUTER)) {
            return None;
        }
        match self.answered(self.http.get(url)).await {
            Err(ListError::NoSuchApi(_)) => None,
            answered => Some(answered.map(|_| ())),
        }
    }
}

impl ListError {
    /// Whether the provider does not give what it was asked for to whoever asked, as it will not the next time either:
    /// nothing went wrong on the way, and it is not that it had no time.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::NoSuchApi(_)
            | Self::NoSuchModel(_)
            | Self::Redirect
            | Self::NotJson
            | Self::NoList => true,
            Self::Status { status, .. } => (400..500).contains(status),
            Self::NameNotFound
            | Self::Private(_)
            | Self::Refused
            | Self::Tls
            | Self::Timeout
            | Self::Broken
            | Self::RateLimited(_)
            | Self::TooLong
            | Self::UsedUp(_) => false,
        }
    }
}
