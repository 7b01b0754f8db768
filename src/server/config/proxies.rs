//! The proxies in front: whose word about the address of a client is believed.

use std::{net::IpAddr, sync::Arc};

use ipnet::{IpNet, Ipv4Net};

use super::ConfigError;

/// How many bits of an IPv6 address stand before an IPv4 address that is written as one.
const MAPPED_PREFIX: u8 = 96;

/// The networks in which the proxies are. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Proxies(Arc<[IpNet]>);

impl Default for Proxies {
    /// None: nobody is believed.
    fn default() -> Self {
        Self(Arc::from([]))
    }
}

impl Proxies {
    /// Addresses like `10.0.0.1` and networks like `10.0.0.0/8`; empty words are none.
    ///
    /// # Errors
    /// If a word is neither, or stands for all addresses there are, naming the setting.
    pub fn read<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let words = words.into_iter().map(str::trim).filter(|word| !word.is_empty());
        Ok(Self(words.map(network).collect::<Result<_, _>>()?))
    }

    /// Whether this is the address of a proxy. An IPv4 address written as IPv6 is the same address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(word: &str) -> Result<IpNet, ConfigError> {
    let wrong =
        |problem: &str| ConfigError { variable: "PARLANCE_PROXIES".to_owned(), problem: format!("{problem}: {word}") };
    let alone = word.parse::<IpAddr>().map(IpNet::from);
    let network = alone.or_else(|_| word.parse::<IpNet>()).map(canonical).map_err(|_| {
        wrong("must hold addresses like 10.0.0.1 or networks like 10.0.0.0/8, separated by commas; this is neither")
    })?;
    if network.prefix_len() == 0 {
        return Err(wrong("must not hold all addresses, or every client could choose its own; this is all"));
    }
    Ok(network)
}

/// A network of IPv4 addresses written as IPv6, as what it is.
fn canonical(network: IpNet) -> IpNet {
    let (IpAddr::V4(address), IpNet::V6(long)) = (network.addr().to_canonical(), network) else { return network };
    let prefix = long.prefix_len().checked_sub(MAPPED_PREFIX);
    let short = prefix.and_then(|prefix| Ipv4Net::new(address, prefix).ok());
    short.map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(proxies: &str, address: &str) -> bool {
        Proxies::read(proxies.split(',')).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn addresses_and_networks_are_proxies_and_nobody_else_is() {
        let proxies = "127.0.0.1, 10.0.0.0/8,,2001:db8::/32";
        for address in ["127.0.0.1", "10.1.2.3", "2001:db8::7", "::ffff:10.1.2.3"] {
            assert!(contains(proxies, address), "{address}");
        }
        for address in ["127.0.0.2", "11.0.0.1", "2001:db9::1", "::1"] {
            assert!(!contains(proxies, address), "{address}");
        }
        assert!(!contains("", "127.0.0.1"));
    }

    #[test]
    fn ipv4_written_as_ipv6_is_ipv4() {
        assert!(contains("::ffff:10.0.0.1", "10.0.0.1") && !contains("::ffff:10.0.0.1", "10.0.0.2"));
        assert!(contains("::ffff:10.0.0.0/104", "10.9.9.9") && !contains("::ffff:10.0.0.0/104", "11.0.0.1"));
    }

    #[test]
    fn what_is_no_network_or_all_of_them_is_refused() {
        for word in ["proxy.internal", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"]
        {
            let error = Proxies::read([word]).unwrap_err().to_string();
            assert!(error.starts_with("PARLANCE_PROXIES must") && error.ends_with(word), "{error}");
        }
    }
}
