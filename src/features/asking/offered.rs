//! The models that there are to choose from on a page.

use std::future::Future;

use super::api::offered_models;
use crate::{
    domain::{asking::Offer, id::WorkspaceId},
    features::loaded::{Loaded, load},
};

/// What the workspace of a chat offers, for whatever on its page has to know.
#[derive(Clone, Copy)]
pub struct Offered(pub Loaded<Offer>);

impl Offered {
    /// Asks the server, before the page is sent; in which workspace, may have to be found out first.
    #[must_use]
    pub fn load<Fut>(workspace: impl Fn() -> Fut + Copy + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Option<WorkspaceId>> + Send + 'static,
    {
        Self(load(|| (), move |()| async move { offered_models(workspace().await).await }))
    }
}
