//! How many connections one address may have open at the same time: whoever opens more than anybody needs must not
//! take the places of all others.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::server::config::Proxies;

/// The most connections of an address if nothing is set. A page that is looked at has two streams and a browser keeps
/// six connections at most, so that some forty people may share an address.
const PER_ADDRESS: u32 = 256;
/// What is counted of an IPv6 address: its /64. That is the least that a customer gets, who has all addresses in it.
const NETWORK: u128 = !0 << 64;

/// The open connections of every address. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct PerAddress {
    /// What is set, for everybody but proxies.
    limit: Option<u32>,
    proxies: Proxies,
    open: Arc<Open>,
}

#[derive(Debug, Default)]
struct Open(Mutex<HashMap<IpAddr, u32>>);

/// The place of a connection, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    open: Arc<Open>,
    owner: IpAddr,
}

impl PerAddress {
    pub(super) fn new(limit: Option<u32>, proxies: Proxies) -> Self {
        Self { limit, proxies, open: Arc::default() }
    }

    /// A place for a connection from this address; `None` if it has as many as it may have.
    pub(super) fn admit(&self, peer: IpAddr) -> Option<Place> {
        let limit = self.limit_of(peer.to_canonical());
        let owner = owner_of(peer);
        let mut open = self.open.lock();
        let places = open.entry(owner).or_default();
        if *places >= limit {
            return None;
        }
        *places += 1;
        Some(Place { open: Arc::clone(&self.open), owner })
    }

    /// All of a proxy's clients come from one address. So do, unless somebody says otherwise, those of a proxy or of
    /// tools on the same machine.
    fn limit_of(&self, peer: IpAddr) -> u32 {
        match self.limit {
            _ if self.proxies.contains(peer) => u32::MAX,
            Some(limit) => limit,
            None if peer.is_loopback() => u32::MAX,
            None => PER_ADDRESS,
        }
    }
}

/// The address under which a connection is counted.
fn owner_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
    }
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        let Some(places) = open.get_mut(&self.owner) else { return };
        *places = places.saturating_sub(1);
        if *places == 0 {
            open.remove(&self.owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(places: &PerAddress, address: &str) -> Option<Place> {
        places.admit(address.parse().unwrap())
    }

    #[test]
    fn an_address_has_as_many_places_as_it_may_and_gets_them_back() {
        let places = PerAddress::new(Some(2), Proxies::default());
        let first = admitted(&places, "192.0.2.1").unwrap();
        let _second = admitted(&places, "192.0.2.1").unwrap();
        assert!(admitted(&places, "192.0.2.1").is_none());
        assert!(admitted(&places, "::ffff:192.0.2.1").is_none(), "the same address, written in another way");
        assert!(admitted(&places, "192.0.2.2").is_some());
        drop(first);
        assert!(admitted(&places, "192.0.2.1").is_some());
    }

    #[test]
    fn a_network_of_one_customer_counts_as_one_address() {
        let places = PerAddress::new(Some(1), Proxies::default());
        let _one = admitted(&places, "2001:db8:0:1::1").unwrap();
        assert!(admitted(&places, "2001:db8:0:1:ffff::2").is_none());
        assert!(admitted(&places, "2001:db8:0:2::1").is_some());
    }

    #[test]
    fn proxies_have_no_limit_and_this_machine_has_none_unless_somebody_sets_it() {
        let many = |places: &PerAddress, address: &str| {
            let admitted: Vec<Place> = (0..1_000).filter_map(|_| admitted(places, address)).collect();
            admitted.len()
        };
        let proxies = Proxies::read(["10.0.0.0/8", "127.0.0.7"]).unwrap();
        let usual = PerAddress::new(None, proxies.clone());
        assert_eq!(
            ["10.0.0.1", "127.0.0.1", "::1", "192.0.2.1"].map(|from| many(&usual, from)),
            [1_000, 1_000, 1_000, 256]
        );
        let set = PerAddress::new(Some(3), proxies);
        assert_eq!(
            ["10.0.0.1", "127.0.0.7", "127.0.0.1", "192.0.2.1"].map(|from| many(&set, from)),
            [1_000, 1_000, 3, 3]
        );
    }

    #[test]
    fn nobody_is_remembered_who_has_gone() {
        let places = PerAddress::new(None, Proxies::default());
        drop(admitted(&places, "192.0.2.1"));
        assert!(places.open.lock().is_empty());
    }
}
