//! Whom word of a chat may reach.

use super::{
    actor::Actor,
    chat::Sharing,
    id::{UserId, WorkspaceId},
};

/// Those who may see a chat, and so hear that it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Audience {
    /// Nobody outside of this workspace.
    pub workspace: WorkspaceId,
    /// This person alone; none if everybody in the workspace.
    pub only: Option<UserId>,
}

impl Audience {
    /// Of a chat that is shared so.
    #[must_use]
    pub fn of(workspace: WorkspaceId, creator: UserId, sharing: Sharing) -> Self {
        Self { workspace, only: (sharing == Sharing::Private).then_some(creator) }
    }

    /// Everybody in a workspace.
    #[must_use]
    pub fn everybody(workspace: WorkspaceId) -> Self {
        Self { workspace, only: None }
    }

    /// What an actor belongs to: who sees what is shared in their workspace, and who sees what is theirs.
    #[must_use]
    pub fn around(actor: &Actor) -> [Self; 2] {
        [Self::everybody(actor.workspace), Self { workspace: actor.workspace, only: Some(actor.creator()) }]
    }

    /// Whether an actor belongs to it.
    #[must_use]
    pub fn has(&self, actor: &Actor) -> bool {
        Self::around(actor).contains(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{actor::Origin, member::MemberRole};

    #[test]
    fn a_private_chat_concerns_its_creator_and_a_shared_one_their_workspace() {
        let (workspace, creator) = (WorkspaceId::new(), UserId::new());
        let actor = |user, workspace, role| Actor { user, workspace, role, origin: Origin::SERVER };
        let ada = actor(creator, workspace, MemberRole::Member);
        let others = [
            actor(UserId::new(), workspace, MemberRole::Owner),
            actor(creator, workspace, MemberRole::Viewer),
            actor(creator, WorkspaceId::new(), MemberRole::Owner),
        ];
        let private = Audience::of(workspace, creator, Sharing::Private);
        assert!(private.has(&ada) && !others.iter().any(|other| private.has(other)));
        for sharing in [Sharing::Read, Sharing::Write] {
            let shared = Audience::of(workspace, creator, sharing);
            assert_eq!(shared, Audience::everybody(workspace));
            let concerned: Vec<bool> = others.iter().map(|other| shared.has(other)).collect();
            assert_eq!((shared.has(&ada), concerned), (true, vec![true, true, false]));
        }
    }
}
