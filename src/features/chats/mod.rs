//! The list of chats, and what is done to a chat as a whole.

pub mod api;
mod archived;
#[cfg(feature = "ssr")]
mod changes;
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
use crate::{
    domain::{
        chat::ChatList,
        id::{ChatId, WorkspaceId},
    },
    ui::handler::effect,
};

/// The list, for whoever shows it. It stays with the workspace that it began with, whatever another tab switches to.
#[derive(Clone, Copy)]
pub struct Chats {
    version: RwSignal<u32>,
    list: Loaded<ChatList>,
    workspace: StoredValue<Option<WorkspaceId>>,
}

impl Chats {
    /// Asks the server for the list, before the page is sent and whenever it changed.
    #[must_use]
    pub fn load() -> Self {
        let (version, workspace) = (RwSignal::new(0), StoredValue::new(None));
        let list = load(move || version.get(), move |_| list_chats(workspace.try_get_value().flatten(), false));
        // Kept as soon as it is there, and before an answer that is an error takes the list's place: what runs beside the
        // page cannot ask the list.
        effect(move || {
            let listed = list.with(|list| list.as_ref()?.as_ref().ok().map(|list| list.workspace));
            workspace.try_update_value(|kept| *kept = kept.or(listed));
        });
        Self { version, list, workspace }
    }

    /// Which workspace the page shows, once the list is there. For handlers and effects; whoever renders asks [`Self::shown`].
    #[must_use]
    pub fn workspace(self) -> Option<WorkspaceId> {
        self.workspace.try_get_value().flatten()
    }

    /// The same, for whoever can wait for the list.
    pub async fn shown(self) -> Option<WorkspaceId> {
        let listed = self.list.await.ok().map(|list| list.workspace);
        self.workspace().or(listed)
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
