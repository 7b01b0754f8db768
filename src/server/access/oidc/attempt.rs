//! The cookie by which a browser shows that a sign-in at an OpenID provider was begun in it.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

use crate::server::access::{
    cookie::Transport,
    secret::{Secret, SecretHash},
};

/// The cookie's name, after what says how it travels.
const NAME: &str = "-oidc";

impl Transport {
    /// The header that gives a browser the cookie.
    #[must_use]
    pub fn attempt_cookie(self, secret: &Secret, good_for: Duration) -> Option<HeaderValue> {
        self.set(NAME, secret.expose(), good_for)
    }

    /// The header that takes it away.
    #[must_use]
    pub fn no_attempt_cookie(self) -> Option<HeaderValue> {
        self.set(NAME, "", Duration::ZERO)
    }

    /// The attempt that a browser says that it has begun.
    #[must_use]
    pub fn attempt(self, headers: &HeaderMap) -> Option<SecretHash> {
        self.find(NAME, headers).map(SecretHash::of)
    }
}
