//! A network on which everything takes a while, and arrives.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until},
};

/// The way to an address. It ends, with all its connections, when it is dropped.
pub struct SlowNetwork {
    /// Where it begins.
    pub address: SocketAddr,
    listening: JoinHandle<()>,
}

impl SlowNetwork {
    /// One on which each byte takes so long, in either direction.
    pub async fn to(address: &str, delay: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port to listen on");
        let listening_at = listener.local_addr().expect("a bound listener has an address");
        let listening = tokio::spawn(listen(listener, address.to_owned(), delay));
        Self { address: listening_at, listening }
    }
}

impl Drop for SlowNetwork {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, to: String, delay: Duration) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = TcpStream::connect(&to).await else { continue };
        let _ = (near.set_nodelay(true), far.set_nodelay(true));
        let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
        connections.spawn(carry(from_near, to_far, delay));
        connections.spawn(carry(from_far, to_near, delay));
        while connections.try_join_next().is_some() {}
    }
}

/// Late, but one after the other as they came: what is on its way holds nothing up behind it.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let (sender, mut on_its_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let arriving = async move {
        while let Some((due, bytes)) = on_its_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    let leaving = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            if sender.send((Instant::now() + delay, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    };
    tokio::join!(leaving, arriving);
}
