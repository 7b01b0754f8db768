//! What every request can reach.

use axum::extract::FromRef;
use leptos::config::LeptosOptions;

use super::{
    access::Access, mail::Mailer, metrics::Metrics, providers::Providers, replies::Engine, store::Store, tools::Tools,
};
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
    /// Whose models answer: asked which there are, before somebody chooses or sends.
    pub providers: Providers,
    /// What models may call: asked which there are, before somebody switches them on.
    pub tools: Tools,
    /// What the node counts about itself.
    pub metrics: Metrics,
    /// Who may come in: asked by every server function.
    pub access: Access,
    /// Sends mails, if this server does: to whoever forgot their password.
    pub mailer: Option<Mailer>,
    /// What answers where nobody chose anything.
    pub answers: Answers,
}
