//! The model: asked through `async-openai`, understood through types of our own that forgive what
//! compatible servers get wrong.

mod calls;
mod client;
pub mod demo;
mod done;
mod error;
mod fields;
mod key;
mod list;
mod listed;
mod moderation;
mod offer;
mod parameters;
mod refusals;
mod retry_after;
mod transport;
mod turn;
mod wire;

pub use calls::RequestedCall;
pub use client::{ModelClient, ModelEvent, Question};
pub use error::ModelError;
pub use fields::Field;
pub use list::ListError;
pub use offer::Offer;
pub use parameters::Parameters;
pub use turn::{CallKind, CalledFunction, Turn, TurnCall};
