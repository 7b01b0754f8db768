//! Word of changes to chats, for the pages that show them. Only ids travel: whoever is interested looks.

use tokio::sync::broadcast;

use crate::domain::id::ChatId;

/// How many changes a slow listener may fall behind before it is told to look at everything.
const BACKLOG: usize = 256;

/// The changes of this node.
#[derive(Clone, Debug)]
pub struct Changes {
    sender: broadcast::Sender<ChatId>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG) }
    }
}

impl Changes {
    /// Says that a chat, or what the list shows of it, has changed.
    pub fn publish(&self, chat: ChatId) {
        // No listener is no error.
        let _ = self.sender.send(chat);
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<ChatId> {
        self.sender.subscribe()
    }
}
