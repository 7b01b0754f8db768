//! The model: asked through `async-openai`, understood through types of our own that forgive what
//! compatible servers get wrong.

mod client;
pub mod demo;
mod error;
mod transport;
mod wire;

pub use client::{ModelClient, ModelEvent, Question, Turn};
pub use error::ModelError;
