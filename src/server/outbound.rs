//! Addresses that this server may be sent to by what people set: whoever sets one must not reach through the server what
//! only the server can reach.

use std::{net::IpAddr, net::SocketAddr};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use crate::texts::outbound as texts;

/// Whether addresses of this machine and of the networks around it may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Private {
    /// They may: the operator set the address, or allows it.
    Allowed,
    /// They may not.
    Refused,
}

/// Why an address cannot be used, in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAddress(pub &'static str);

/// An address as it is kept: without a slash at the end.
///
/// # Errors
/// If it is not the address of an API, or leads to where it may not. Where a name leads is seen only when it is used:
/// [`client`] looks then.
pub fn checked_url(text: &str, private: Private) -> Result<String, BadAddress> {
    let url = Url::parse(text.trim()).map_err(|_| BadAddress(texts::NOT_A_URL))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(BadAddress(texts::NOT_HTTP));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadAddress(texts::WITH_PASSWORD));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BadAddress(texts::WITH_QUERY));
    }
    if private == Private::Refused {
        let address = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if address.is_some_and(|address| !is_public(address)) || url.domain().is_some_and(is_local_name) {
            return Err(BadAddress(texts::PRIVATE));
        }
        if url.scheme() != "https" {
            return Err(BadAddress(texts::NOT_ENCRYPTED));
        }
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A client that reaches what it may, follows no redirect, and so takes a key to no host but the one it is for.
pub fn client(private: Private) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .tcp_nodelay(true)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("parlance/", env!("CARGO_PKG_VERSION")));
    match private {
        Private::Allowed => builder,
        // A proxy would look names up where nobody sees what they lead to.
        Private::Refused => builder.no_proxy().dns_resolver(PublicNames),
    }
}

/// Looks names up, and passes over addresses that may not be reached: at the moment of the connection, so that a name
/// cannot lead elsewhere after it was checked.
#[derive(Clone, Copy, Debug)]
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(BadAddress(texts::PRIVATE).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.') || [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
}

/// Whether an address is one of the internet's: by IANA's registries of special-purpose addresses (RFC 6890), less those
/// that are reachable from everywhere.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(a == 0
                || v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (18..20).contains(&b))
                || a >= 224)
        }
        IpAddr::V6(v6) => {
            let segments = v6.segments();
            if let Some(v4) = embedded(segments) {
                return is_public(IpAddr::V4(v4));
            }
            // Of what is not yet given out, only 2000::/3 will be of the internet.
            let is_global = (0x2000..0x4000).contains(&segments[0]);
            let is_special = segments[0] == 0x2001 && (segments[1] < 0x0200 || segments[1] == 0x0db8);
            let is_documentation = segments[0] == 0x3fff && segments[1] < 0x1000;
            is_global && !is_special && !is_documentation
        }
    }
}

/// The address of version 4 inside of one of version 6: mapped (::ffff:0:0/96), translated (64:ff9b::/96) or 6to4 (2002::/16).
fn embedded(segments: [u16; 8]) -> Option<std::net::Ipv4Addr> {
    let of = |high: u16, low: u16| std::net::Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_server_can_reach_is_not_public() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fec0::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn an_address_is_kept_without_its_last_slash_and_refused_with_a_reason() {
        assert_eq!(
            checked_url(" https://api.example.com/v1/ ", Private::Refused).unwrap(),
            "https://api.example.com/v1"
        );
        assert_eq!(checked_url("http://127.0.0.1:11434/v1", Private::Allowed).unwrap(), "http://127.0.0.1:11434/v1");
        let refused = |text| checked_url(text, Private::Refused).unwrap_err().0;
        assert_eq!(refused("api.example.com"), texts::NOT_A_URL);
        assert_eq!(refused("ftp://api.example.com"), texts::NOT_HTTP);
        assert_eq!(refused("https://me:secret@api.example.com"), texts::WITH_PASSWORD);
        assert_eq!(refused("https://api.example.com/v1?key=1"), texts::WITH_QUERY);
        assert_eq!(refused("http://api.example.com/v1"), texts::NOT_ENCRYPTED);
        for private in [
            "https://127.0.0.1/v1",
            "https://2130706433/v1",
            "https://0x7f.1/v1",
            "https://[::1]/v1",
            "https://[::ffff:10.0.0.1]",
            "https://localhost/v1",
            "https://LOCALHOST./v1",
            "https://db/v1",
            "https://metadata.google.internal/",
            "https://169.254.169.254/",
        ] {
            assert_eq!(refused(private), texts::PRIVATE, "{private}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
        crate::server::install_crypto();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let refused = client(Private::Refused).build().unwrap().get(&url).send().await;
        assert!(refused.unwrap_err().is_connect());
        let nobody_came = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
        assert!(nobody_came.is_err());
    }
}
