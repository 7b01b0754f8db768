//! What answers in the chats of a server.

use serde::{Deserialize, Serialize};

/// The model that answers where a chat names none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Its name.
    pub model: String,
    /// Whether it is the built-in demo model: every page says so.
    pub demo: bool,
}
