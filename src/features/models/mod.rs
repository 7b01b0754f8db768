//! The catalogue of models, as the admins of a workspace look at it and say what is offered in it.

pub mod api;
#[cfg(feature = "ssr")]
mod edit;
mod filter;
mod list;
mod page;

pub use list::ModelsPage;
pub use page::ModelPage;
