//! What the system is told about a connection that was accepted: to let nothing wait, and to notice a peer that is gone
//! without a word (a machine that lost its power or its network), for which its own patience is a quarter of an hour.

use std::{io, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// After how long a silence the peer is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(30);
/// The time between two such questions.
const ASK_EVERY: Duration = Duration::from_secs(10);
/// How many of them without an answer are the end.
const UNANSWERED: u32 = 3;
/// How long what was sent may go without being acknowledged, and what is to be sent without being taken; the same as
/// `write_timeout.rs` gives a peer that does not read. A stream says something every 15 seconds, so that it is found out.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// Tells it. What the system refuses is no reason to refuse the connection.
pub(super) fn prepare(stream: &TcpStream) {
    // A token must not wait for the next one to fill a packet.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    if let Err(error) = notice_death(stream) {
        tracing::debug!(%error, "a peer that is gone will be noticed late");
    }
}

fn notice_death(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    let questions = TcpKeepalive::new().with_time(SILENCE).with_interval(ASK_EVERY).with_retries(UNANSWERED);
    socket.set_tcp_keepalive(&questions)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_connection_lets_nothing_wait_and_notices_a_peer_that_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (peer, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (_peer, (stream, _)) = (peer.unwrap(), accepted.unwrap());
        prepare(&stream);
        assert!(stream.nodelay().unwrap());
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), SILENCE);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), ASK_EVERY);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), UNANSWERED);
        #[cfg(target_os = "linux")]
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(UNACKNOWLEDGED));
    }
}
