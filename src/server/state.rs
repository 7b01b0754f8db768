//! What every request can reach.

use axum::extract::FromRef;
use leptos::config::LeptosOptions;

use super::{replies::Engine, store::Store};
use crate::domain::answers::Answers;

/// The state of one node. Cheap to clone.
#[derive(Clone, Debug, FromRef)]
pub struct AppState {
    /// Where the page's scripts and styles are: the framework asks for it.
    pub leptos: LeptosOptions,
    /// The database: server functions read and write through it.
    pub store: Store,
    /// The engine: told when a reply is asked for or to be stopped, and asked to follow one.
    pub engine: Engine,
    /// What answers: every page says it.
    pub answers: Answers,
}
