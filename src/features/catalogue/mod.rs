//! Products and sales experts of a workspace: their lists, their forms, what a new chat chooses of them, and what a chat
//! shows of what was chosen.

pub mod api;
mod choose;
mod context;
#[cfg(feature = "ssr")]
mod edit;
mod expert;
mod face;
mod list;
mod model;
mod product;

pub use choose::{Choices, Choosing};
pub use context::ContextView;
pub use expert::ExpertPage;
pub use list::{ExpertsPage, ProductsPage};
pub use product::ProductPage;
