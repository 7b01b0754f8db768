//! How somebody has proven who they are.

use super::{
    id::{SessionId, TokenId},
    words::words,
};

words!(
    /// How far an API token reaches.
    Scope {
        /// It reads.
        Read = "read",
        /// It does what its person may do with chats, too.
        Write = "write",
    }
);

/// The proof of who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// None: on a server without sign-in everybody is the same person.
    None,
    /// The cookie of a session.
    Session(SessionId),
    /// An API token, which is good for one workspace.
    Token(TokenId, Scope),
}
