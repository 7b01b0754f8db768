//! What the words mean: pure types and pure functions, the same in the server and in the browser.
//!
//! Nothing here reads a clock, a database or the network, and nothing here uses the rest of Parlance.

pub mod actor;
pub mod answers;
pub mod change;
pub mod chat;
pub mod error;
pub mod frame;
pub mod id;
pub mod limits;
pub mod markdown;
pub mod message;
pub mod reply;
