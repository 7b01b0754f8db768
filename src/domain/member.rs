//! The people of a workspace.

use serde::{Deserialize, Serialize};

use super::{
    id::{ImageId, UserId, WorkspaceId},
    words::words,
};

words!(
    /// What a person is in a workspace. Each may do what those before it may.
    MemberRole {
        /// Reads what is shared.
        Viewer = "viewer",
        /// Has chats of their own.
        Member = "member",
        /// Looks after people, products and experts.
        Admin = "admin",
        /// Says who the owners are, and reads the audit log.
        Owner = "owner",
    }
);

/// A person as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSummary {
    /// Their id.
    pub id: UserId,
    /// Their full name.
    pub name: String,
    /// Their picture; initials stand for those who have none.
    pub avatar: Option<ImageId>,
}

/// A person of a workspace, as its admins see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: PersonSummary,
    /// Their email address; none on a server without sign-in.
    pub email: Option<String>,
    /// What they are.
    pub role: MemberRole,
    /// Whether they may not come in at present.
    pub suspended: bool,
    /// Since when they are in it, in microseconds since 1970 UTC.
    pub since: i64,
}

/// The people of a workspace, as one of them sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberList {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Who looks.
    pub you: UserId,
    /// What they are in it.
    pub role: MemberRole,
    /// Whether others can come in: not on a server without sign-in.
    pub invites: bool,
    /// The people, by name. Only admins see addresses, and who is suspended.
    pub members: Vec<Member>,
}

/// A workspace that one is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What one is in it.
    pub role: MemberRole,
}

/// The letters that stand for a person without a picture: of the first and the last word of the name.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ada Augusta King Lovelace"), "AL");
        assert_eq!(initials(" ada "), "A");
        assert_eq!(initials("(Jean) \"Luc\""), "JL");
        assert_eq!(initials("王 秀英"), "王秀");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn each_role_is_more_than_the_one_before() {
        assert!(MemberRole::ALL.is_sorted() && MemberRole::ALL.len() == 4);
    }
}
