//! What the tests stand on: a model to be scripted, a server to be started, a client to use it with.

pub mod app;
pub mod client;
pub mod database;
pub mod html;
pub mod process;
pub mod script;
pub mod upstream;
pub mod viewer;
pub mod wait;
