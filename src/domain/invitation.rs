//! Invitations to a workspace: a link that lets one person in.

use serde::{Deserialize, Serialize};

use super::{id::InvitationId, member::MemberRole, words::words};

/// How many days an invitation is good: long enough for a holiday weekend, short enough for a mail that others read later.
pub const INVITATION_DAYS: i64 = 7;

/// How many open invitations a workspace may have: more than a team invites at once, and few enough to look through.
pub const INVITATIONS_OPEN: i64 = 200;

/// How the secret of an invitation begins, for whoever finds one where none should be.
pub const INVITATION_PREFIX: &str = "join_";

/// Where the page of an invitation is; its secret follows.
pub const JOIN_PAGE: &str = "/join/";

words!(
    /// How an invitation stands.
    InvitationState {
        /// It lets somebody in.
        Open = "open",
        /// Its time is over.
        Expired = "expired",
        /// Somebody came in by it.
        Used = "used",
        /// It was taken back.
        Revoked = "revoked",
    }
);

/// An open invitation, as the admins of its workspace see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingInvitation {
    /// Its id.
    pub id: InvitationId,
    /// What whoever comes in by it will be.
    pub role: MemberRole,
    /// Whom it is for, as a note.
    pub email: Option<String>,
    /// The name of whoever made it.
    pub invited_by: String,
    /// Until when it is good, in microseconds since 1970 UTC.
    pub expires_at: i64,
}

/// An open invitation, as whoever has its link sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The name of the workspace.
    pub workspace: String,
    /// What one will be in it.
    pub role: MemberRole,
    /// The name of whoever made it.
    pub invited_by: String,
    /// Whom it is for, as a note.
    pub email: Option<String>,
    /// Until when it is good, in microseconds since 1970 UTC.
    pub expires_at: i64,
    /// Who looks at it, if they have signed in.
    pub guest: Option<Guest>,
}

/// Somebody who has signed in and looks at an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// Their name.
    pub name: String,
    /// Whether they are in the workspace already.
    pub is_member: bool,
}

/// An invitation that was just made. Its secret is in here, and nowhere else any more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshInvitation {
    /// The path of its page, which ends with the secret.
    pub path: String,
    /// The server's address, which goes before the path; none if the server was not told its own.
    pub server: Option<String>,
    /// Until when it is good, in microseconds since 1970 UTC.
    pub expires_at: i64,
}

impl std::fmt::Debug for FreshInvitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FreshInvitation").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl InvitationState {
    /// How an invitation stands at a moment; all of them in microseconds since 1970 UTC.
    #[must_use]
    pub fn at(now: i64, expires_at: i64, accepted_at: Option<i64>, revoked_at: Option<i64>) -> Self {
        match (accepted_at, revoked_at) {
            (Some(_), _) => Self::Used,
            (None, Some(_)) => Self::Revoked,
            (None, None) if expires_at <= now => Self::Expired,
            (None, None) => Self::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_open_until_it_is_used_revoked_or_over() {
        assert_eq!(InvitationState::at(9, 10, None, None), InvitationState::Open);
        assert_eq!(InvitationState::at(10, 10, None, None), InvitationState::Expired);
        assert_eq!(InvitationState::at(11, 10, None, Some(5)), InvitationState::Revoked);
        assert_eq!(InvitationState::at(11, 10, Some(5), None), InvitationState::Used);
    }

    #[test]
    fn a_fresh_invitation_does_not_show_its_secret_by_accident() {
        let fresh = FreshInvitation { path: "/join/s3cret".to_owned(), server: None, expires_at: 1 };
        assert!(!format!("{fresh:?}").contains("s3cret"));
    }
}
