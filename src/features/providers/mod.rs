//! Providers of a workspace: their list, and the page of each, where its address and key are entered and tried.

pub mod api;
#[cfg(feature = "ssr")]
mod edit;
mod list;
mod page;
mod test;

pub use list::ProvidersPage;
pub use page::ProviderPage;
