//! API tokens: how scripts come in.

use serde::{Deserialize, Serialize};

use super::{
    credential::Scope,
    id::{TokenId, WorkspaceId},
};

/// How every token begins: whoever finds one where none should be knows what it is.
pub const TOKEN_PREFIX: &str = "parlance_";

/// The most tokens that a person has: more than anybody keeps apart.
pub const TOKENS_PER_PERSON: i64 = 100;

/// A token as its person sees it. Its secret is known to nobody but whoever it was given to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What its person calls it.
    pub name: String,
    /// How far it reaches.
    pub scope: Scope,
    /// The one workspace that it is good for.
    pub workspace: WorkspaceId,
    /// The name of that workspace.
    pub workspace_name: String,
    /// When it was made, in microseconds since 1970 UTC.
    pub created_at: i64,
    /// When it was last used, to about a minute, in microseconds since 1970 UTC; none if it never was.
    pub used_at: Option<i64>,
}

/// A token that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshToken {
    /// Its id.
    pub id: TokenId,
    /// Its secret, which is never shown again.
    pub secret: String,
}
