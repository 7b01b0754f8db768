//! What the words mean: pure types and pure functions, the same in the server and in the browser.
//!
//! Nothing here reads a clock, a database or the network, and nothing here uses the rest of Parlance.

pub mod actor;
pub mod answers;
pub mod asking;
pub mod audience;
pub mod audit;
pub mod budget;
pub mod care;
pub mod catalogue;
pub mod change;
pub mod chat;
pub mod credential;
pub mod day;
pub mod device;
pub mod entry;
pub mod error;
pub mod form;
pub mod frame;
pub mod id;
pub mod invitation;
pub mod limits;
pub mod local_path;
pub mod markdown;
pub mod mcp;
pub mod member;
pub mod message;
pub mod model;
pub mod model_facts;
pub mod model_filter;
pub mod moment;
pub mod money;
pub mod parameter;
pub mod person;
pub mod provider;
pub mod reply;
pub mod settings;
pub mod text;
pub mod title;
pub mod token;
pub mod tool;
pub mod upload;
pub mod usage;
pub mod waiting;
mod words;
pub mod workspace;
pub mod worst;
