//! What a connection is told that an address has too many of.

use std::{future::poll_fn, io, pin::Pin, sync::Arc, time::Duration};

use tokio::{io::AsyncWrite, net::TcpStream, sync::Semaphore, time::timeout};

/// The whole answer. It goes out before a request was read: there is none to be named.
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    cache-control: no-store\r\n\
    x-content-type-options: nosniff\r\n\
    retry-after: 5\r\n\
    connection: close\r\n\r\n\
    Too many connections are open from your address. Close some tabs, or try again in a few seconds.\n";
/// How long the answer may take to arrive.
const PARTING: Duration = Duration::from_millis(500);
/// How many connections may be taking leave at the same time; all others are closed without a word.
const AT_ONCE: usize = 64;

/// Turns connections away. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Refusal(Arc<Semaphore>);

impl Default for Refusal {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Refusal {
    /// Says why, and closes the connection.
    pub(super) async fn tell(self, stream: TcpStream) {
        let Ok(_permit) = self.0.try_acquire() else { return };
        // Clients that are gone already need not be told.
        let _ = timeout(PARTING, part(stream)).await;
    }
}

async fn part(mut stream: TcpStream) -> io::Result<()> {
    stream.writable().await?;
    stream.try_write(TOO_MANY)?;
    poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await?;
    // To close while something is unread is to reset the connection, which takes the answer back.
    let mut thrown_away = [0; 4096];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut thrown_away) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
}
