//! Invitations, and how one comes in.

use crate::domain::{invitation::InvitationState, member::MemberRole};

pub const HEADING: &str = "Invitations";
pub const NONE: &str = "No invitation is open.";
pub const INVITE: &str = "Invite";
pub const INVITE_LEAD: &str = "An invitation is a link. It lets one person in, whoever opens it first.";
pub const EMAIL_NOTE: &str = "Email (optional)";
pub const EMAIL_HINT: &str = "A note for the list. Nothing is sent: you pass the link on yourself.";
pub const FRESH: &str = "Pass this link on";
pub const FRESH_HINT: &str = "It is shown this once. It is good for one person, until ";
pub const LINK: &str = "Invitation link";
pub const COPY: &str = "Copy";
pub const REVOKE: &str = "Revoke";
pub const UNTIL: &str = "until ";
pub const ANYBODY: &str = "anybody with the link";

pub const JOIN_HEADING: &str = "Invitation";
pub const JOIN: &str = "Make an account and join";
pub const HAVE_ACCOUNT: &str = "You have an account here already? Sign in first.";
pub const MEMBER_HERE: &str = "You are in this workspace already.";
pub const TO_CHATS: &str = "Go to your chats";
pub const SIGN_UP_LEAD: &str = "You get a workspace of your own, and can invite others.";

pub const NO_INVITATION: &str =
    "This link leads to no invitation. See whether it is whole, or ask for another one where you had it from.";
pub const EXPIRED: &str = "This invitation is over: one is good for 7 days. Ask for another one where you had it from.";
pub const USED: &str = "Somebody has come in by this invitation, and it is good for one. If that was you, sign in; else ask for another one.";
pub const REVOKED: &str = "This invitation was taken back. Ask for another one where you had it from.";
pub const TRY_AGAIN: &str = "Somebody else was just trying this invitation. Try again.";
pub const USED_ALREADY: &str = "Somebody has come in by this invitation already. You find them among the members.";
pub const TOO_MANY: &str = "200 invitations are open, and that is as many as there can be. Revoke some first.";
pub const MEMBER_ALREADY: &str =
    "You are in this workspace already, and your role stays as it is. If you were suspended, ask one of its admins.";
pub const EMAIL_TAKEN: &str = "There is an account with this email address already. Sign in first; if you were invited, open the link again then.";
pub const SET_UP_FIRST: &str = "This server has no owner yet. Set it up first.";

/// Who invites to what.
#[must_use]
pub fn invites(by: &str, workspace: &str, role: MemberRole) -> String {
    let role = super::members::role(role).to_lowercase();
    let article = if role.starts_with(['a', 'o']) { "an" } else { "a" };
    format!("{by} invites you to the workspace {workspace}, as {article} {role}.")
}

/// The button of whoever has signed in.
#[must_use]
pub fn join_as(workspace: &str) -> String {
    format!("Join {workspace}")
}

/// Who has signed in.
#[must_use]
pub fn signed_in_as(name: &str) -> String {
    format!("You are signed in as {name}.")
}

/// Why an invitation lets nobody in.
#[must_use]
pub fn closed(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Open => TRY_AGAIN,
        InvitationState::Expired => EXPIRED,
        InvitationState::Used => USED,
        InvitationState::Revoked => REVOKED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::invitation::{INVITATION_DAYS, INVITATIONS_OPEN};

    #[test]
    fn the_figures_are_those_that_hold() {
        assert!(EXPIRED.contains(&format!("{INVITATION_DAYS} days")));
        assert!(TOO_MANY.starts_with(&INVITATIONS_OPEN.to_string()));
    }

    #[test]
    fn who_invites_to_what_is_a_sentence() {
        assert_eq!(
            invites("Ada", "Engines", MemberRole::Admin),
            "Ada invites you to the workspace Engines, as an admin."
        );
        assert!(invites("Ada", "Engines", MemberRole::Viewer).ends_with("as a viewer."));
    }
}
