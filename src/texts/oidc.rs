//! Sign-in at an OpenID provider.

use crate::domain::{entry::OidcProblem, limits::NAME_CHARS};

pub const ELSEWHERE: &str = "Sign in elsewhere";
pub const NOT_OFFERED: &str = "This server knows no OpenID provider. Sign in with your password.";
pub const NAMELESS: &str = "Nameless";

/// What the button says.
#[must_use]
pub fn sign_in_with(provider: &str) -> String {
    format!("Sign in with {provider}")
}

/// What the first workspace of somebody is called who made an account by themselves.
#[must_use]
pub fn workspace_of(name: &str) -> String {
    const OWN: &str = "’s workspace";
    let room = NAME_CHARS - OWN.chars().count();
    name.chars().take(room).chain(OWN.chars()).collect()
}

/// What the sign-in page says of a sign-in that came to nothing.
#[must_use]
pub fn sentence(problem: OidcProblem) -> &'static str {
    match problem {
        OidcProblem::Denied => "You were not signed in: it was cancelled or refused there. You can try again.",
        OidcProblem::Expired => "This sign-in took too long, or was begun in another browser. Begin again here.",
        OidcProblem::Away => "The place where you sign in does not answer. Try again in a moment.",
        OidcProblem::Refused => {
            "You were not signed in: the answer from there could not be trusted. Try again; if it stays, tell whoever runs \
             this server."
        }
        OidcProblem::Uninvited => "You have no account here yet. Ask an admin of your team for an invitation.",
        OidcProblem::InvitationGone => "This invitation is not good any more. Ask for a new one.",
        OidcProblem::NoWorkspace => super::entry::NO_WORKSPACE,
        OidcProblem::HasPassword => "There is an account with your address already. Sign in with its password.",
        OidcProblem::Somebody => {
            "The account with your address is somebody else’s, who had this address before you. Ask an admin of your team."
        }
        OidcProblem::Busy => "The server is busy or restarting. Nothing is lost; try again in a moment.",
    }
}
