//! Word of changes to chats, for the pages that show them. Only ids travel: whoever is interested looks.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use tokio::sync::broadcast;

use crate::{domain::id::ChatId, server::store::now_micros};

/// How many changes a slow listener may fall behind before it is told to look at everything.
const BACKLOG: usize = 256;

/// The changes of this node.
#[derive(Clone, Debug)]
pub struct Changes {
    sender: broadcast::Sender<ChatId>,
    /// When the last one was, in microseconds since 1970 UTC.
    latest: Arc<AtomicI64>,
}

impl Default for Changes {
    fn default() -> Self {
        // What was before the start is not known.
        Self { sender: broadcast::Sender::new(BACKLOG), latest: Arc::new(AtomicI64::new(now_micros())) }
    }
}

impl Changes {
    /// Says that a chat, or what the list shows of it, has changed.
    pub fn publish(&self, chat: ChatId) {
        self.latest.fetch_max(now_micros(), Ordering::Relaxed);
        // No listener is no error.
        let _ = self.sender.send(chat);
    }

    /// Whether anything may have changed after a moment, in microseconds since 1970 UTC.
    #[must_use]
    pub fn any_since(&self, moment: i64) -> bool {
        self.latest.load(Ordering::Relaxed) > moment
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<ChatId> {
        self.sender.subscribe()
    }
}
