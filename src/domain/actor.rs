//! Who asks for something, and inside which wall.

use std::net::{IpAddr, Ipv4Addr};

use uuid::Uuid;

use super::{
    id::{UserId, WorkspaceId},
    member::MemberRole,
};

/// A person in a workspace: what every question to the store is bound by. Made by the access policy alone, which has found
/// that the person is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub user: UserId,
    /// The workspace in which they act.
    pub workspace: WorkspaceId,
    /// What they are in it.
    pub role: MemberRole,
    /// In which request, and from where.
    pub origin: Origin,
}

/// Where something came from: for the log, and for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The request.
    pub request: Uuid,
    /// The client's address.
    pub address: IpAddr,
}

impl Origin {
    /// The server itself.
    pub const SERVER: Self = Self { request: Uuid::nil(), address: IpAddr::V4(Ipv4Addr::LOCALHOST) };
}

impl Actor {
    /// Whose private chats they may see: their own, or nobody's if they are a viewer, who reads what is shared alone.
    #[must_use]
    pub fn creator(&self) -> UserId {
        if self.role == MemberRole::Viewer { UserId(Uuid::nil()) } else { self.user }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_is_the_creator_of_nothing() {
        let user = UserId::new();
        let actor = |role| Actor { user, workspace: WorkspaceId::new(), role, origin: Origin::SERVER };
        assert_eq!(actor(MemberRole::Member).creator(), user);
        assert_ne!(actor(MemberRole::Viewer).creator(), user);
    }
}
