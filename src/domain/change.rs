//! Word that a chat changed, in 16 bytes: whoever shows it looks it up.

use uuid::Uuid;

use super::id::ChatId;

/// The bytes of one change.
pub const CHANGE_BYTES: usize = 16;

/// What is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// This chat, or what the list shows of it.
    Chat(ChatId),
    /// Everything that is shown: changes may have been missed.
    Everything,
    /// Nothing; the connection lives.
    Nothing,
}

impl Change {
    /// As it travels: the chat's id, or one that no chat has.
    #[must_use]
    pub fn to_bytes(self) -> [u8; CHANGE_BYTES] {
        match self {
            Self::Chat(chat) => chat.0.into_bytes(),
            Self::Everything => Uuid::nil().into_bytes(),
            Self::Nothing => Uuid::max().into_bytes(),
        }
    }

    /// From how it travelled.
    #[must_use]
    pub fn from_bytes(bytes: [u8; CHANGE_BYTES]) -> Self {
        match Uuid::from_bytes(bytes) {
            id if id.is_nil() => Self::Everything,
            id if id.is_max() => Self::Nothing,
            id => Self::Chat(ChatId(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_arrives_as_it_was_sent() {
        for change in [Change::Chat(ChatId::new()), Change::Everything, Change::Nothing] {
            assert_eq!(Change::from_bytes(change.to_bytes()), change);
        }
    }
}
