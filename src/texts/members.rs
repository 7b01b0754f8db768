//! The people of a workspace.

use crate::domain::member::MemberRole;

pub const HEADING: &str = "Members";
pub const YOU: &str = "you";
pub const SUSPENDED: &str = "suspended";
pub const ROLE: &str = "Role";
pub const CHANGE_ROLE: &str = "Change role";
pub const SUSPEND: &str = "Suspend";
pub const REINSTATE: &str = "Reinstate";
pub const REMOVE: &str = "Remove";
pub const REMOVE_WARNING: &str = "They see nothing of this workspace any more, their own chats included, and are signed out everywhere at once. Tokens \
     that they made for it end. Shared chats stay.";
pub const LEAVE: &str = "Leave workspace";
pub const LEAVE_WARNING: &str = "You will not see its chats any more, your own included, until somebody invites you again. Tokens that you made for it \
     end.";
pub const LEAVE_NOW: &str = "Leave now";

pub const LAST_OWNER: &str = "A workspace needs an owner who can come in. Make somebody else an owner first.";
pub const CHANGED_MEANWHILE: &str =
    "Somebody has changed this at the same moment, and nothing was done. Load the page again and look.";

/// What somebody is.
#[must_use]
pub fn role(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Viewer => "Viewer",
        MemberRole::Member => "Member",
        MemberRole::Admin => "Admin",
        MemberRole::Owner => "Owner",
    }
}

/// A role, with what it means, where one is chosen.
#[must_use]
pub fn role_explained(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Viewer => "Viewer: reads shared chats",
        MemberRole::Member => "Member: has chats of their own",
        MemberRole::Admin => "Admin: looks after people, products and experts",
        MemberRole::Owner => "Owner: may do everything",
    }
}

/// What opens the question whether somebody is to be removed.
#[must_use]
pub fn to_remove(name: &str) -> String {
    format!("{REMOVE} {name} from the workspace")
}

/// What is done, and to whom.
#[must_use]
pub fn to(what: &str, name: &str) -> String {
    format!("{what} {name}")
}
