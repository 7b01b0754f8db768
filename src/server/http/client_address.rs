//! Where a request comes from: from the other end of the connection or, if a configured proxy is there, from where that
//! proxy says.
//!
//! `X-Forwarded-For` is a list to which every proxy adds, at the end, whom it was asked by. So it is read from the end,
//! and only as far as those who wrote it are configured proxies: what stands before that, a client may have made up.

use std::{
    iter,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, request::Parts},
    middleware::Next,
    response::Response,
};
use leptos::prelude::use_context;

use super::accept::Peer;
use crate::server::config::Proxies;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The address of whoever sent a request. An IPv4 address is never written as IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Whether a configured proxy says that the client speaks HTTPS with it.
#[derive(Clone, Copy, Debug)]
struct OverHttps(bool);

/// Notes where the request comes from.
pub(super) async fn note(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    if let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() {
        let client = client_of(peer.ip(), request.headers(), &proxies);
        let over_https = proxies.contains(peer.ip()) && says_https(request.headers());
        request.extensions_mut().insert(ClientAddress(client));
        request.extensions_mut().insert(OverHttps(over_https));
    }
    next.run(request).await
}

/// The address of whoever sent the request that is being served, inside of a page or a server function.
#[must_use]
pub fn current_address() -> Option<IpAddr> {
    use_context::<Parts>()?.extensions.get::<ClientAddress>().map(|address| address.0)
}

/// Whether the client sent this request by HTTPS to a configured proxy. The server itself speaks plain HTTP.
#[must_use]
pub fn is_https(request: &Extensions) -> bool {
    request.get::<OverHttps>().is_some_and(|OverHttps(yes)| *yes)
}

/// [`is_https`] of the request that is being served, inside of a page or a server function.
#[must_use]
pub fn current_is_https() -> bool {
    use_context::<Parts>().is_some_and(|parts| is_https(&parts.extensions))
}

fn client_of(peer: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let mut told = headers.get_all(FORWARDED_FOR).iter().rev().flat_map(|line| line.as_bytes().rsplit(|&c| c == b','));
    // What cannot be read ends the walk: nobody knows what stands before it.
    let way = iter::successors(Some(peer), |hop| if proxies.contains(*hop) { address_in(told.next()?) } else { None });
    way.last().unwrap_or(peer).to_canonical()
}

/// The address in an entry of the list. Some proxies write it with its port, or in the brackets of a URL.
fn address_in(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry).ok()?.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()))
}

/// The newest word counts: it is that of the proxy at the other end.
fn says_https(headers: &HeaderMap) -> bool {
    let newest = headers.get_all(FORWARDED_PROTO).iter().next_back();
    let newest = newest.and_then(|line| line.as_bytes().rsplit(|&c| c == b',').next());
    newest.is_some_and(|scheme| scheme.trim_ascii().eq_ignore_ascii_case(b"https"))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, http::HeaderValue, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;

    fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (name.parse().unwrap(), HeaderValue::from_bytes(line.as_bytes()).unwrap())).collect()
    }

    /// Who sent a request with these lines that came from `peer`, behind proxies in 10.0.0.0/8, 192.0.2.1 and
    /// 2001:db8:1::/48.
    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = Proxies::read(["10.0.0.0/8", "192.0.2.1", "2001:db8:1::/48"]).unwrap();
        client_of(peer.parse().unwrap(), &headers(FORWARDED_FOR, lines), &proxies).to_string()
    }

    #[test]
    fn without_a_proxy_it_is_the_other_end_whatever_it_says() {
        assert_eq!(client("203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &["10.0.0.1, 10.0.0.2"]), "203.0.113.9");
    }

    #[test]
    fn a_proxy_is_believed_about_whom_it_was_asked_by() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_made_up_before_it_came_to_the_proxy_is_not_believed() {
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "2.2.2.2, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.7, 198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn several_proxies_are_walked_through_to_the_first_that_is_none() {
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.1, 192.0.2.1, 10.0.0.9"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.1, 192.0.2.1", "10.0.0.9"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["10.0.0.8, 10.0.0.9"]), "10.0.0.8", "a proxy that asks for itself");
    }

    #[test]
    fn garbage_ends_the_walk_at_the_last_one_that_is_known() {
        for garbage in
            ["unknown", "", " ", "198.51.100", "198.51.100.1.", "\u{202e}1.2.3.4", "1.2.3.4;", "[::1", "::1%eth0"]
        {
            assert_eq!(client("10.0.0.1", &[&format!("198.51.100.1, {garbage}")]), "10.0.0.1");
            assert_eq!(client("10.0.0.1", &[&format!("198.51.100.1, {garbage}, 192.0.2.1")]), "192.0.2.1");
        }
    }

    #[test]
    fn ipv6_is_understood_and_ipv4_in_its_clothes_is_ipv4() {
        assert_eq!(client("2001:db8:1::1", &["2001:db8:2::7"]), "2001:db8:2::7");
        assert_eq!(client("::ffff:10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("::ffff:203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &["198.51.100.1, ::ffff:10.0.0.2"]), "198.51.100.1");
    }

    #[test]
    fn ports_and_brackets_do_not_matter() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["[2001:db8:2::7]"]), "2001:db8:2::7");
        assert_eq!(client("10.0.0.1", &["[2001:db8:2::7]:4711"]), "2001:db8:2::7");
    }

    /// Whether a request of this peer, which says that it was made by HTTPS, is taken for one.
    async fn is_taken_for_https(peer: &str) -> bool {
        let proxies = Proxies::read(["10.0.0.0/8"]).unwrap();
        let router = Router::new()
            .route("/", get(async |request: Request| is_https(request.extensions()).to_string()))
            .layer(middleware::from_fn_with_state(proxies, note));
        let request = Request::get("/").header(FORWARDED_PROTO, "https").extension(Peer(peer.parse().unwrap()));
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        axum::body::to_bytes(answer.into_body(), 16).await.unwrap() == "true"
    }

    #[tokio::test]
    async fn only_a_proxy_is_believed_about_https() {
        assert!(is_taken_for_https("10.0.0.1:1").await && is_taken_for_https("[::ffff:10.0.0.1]:1").await);
        assert!(!is_taken_for_https("203.0.113.9:1").await);
    }

    #[test]
    fn the_nearest_proxy_says_how_it_was_asked() {
        let https = |lines: &[&str]| says_https(&headers(FORWARDED_PROTO, lines));
        assert!(https(&["https"]) && https(&["HTTPS"]) && https(&["http, https"]) && https(&["http", "https"]));
        assert!(!https(&[]) && !https(&["http"]) && !https(&["https, http"]) && !https(&["https", ""]));
    }
}
