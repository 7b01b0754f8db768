//! Chats that a workspace shares.

use crate::domain::chat::Sharing;

pub const SHARING: &str = "Sharing";
pub const SAVE: &str = "Save";
pub const YOU: &str = "You";
pub const MAY_READ: &str = "You can read this chat.";
pub const START_OWN: &str = "Start your own chat";
pub const SHARED: &str = ", shared";
pub const VIEWER_HEADING: &str = "You read what your workspace shares";
pub const VIEWER_ABOUT: &str = "The chats that others share are in the list. To start chats of your own, ask an admin of your workspace to make you a member.";
pub const NOT_HERE: &str = "The chat was deleted or is not shared with you any more, or the address is wrong.";
pub const YOU_STOPPED: &str = "You stopped this reply.";
pub const STOPPED: &str = "This reply was stopped.";

/// What one chooses of.
#[must_use]
pub fn choice(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Private => "Private",
        Sharing::Read => "Workspace can read",
        Sharing::Write => "Workspace can write",
    }
}

/// Whose chat it is, and whether one may only read it.
#[must_use]
pub fn shared_by(name: &str, read_only: bool) -> String {
    format!("Shared by {name}{}", if read_only { " · Read only" } else { "" })
}

/// The same behind the title in the list, for those who do not see the sign.
#[must_use]
pub fn listed_by(name: &str) -> String {
    format!(", shared by {name}")
}
