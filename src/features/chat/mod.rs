//! A chat: its page, its messages, what is typed, what streams.

mod announce;
pub mod api;
mod code;
mod composer;
mod conversation;
mod edit;
mod follow;
mod message;
mod page;
mod problem;
mod scroll;
mod send;
mod shown;
mod view;
mod welcome;

pub use conversation::Conversation;
pub use page::{ChatPage, NewChatPage};
pub use send::Handover;
