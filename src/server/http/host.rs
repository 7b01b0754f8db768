//! Under which names the server may be reached.
//!
//! A page of another site can give its own name this server's address (DNS rebinding) and is then of the same
//! origin for every browser. So a request must name this server by an address, as localhost, or by a name
//! that it was told.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::Request,
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// The names besides localhost and addresses, in lower case.
#[derive(Clone, Debug)]
pub(super) struct Hosts(pub Arc<[String]>);

impl Hosts {
    fn allows(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.ends_with(".localhost") || bare.parse::<IpAddr>().is_ok() || self.0.contains(&host)
    }
}

pub(super) async fn check(hosts: Hosts, request: Request, next: Next) -> Response {
    // HTTP/1.0 needs no name; no browser speaks it.
    let named = match request.headers().get(header::HOST) {
        None => return next.run(request).await,
        Some(value) => value.to_str().ok().and_then(|text| text.parse::<Authority>().ok()),
    };
    match named {
        Some(name) if hosts.allows(name.host()) => next.run(request).await,
        _ => {
            let text = "This server does not go by that name. If it should, add the name to PARLANCE_HOSTS.\n";
            (StatusCode::MISDIRECTED_REQUEST, text).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_localhost_and_given_names_are_answered() {
        let hosts = Hosts(Arc::from(["chat.example.com".to_owned()]));
        for host in
            ["127.0.0.1", "[::1]", "192.168.1.5", "localhost", "LOCALHOST", "app.localhost", "Chat.Example.com."]
        {
            assert!(hosts.allows(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!hosts.allows(host), "{host}");
        }
    }
}
