//! Who is asking, and may they.
//!
//! For now one person uses the server without signing in, which is why it listens on loopback by default.
//! Every question to the store is bound to an actor all the same, so that signing in changes this file and
//! not the ones that call it.

use uuid::Uuid;

use super::http::request_id::{RequestId, current_request};
use crate::domain::{
    actor::Actor,
    error::AppError,
    id::{UserId, WorkspaceId},
};

/// The one person of a server without sign-in, and their workspace.
pub const LOCAL: Actor = Actor {
    user: UserId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001)),
    workspace: WorkspaceId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002)),
    request: Uuid::nil(),
};

/// Who is asking in this request.
///
/// # Errors
/// If nobody who may.
pub fn actor() -> Result<Actor, AppError> {
    let request = current_request().map_or(Uuid::nil(), |RequestId(id)| id);
    Ok(Actor { request, ..LOCAL })
}
