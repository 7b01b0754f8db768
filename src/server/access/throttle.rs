//! How much of the same may be done in a short time, counted in the database: for all nodes together.

use std::{net::IpAddr, time::Duration};

use crate::{
    domain::{actor::Actor, error::AppError, id::UserId},
    server::{
        config::{AccessSettings, Auth},
        store::Store,
    },
};

/// How much at once, and how often after that.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: u32,
    every: Duration,
}

/// Tries to give one account's password from one address: a person who mistypes is not held up, a program that guesses is.
const PASSWORD: Rate = Rate { burst: 10, every: Duration::from_secs(30) };
/// The same from all addresses together. Much looser: whoever knows an address could else keep its person out.
const SIGN_IN_ACCOUNT: Rate = Rate { burst: 100, every: Duration::from_secs(30) };
/// Tries to sign in from one address, behind which there may be a whole office.
const SIGN_IN_ADDRESS: Rate = Rate { burst: 60, every: Duration::from_secs(2) };
/// Mails and links that one address may ask for.
const LINK_ADDRESS: Rate = Rate { burst: 10, every: Duration::from_secs(60) };
/// Mails to one address, whoever asks for them: nobody's mailbox is filled by others.
const MAIL_ADDRESS: Rate = Rate { burst: 5, every: Duration::from_secs(10 * 60) };
/// Invitations that one address may look at and take, behind which there may be a whole office on its first day.
const JOIN_ADDRESS: Rate = Rate { burst: 60, every: Duration::from_secs(2) };
/// Messages of one person.
const SEND_PERSON: Rate = Rate { burst: 60, every: Duration::from_secs(1) };
/// Messages of a workspace.
const SEND_WORKSPACE: Rate = Rate { burst: 1_200, every: Duration::from_millis(50) };

/// Counts a try to sign in.
///
/// # Errors
/// `TooMany`, with how long to wait.
pub async fn sign_in(store: &Store, email: &str, address: IpAddr) -> Result<(), AppError> {
    let network = network(address);
    take(store, &format!("sign-in/address/{network}"), SIGN_IN_ADDRESS).await?;
    take(store, &format!("sign-in/account/{email}/{network}"), PASSWORD).await?;
    take(store, &format!("sign-in/account/{email}"), SIGN_IN_ACCOUNT).await
}

/// Counts a try to change one's own password: whoever tries to sign in elsewhere takes nothing away from it.
///
/// # Errors
/// `TooMany`, with how long to wait.
pub async fn change_password(store: &Store, user: UserId) -> Result<(), AppError> {
    take(store, &format!("change-password/person/{user}"), PASSWORD).await
}

/// Counts a sign-in that begins at an OpenID provider.
///
/// # Errors
/// `TooMany`, with how long to wait.
pub async fn oidc(store: &Store, address: IpAddr) -> Result<(), AppError> {
    take(store, &format!("oidc/address/{}", network(address)), SIGN_IN_ADDRESS).await
}

/// Counts a request for something that is done by mail or by link.
///
/// # Errors
/// `TooMany`, with how long to wait.
pub async fn link(store: &Store, address: IpAddr) -> Result<(), AppError> {
    take(store, &format!("link/address/{}", network(address)), LINK_ADDRESS).await
}

/// Counts a mail to an address, whether or not somebody has it.
///
/// # Errors
/// `TooMany`, with how long to wait.
pub async fn mail(store: &Store, email: &str, address: IpAddr) -> Result<(), AppError> {
    link(store, address).await?;
    take(store, &format!("mail/account/{email}"), MAIL_ADDRESS).await
}

/// Counts a look at an invitation, or a try to come in by one.
///
/// # Errors
/// `TooMany`, with how long to wait.
pub async fn join(store: &Store, address: IpAddr) -> Result<(), AppError> {
    take(store, &format!("join/address/{}", network(address)), JOIN_ADDRESS).await
}

/// Counts a message; not on a server without sign-in, where nobody takes anything away from anybody.
///
/// # Errors
/// `TooMany`, with how long to wait.
pub async fn send(store: &Store, settings: &AccessSettings, actor: &Actor) -> Result<(), AppError> {
    if settings.auth == Auth::Off {
        return Ok(());
    }
    take(store, &format!("send/person/{}", actor.user), SEND_PERSON).await?;
    take(store, &format!("send/workspace/{}", actor.workspace), SEND_WORKSPACE).await
}

async fn take(store: &Store, key: &str, rate: Rate) -> Result<(), AppError> {
    match store.take(key, rate.every, rate.burst).await? {
        None => Ok(()),
        // Rounded up: who waits so long is not refused again.
        Some(wait) => Err(AppError::TooMany { seconds: wait.as_secs() + 1 }),
    }
}

/// What counts as one address: a household or an office has a whole network of IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_a_network_of_ipv6_are_one_address() {
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        assert_eq!(network(one), network("2001:db8:1:2:ffff::9".parse().unwrap()));
        assert_ne!(network(one), network("2001:db8:1:3::1".parse().unwrap()));
        assert_ne!(network("192.0.2.1".parse().unwrap()), network("192.0.2.2".parse().unwrap()));
    }
}
