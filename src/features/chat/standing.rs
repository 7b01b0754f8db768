//! What whoever looks at a chat may do in it, and who else sees it.

use crate::domain::{
    chat::{ChatPage, Sharing},
    member::PersonSummary,
};

/// How a person stands to a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who else sees it.
    pub sharing: Sharing,
    /// Who began it, if somebody else did.
    pub creator: Option<PersonSummary>,
    /// Whether they may write in it.
    pub may_write: bool,
    /// Whether they may share it.
    pub may_manage: bool,
}

impl Standing {
    /// To a chat that one begins.
    pub(super) const OWN: Self = Self { sharing: Sharing::Private, creator: None, may_write: true, may_manage: true };

    /// As the server says.
    pub(super) fn of(page: &ChatPage) -> Self {
        Self {
            sharing: page.chat.sharing,
            creator: page.chat.creator.clone(),
            may_write: page.may_write,
            may_manage: page.may_manage,
        }
    }
}
