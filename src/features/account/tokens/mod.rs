//! One's API tokens.

pub mod api;
#[cfg(feature = "ssr")]
mod make;
mod page;

pub use page::TokensPage;
