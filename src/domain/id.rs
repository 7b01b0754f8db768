//! Identifiers: UUIDv7, so that an id sorts by the moment it was made, each kind a type of its own.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id. Whoever begins a thing makes its id, the browser included: that is what lets a
            /// request be sent twice and carried out once.
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A person.
    UserId
);
id!(
    /// A workspace: the wall around chats, products, experts and their people.
    WorkspaceId
);
id!(
    /// A chat.
    ChatId
);
id!(
    /// A message of a chat. The id of an assistant's message is also the id of its reply's log.
    MessageId
);
id!(
    /// A session: a device on which a person is signed in. Not its secret.
    SessionId
);
id!(
    /// An invitation to a workspace. Not its secret.
    InvitationId
);
id!(
    /// An API token. Not its secret.
    TokenId
);
id!(
    /// A product of a workspace.
    ProductId
);
id!(
    /// A sales expert of a workspace.
    ExpertId
);
id!(
    /// An avatar or a portrait.
    ImageId
);
id!(
    /// An entry of the audit log.
    AuditId
);
id!(
    /// A provider of models.
    ProviderId
);
id!(
    /// A model of a provider.
    ModelId
);
id!(
    /// A budget of a workspace.
    BudgetId
);
id!(
    /// An MCP server of a workspace.
    McpServerId
);
