//! The cookies that a browser keeps for us, and how they have to be made for the way it reaches us.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header, request::Parts};

/// The prefix promises that a cookie came from this very host, over TLS (RFC 6265bis, 4.1.3.2).
const SECURE_NAME: &str = "__Host-parlance";
/// On loopback, where there is no TLS.
const PLAIN_NAME: &str = "parlance";

/// How a browser reaches the server: what its cookies have to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over TLS, whoever speaks it.
    Secure,
    /// In the clear, on this machine.
    Loopback,
}

impl Transport {
    /// As the middleware has found out for a request.
    #[must_use]
    pub fn of(request: &Parts) -> Self {
        request.extensions.get().copied().unwrap_or(Self::Secure)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Secure => SECURE_NAME,
            Self::Loopback => PLAIN_NAME,
        }
    }

    /// The header that sets a cookie; `what` follows the name that all have in common.
    // Lax and not Strict: people come from other sites, by a link or from a provider, and are to be known then.
    pub(super) fn set(self, what: &str, value: &str, age: Duration) -> Option<HeaderValue> {
        let (name, age) = (self.name(), age.as_secs());
        let secure = if self == Self::Secure { "; Secure" } else { "" };
        let text = format!("{name}{what}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).ok()
    }

    /// The value of a cookie of ours.
    pub(super) fn find<'a>(self, what: &str, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let is_ours = |name: &str| name.strip_prefix(self.name()) == Some(what);
        pairs.find(|(name, value)| is_ours(name) && !value.is_empty()).map(|(_, value)| value)
    }
}
