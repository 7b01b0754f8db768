//! What people do: a folder a feature, with its page, its components, its server functions (`api.rs`) and its
//! view state.

pub mod account;
pub mod asking;
pub mod audit;
pub mod budgets;
pub mod catalogue;
pub mod chat;
pub mod chats;
pub mod connection;
#[cfg(feature = "ssr")]
mod edge;
pub mod entry;
pub mod layout;
pub mod loaded;
pub mod model;
pub mod models;
mod not_loaded;
pub mod preferences;
pub mod providers;
pub mod recovery;
pub mod settings;
mod signed_out;
pub mod tools;
pub mod usage;
pub mod workspace;
