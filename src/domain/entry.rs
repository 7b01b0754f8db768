//! The ways into a server.

use serde::{Deserialize, Serialize};

use super::words::words;

/// What the pages before the sign-in have to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whether everybody may make an account.
    pub open_sign_up: bool,
    /// The name of the OpenID provider, if there is one.
    pub provider: Option<String>,
    /// Whether the server can send mails.
    pub mails: bool,
}

words!(
    /// Why a sign-in at the OpenID provider came to nothing. It travels in the address of the page that says so.
    OidcProblem {
        /// The person, or the provider, said no.
        Denied = "denied",
        /// It was not begun in this browser, took too long, or is over already.
        Expired = "expired",
        /// The provider does not answer.
        Away = "away",
        /// The provider did not say who it is, or not in a way that can be trusted.
        Refused = "refused",
        /// They have no account and no invitation.
        Uninvited = "uninvited",
        /// They have no account, and their invitation is not good any more.
        InvitationGone = "invitation",
        /// They are in no workspace, or suspended.
        NoWorkspace = "workspace",
        /// There is an account with their address that has a password.
        HasPassword = "password",
        /// There is an account with their address, of somebody who is another one at the provider.
        Somebody = "somebody",
        /// The server could not bring it to its end.
        Busy = "busy",
    }
);
