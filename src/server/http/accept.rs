//! The accept loop: connections with limits, and a stop that ends.

use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a client may take to send a request's head, and how long a connection may be idle between two.
const HEAD: Duration = Duration::from_secs(30);
/// How much of a response waits in memory for a client that does not read.
const WRITE_BUFFER: usize = 64 * 1024;
/// How long connections may go on after the stop began: long enough for a page, and for a viewer to be told.
const LINGER: Duration = Duration::from_millis(1_000);
/// The wait after the system refused a connection, most likely because too many files are open.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// The connections of a node.
#[derive(Clone, Debug)]
pub struct Connections {
    /// Called when the server is about to go.
    pub leaving: CancellationToken,
}

impl Connections {
    /// Serves every connection until the server is about to go, then lets those that are open end.
    pub async fn accept(self, listener: TcpListener, router: Router) {
        let open = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.leaving.cancelled() => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    open.spawn(self.clone().serve(stream, router.clone()));
                }
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

    async fn serve(self, stream: TcpStream, router: Router) {
        // A token must not wait for the next one to fill a packet.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(WRITE_BUFFER)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
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
