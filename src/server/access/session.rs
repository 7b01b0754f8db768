//! The cookie of a session, and how long a session is good.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};

pub use super::cookie::Transport;
use super::secret::{Secret, SecretHash};

/// After so long without a request a session ends by itself.
pub const IDLE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// After so long it ends, however much it is used.
pub const ABSOLUTE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How often it is noted that a session is used.
pub const NOTED_EVERY: Duration = Duration::from_secs(60);

impl Transport {
    /// The header that gives a browser its session.
    #[must_use]
    pub fn cookie(self, secret: &Secret) -> Option<HeaderValue> {
        self.set("", secret.expose(), ABSOLUTE)
    }

    /// The header that takes it away.
    #[must_use]
    pub fn no_cookie(self) -> Option<HeaderValue> {
        self.set("", "", Duration::ZERO)
    }

    /// The session that a browser says that it has.
    #[must_use]
    pub fn session(self, headers: &HeaderMap) -> Option<SecretHash> {
        self.find("", headers).map(SecretHash::of)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host_and_no_script_reads_it() {
        let secret = Secret::new("").unwrap();
        let cookie = Transport::Secure.cookie(&secret).unwrap().to_str().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-parlance=") && cookie.contains("; Path=/;"), "{cookie}");
        for word in ["HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
        let plain = Transport::Loopback.cookie(&secret).unwrap().to_str().unwrap().to_owned();
        assert!(plain.starts_with("parlance=") && !plain.contains("Secure"), "{plain}");
    }

    #[test]
    fn a_session_is_found_among_other_cookies_under_its_own_name_alone() {
        let found = Transport::Secure.session(&headers("a=b; __Host-parlance=s3cret; parlance=other"));
        assert_eq!(found, Some(SecretHash::of("s3cret")));
        assert_eq!(Transport::Secure.session(&headers("parlance=s3cret")), None);
        assert_eq!(Transport::Loopback.session(&headers("parlance=")), None);
        assert_eq!(Transport::Loopback.session(&headers("xparlance=1; =; ;")), None);
    }
}
