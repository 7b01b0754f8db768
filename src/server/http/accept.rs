//! The accept loop: connections with limits, and a stop that ends.
//!
//! What a client may do: have so many connections ([`PerAddress`]), take 30 seconds for the head of a request, as long for
//! its body (`body.rs`), be silent for as long between two requests, and leave an answer unread for as long
//! ([`WriteTimeout`]). One that is gone without a word is noticed by the system (`socket.rs`).

use std::{convert::Infallible, future::Future, net::SocketAddr, time::Duration};

use axum::{Router, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::{
    per_address::{PerAddress, Place},
    refusal::Refusal,
    socket,
    write_timeout::WriteTimeout,
};
use crate::server::{config::Config, metrics::Metrics};

/// How long a client may take to send a request's head, and how long a connection may be idle between two.
const HEAD: Duration = Duration::from_secs(30);
/// How much of a response waits in memory for a client that does not read.
const WRITE_BUFFER: usize = 64 * 1024;
/// How long connections may go on after the stop began: long enough for a page, and for a viewer to be told.
const LINGER: Duration = Duration::from_millis(1_000);
/// The wait after the system refused a connection, most likely because too many files are open.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// The other end of the connection by which a request came: the client, or a proxy in front.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The connections of a node.
#[derive(Clone, Debug)]
pub struct Connections {
    /// Cancelled when the server is about to go.
    leaving: CancellationToken,
    metrics: Metrics,
    places: PerAddress,
    refusal: Refusal,
}

impl Connections {
    /// Those of a node with these settings, until `leaving` is cancelled.
    #[must_use]
    pub fn new(config: &Config, leaving: CancellationToken, metrics: Metrics) -> Self {
        let places = PerAddress::new(config.connections_per_address, config.proxies.clone());
        Self { leaving, metrics, places, refusal: Refusal::default() }
    }

    /// Serves every connection until the server is about to go, then lets those that are open end.
    pub async fn accept(self, listener: TcpListener, router: Router) {
        let open = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.leaving.cancelled() => break,
            };
            match accepted {
                Ok((stream, address)) => self.admit(&open, stream, Peer(address), &router),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
        drop(listener);
        open.close();
        open.wait().await;
    }

    fn admit(&self, open: &TaskTracker, stream: TcpStream, peer: Peer, router: &Router) {
        match self.places.admit(peer.0.ip()) {
            Some(place) => {
                open.spawn(self.clone().serve(stream, peer, place, router.clone()));
            }
            None => {
                self.metrics.connection_refused();
                // No warning: whoever opens thousands would fill the log with them.
                tracing::debug!(peer = %peer.0, "an address has too many connections");
                open.spawn(self.refusal.clone().tell(stream));
            }
        }
    }

    async fn serve(self, stream: TcpStream, peer: Peer, _place: Place, router: Router) {
        socket::prepare(&stream);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(WRITE_BUFFER)
            .serve_connection(
                TokioIo::new(WriteTimeout::new(stream)),
                service_fn(move |request| answer(router.clone(), peer, request)),
            );
        let mut connection = std::pin::pin!(connection);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = self.leaving.cancelled() => {
                connection.as_mut().graceful_shutdown();
                timeout(LINGER, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = outcome {
            // Clients leave as they like; that is no fault of anybody's.
            tracing::debug!(%error, "a connection ended");
        }
    }
}

fn answer(
    router: Router,
    peer: Peer,
    mut request: Request<Incoming>,
) -> impl Future<Output = Result<Response, Infallible>> {
    request.extensions_mut().insert(peer);
    router.oneshot(request)
}
