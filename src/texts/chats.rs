//! The list of chats, and what is done to a chat as a whole.

pub const CHATS: &str = "Chats";
pub const NEW: &str = "New chat";
pub const SEARCH_CHATS: &str = "Search chats";
pub const SEARCH: &str = "Search";
pub const NONE: &str = "No chats yet. Begin one: what you write appears here.";
pub const NONE_FOUND: &str = "No chat has this in its title.";

// When something last happened in them.

pub const TODAY: &str = "Today";
pub const YESTERDAY: &str = "Yesterday";
pub const LAST_7_DAYS: &str = "Last 7 days";
pub const LAST_30_DAYS: &str = "Last 30 days";
pub const OLDER: &str = "Older";

pub const RENAME: &str = "Rename";
pub const TITLE: &str = "Title";
pub const NEEDS_TITLE: &str = "A chat needs a title.";
pub const ARCHIVE: &str = "Archive";
pub const CHAT_ARCHIVED: &str = "Chat archived";
pub const DELETE: &str = "Delete";
pub const CHAT_DELETED: &str = "Chat deleted";

pub const ARCHIVED: &str = "Archived";
pub const NONE_ARCHIVED: &str = "Nothing is archived. Archive a chat to take it out of the list without deleting it.";
pub const RESTORE: &str = "Restore";

/// The menu of a chat, and its button.
#[must_use]
pub fn actions_for(title: &str) -> String {
    format!("Actions for {title}")
}

/// What a button does, and to which chat.
#[must_use]
pub fn to_chat(action: &str, title: &str) -> String {
    format!("{action} {title}")
}
