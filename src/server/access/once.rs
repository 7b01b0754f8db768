//! Something that the next page shows, once: a secret that is kept nowhere, on its way from the answer that made it to the
//! page that the browser goes to then. It is in a cookie for a minute, since an address would stay in histories and logs.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

use super::session::Transport;

/// How long the page may take to come.
const AGE: Duration = Duration::from_secs(60);
/// The cookie's name, after what says how it travels.
const NAME: &str = "-once";

impl Transport {
    /// The header that gives a browser something to show.
    #[must_use]
    pub fn show_once(self, text: &str) -> Option<HeaderValue> {
        self.set(NAME, text, AGE)
    }

    /// What a browser has to show.
    #[must_use]
    pub fn shown_once(self, headers: &HeaderMap) -> Option<&str> {
        self.find(NAME, headers)
    }

    /// The header that takes it away.
    #[must_use]
    pub fn shown(self) -> Option<HeaderValue> {
        self.set(NAME, "", Duration::ZERO)
    }
}
