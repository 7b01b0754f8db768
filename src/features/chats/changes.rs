//! The stream of changes to the chats that somebody may see.

use std::time::Duration;

use futures::{Stream, stream};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{actor::Actor, change::Change},
    server::{metrics::Counted, replies::News, state::AppState},
};

/// How long a connection may be silent: proxies close idle ones after 30 to 60 seconds.
const SILENCE: Duration = Duration::from_secs(15);

/// First whether there were any since a moment, in microseconds since 1970 UTC; then each as it comes.
pub(super) fn changes(
    server: &AppState,
    actor: Actor,
    since: i64,
) -> impl Stream<Item = Vec<u8>> + Send + 'static + use<> {
    let changes = server.engine.changes();
    let news = changes.listen();
    // Asked after the listening began, so that nothing falls between the two.
    let first = if changes.any_since(&actor, since) { Change::Everything } else { Change::Nothing };
    let leaving = server.engine.leaving().clone();
    let listener = Listener { news, actor, leaving, first: Some(first), _counted: server.metrics.listener() };
    stream::unfold(listener, |mut listener| async move {
        let change = listener.next().await?;
        Some((change.to_bytes().to_vec(), listener))
    })
}

struct Listener {
    news: Receiver<News>,
    actor: Actor,
    leaving: CancellationToken,
    /// What is said before anything else.
    first: Option<Change>,
    _counted: Counted,
}

impl Listener {
    /// What is said next; `None` if there will be no more.
    async fn next(&mut self) -> Option<Change> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let leaving = self.leaving.clone();
        tokio::select! {
            change = timeout(SILENCE, self.change()) => change.unwrap_or(Some(Change::Nothing)),
            () = leaving.cancelled() => None,
        }
    }

    /// The next change that concerns the listener.
    async fn change(&mut self) -> Option<Change> {
        loop {
            match self.news.recv().await {
                Ok(news) => {
                    if let Some(change) = news.for_actor(&self.actor) {
                        return Some(change);
                    }
                }
                Err(RecvError::Lagged(_)) => return Some(Change::Everything),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
