//! A connection without a client's manners: it sends what a test tells it to, and reads when it is told to.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::{
    net::{TcpSocket, TcpStream},
    time::{interval, timeout},
};

use super::wait::soon;

/// A connection to a server.
pub struct Raw {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Raw {
    /// One from the usual address.
    pub async fn connect(to: SocketAddr) -> Self {
        Self::connect_from(Ipv4Addr::LOCALHOST.into(), to).await
    }

    /// One from another address of this machine.
    pub async fn connect_from(from: IpAddr, to: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // So that what it does not read soon stays with the server.
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        socket.bind(SocketAddr::new(from, 0)).expect("an address of this machine");
        let stream = soon("a connection", socket.connect(to)).await.expect("a connection");
        Self { stream, heard: Vec::new() }
    }

    /// Sends all of this, or as much as the server takes before it hangs up: it may have answered already, and what was
    /// heard says so.
    pub async fn send(&self, bytes: impl AsRef<[u8]>) {
        let mut rest = bytes.as_ref();
        while !rest.is_empty() && soon("room to write", self.stream.writable()).await.is_ok() {
            match self.stream.try_write(rest) {
                Ok(sent) => rest = &rest[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }

    /// Reads until it has heard these words.
    ///
    /// # Panics
    /// If the connection ends before.
    pub async fn hears(&mut self, words: &str) {
        while !self.heard().contains(words) {
            let more = soon(format!("{words:?}"), self.read()).await;
            assert!(more, "the connection ended after {:?}", self.heard());
        }
    }

    /// What it has heard.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Waits until the server ends the connection: how long that took, and all that was heard.
    ///
    /// # Panics
    /// If it takes longer than `patience`.
    pub async fn closes(&mut self, patience: Duration) -> (Duration, String) {
        let began = Instant::now();
        let closed = timeout(patience, async { while self.read().await {} }).await;
        assert!(closed.is_ok(), "still open after {patience:?}, having said {:?}", self.heard());
        (began.elapsed(), self.heard())
    }

    /// Sends a byte every second until the server ends the connection: how long that took, and all that was heard.
    pub async fn drips(&mut self, patience: Duration) -> (Duration, String) {
        let began = Instant::now();
        let mut drop = interval(Duration::from_secs(1));
        loop {
            assert!(began.elapsed() < patience, "still open after {patience:?}");
            tokio::select! {
                more = self.read() => if !more { return (began.elapsed(), self.heard()) },
                _ = drop.tick() => { self.stream.try_write(b"x").ok(); }
            }
        }
    }

    /// Reads some; says whether there may be more. A reset is an end, too.
    async fn read(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        loop {
            self.stream.readable().await.ok();
            match self.stream.try_read(&mut buffer) {
                Ok(length) => {
                    self.heard.extend_from_slice(&buffer[..length]);
                    return length > 0;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
    }
}
