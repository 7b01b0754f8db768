//! A chat: its page, its messages, what is typed, what streams.

mod announce;
pub mod api;
mod code;
mod composer;
mod conversation;
mod edit;
mod elsewhere;
mod follow;
mod message;
mod notes;
mod page;
mod problem;
mod reader;
mod scroll;
mod send;
mod share;
mod shown;
mod siblings;
mod spent;
mod standing;
mod view;
mod waits;
mod welcome;

pub(in crate::features) use code::copy_and_say;
pub(in crate::features) use composer::FIELD as MESSAGE_FIELD;
pub use conversation::Conversation;
pub use page::{ChatPage, NewChatPage};
pub use send::{Handover, refresh_soon};
