//! How models are asked: which one answers in a chat, how, and what holds in the workspace where a chat says nothing.

pub mod api;
mod choice;
mod defaults;
#[cfg(feature = "ssr")]
pub(in crate::features) mod edit;
mod fields;
mod meant;
mod offered;
mod others;
mod panel;
mod select;
mod typed;

pub use choice::Asking;
pub use defaults::DefaultsPage;
pub use meant::meant;
pub use offered::Offered;
pub use others::Others;
pub(in crate::features) use typed::COMPOSER;
pub use typed::{Typed, typed};
