//! A workspace, as whoever is in it sees it.

use serde::{Deserialize, Serialize};

use super::member::Membership;

/// What there is to know of a workspace at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceOverview {
    /// Which, and what one is in it.
    pub membership: Membership,
    /// How many people may come in at present.
    pub people: i64,
    /// How many chats one may see.
    pub chats: i64,
    /// When it was made, in microseconds since 1970 UTC.
    pub since: i64,
}
