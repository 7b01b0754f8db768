//! Who may do what.

pub const MEMBERS_ONLY: &str = "Viewers read what is shared; ask an admin to make you a member.";
pub const ADMINS_ONLY: &str = "Only admins and owners of this workspace may do this.";
pub const OWNERS_ONLY: &str = "Only owners of this workspace may do this.";
pub const OWNERS_GIVE: &str = "Only owners of this workspace may make somebody an owner.";
pub const NOT_ONESELF: &str = "You cannot do this to yourself. Leave the workspace instead, or ask somebody else.";
pub const BY_INVITATION: &str = "An account here is by invitation. Ask an admin of your team for a link.";
pub const OWNERS_MAKE_WORKSPACES: &str = "Only owners of a workspace may make another one. Ask one of yours.";
pub const READ_ONLY_CHAT: &str = "This chat is shared for reading. Start a chat of your own.";
pub const CREATOR_ONLY: &str = "Only whoever began this chat may do this; owners may if nobody is left who did.";
pub const NOT_WITH_A_TOKEN: &str = "This cannot be done with a token. Sign in to do it.";
pub const READING_TOKEN: &str = "This token may only read.";
