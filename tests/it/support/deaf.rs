//! Something between a node and PostgreSQL that passes everything on but notifications, as a pooler does.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::{JoinHandle, JoinSet},
};

/// It ends, with all its connections, when it is dropped.
pub struct Deaf {
    /// Where it listens.
    pub address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Deaf {
    /// Before this server.
    pub async fn before(server: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port to listen on");
        let address = listener.local_addr().expect("a bound listener has an address");
        let listening = tokio::spawn(listen(listener, server.to_owned()));
        Self { address, listening }
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, server: String) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(&server).await else { continue };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let ((mut asks, to_client), (answers, mut to_server)) = (client.into_split(), server.into_split());
        connections.spawn(async move { copy(&mut asks, &mut to_server).await.map(drop) });
        connections.spawn(pass_on(answers, to_client));
        while connections.try_join_next().is_some() {}
    }
}

/// Passes the server's messages on (PostgreSQL's protocol 3.0: a kind, a length that counts itself, the rest), but for
/// those of kind `A`. Nobody may ask for TLS, which is answered in another form.
async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> std::io::Result<()> {
    loop {
        let kind = from.read_u8().await?;
        let length = from.read_u32().await?;
        let mut rest = vec![0; length as usize - 4];
        from.read_exact(&mut rest).await?;
        if kind != b'A' {
            to.write_u8(kind).await?;
            to.write_u32(length).await?;
            to.write_all(&rest).await?;
        }
    }
}
