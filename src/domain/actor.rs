//! Who asks for something, and inside which wall.

use uuid::Uuid;

use super::id::{UserId, WorkspaceId};

/// A person in a workspace: what every question to the store is bound by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub user: UserId,
    /// The workspace in which they act.
    pub workspace: WorkspaceId,
    /// The request in which they act, for the log.
    pub request: Uuid,
}
