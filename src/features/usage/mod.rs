//! What was used, by person, model and day.

pub mod api;
mod choose;
mod page;
mod tables;

pub use page::UsagePage;
