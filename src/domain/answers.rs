//! What answers in chats.

use serde::{Deserialize, Serialize};

/// The model that answers where a chat names none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Its name.
    pub model: String,
    /// Whether it is the built-in demo model: every page then says so.
    pub demo: bool,
}
