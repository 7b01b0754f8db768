//! What people do: a folder a feature, with its page, its components, its server functions (`api.rs`) and its
//! view state.

pub mod chat;
pub mod chats;
pub mod connection;
#[cfg(feature = "ssr")]
mod edge;
pub mod layout;
pub mod loaded;
pub mod model;
pub mod preferences;
