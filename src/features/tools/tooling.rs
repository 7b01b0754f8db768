//! The tools that there are for the chat of a page.

use std::future::Future;

use super::api::{chat_tools, offered_tools};
use crate::{
    domain::{
        id::{ChatId, WorkspaceId},
        tool::ChatTools,
    },
    features::loaded::{Loaded, load},
};

/// What the chat of a page may use, for the panel on it. Asked for beside the conversation and not inside of it: what begins
/// to load in a part that is loaded itself does not come alive.
#[derive(Clone, Copy)]
pub struct Tooling(pub(super) Loaded<ChatTools>);

impl Tooling {
    /// Of a chat.
    #[must_use]
    pub fn of(chat: ChatId) -> Self {
        Self(load(|| (), move |()| chat_tools(chat)))
    }

    /// Of one that is about to begin; in which workspace, may have to be found out first.
    #[must_use]
    pub fn of_new<Fut>(workspace: impl Fn() -> Fut + Copy + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Option<WorkspaceId>> + Send + 'static,
    {
        Self(load(|| (), move |()| async move { offered_tools(workspace().await).await }))
    }
}
