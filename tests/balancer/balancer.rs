//! A small balancer for trying many nodes on one machine: passes every connection on to the next node in turn that takes
//! it, and knows nothing of HTTP or of sessions.
//!
//! `balancer LISTEN NODE NODE…`, each an address. It prints where it listens.

use std::{
    env,
    io::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = env::args().skip(1);
    let listener = TcpListener::bind(arguments.next().ok_or(Error::other("where should it listen?"))?).await?;
    let nodes: Arc<[String]> = arguments.collect();
    println!("The balancer is at http://{}", listener.local_addr()?);
    let turn = Arc::new(AtomicUsize::new(0));
    loop {
        let (client, _) = listener.accept().await?;
        let (nodes, first) = (Arc::clone(&nodes), turn.fetch_add(1, Ordering::Relaxed));
        tokio::spawn(pass(client, nodes, first));
    }
}

/// Passes one connection on. If no node takes it, it is closed.
async fn pass(mut client: TcpStream, nodes: Arc<[String]>, first: usize) {
    for node in nodes.iter().cycle().skip(first % nodes.len().max(1)).take(nodes.len()) {
        if let Ok(mut server) = TcpStream::connect(node).await {
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            // Either side may leave as it likes.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
