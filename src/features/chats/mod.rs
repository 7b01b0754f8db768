//! The list of chats, and what is done to a chat as a whole.

pub mod api;
mod archived;
mod days;
mod feed;
mod row;
mod sidebar;

use leptos::prelude::*;

pub use archived::ArchivedPage;
pub use feed::follow_changes;
pub use sidebar::Sidebar;

use self::api::list_chats;
use super::loaded::{Loaded, load};
use crate::domain::{chat::ChatList, id::ChatId};

/// The list, for whoever shows it.
#[derive(Clone, Copy)]
pub struct Chats {
    version: RwSignal<u32>,
    list: Loaded<ChatList>,
}

impl Chats {
    /// Asks the server for the list, before the page is sent and whenever it changed.
    #[must_use]
    pub fn load() -> Self {
        let version = RwSignal::new(0);
        Self { version, list: load(move || version.get(), |_| list_chats(false)) }
    }

    /// When the server made the page, in microseconds since 1970 UTC; a little earlier, since it makes the list and the
    /// conversation one after the other.
    fn made_at(self) -> i64 {
        const BETWEEN: i64 = 1_000_000;
        let now = self.list.with_untracked(|list| match list {
            Some(Ok(list)) => list.now,
            _ => 0,
        });
        now.saturating_sub(BETWEEN)
    }

    /// Asks for it again.
    pub fn refresh(self) {
        self.version.try_update(|version| *version = version.wrapping_add(1));
    }
}

/// The chat that is open, told when it changed.
#[derive(Clone, Copy, Debug)]
pub struct OpenChat {
    chat: StoredValue<Option<ChatId>>,
    version: RwSignal<u32>,
}

impl Default for OpenChat {
    fn default() -> Self {
        Self { chat: StoredValue::new(None), version: RwSignal::new(0) }
    }
}

impl OpenChat {
    /// Opens a chat. The number changes whenever the chat did.
    #[must_use]
    pub fn open(self, chat: ChatId) -> Signal<u32> {
        self.chat.set_value(Some(chat));
        self.version.into()
    }

    /// Closes a chat that is about to go: of its change there is nothing to look up. Says whether it was open.
    fn close(self, chat: ChatId) -> bool {
        let was_open = self.chat.try_get_value().flatten() == Some(chat);
        if was_open {
            self.chat.set_value(None);
        }
        was_open
    }

    /// Opens it again, unless another one is open meanwhile.
    fn open_again(self, chat: ChatId) {
        self.chat.try_update_value(|open| open.get_or_insert(chat).to_owned());
    }

    fn changed(self, chat: Option<ChatId>) {
        let concerned = chat.is_none() || self.chat.try_get_value().flatten() == chat;
        if concerned {
            self.version.try_update(|version| *version = version.wrapping_add(1));
        }
    }
}
