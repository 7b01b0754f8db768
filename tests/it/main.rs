//! Integration tests: the real server over real HTTP, with a scripted model behind it. A file a behaviour; the names of
//! the tests are what somebody relies on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics fails, which is what it is for"
)]

mod support;

mod any_cut;
mod arrows;
mod bad_input;
mod branches;
mod chat_list;
mod configuration;
mod crash;
mod deleting;
mod demo_model;
mod health;
mod leases;
mod life_of_a_message;
mod log;
mod one_reply_at_a_time;
mod pages;
mod provider_errors;
mod provider_quirks;
mod resume;
mod retries;
mod security;
mod send_once;
mod shutdown;
mod stop;
mod viewers;
mod without_javascript;
