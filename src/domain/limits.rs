//! The limits that both sides know, so that the page can say them before the server has to.

/// The most messages a chat holds, siblings included. From the product's contract.
pub const MESSAGES_PER_CHAT: i64 = 1_000;

/// The most bytes of one message that a person sends: about 64,000 words, more than most models read at once.
pub const MESSAGE_BYTES: usize = 256 * 1024;

/// The most characters of a chat's title.
pub const TITLE_CHARS: usize = 120;

/// How many messages a page loads at a time, newest first.
pub const MESSAGES_PER_PAGE: usize = 50;

/// How many chats the list shows, those with the newest activity.
pub const CHATS_LISTED: usize = 200;
