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

mod account;
mod any_cut;
mod arrows;
mod audit;
mod audit_actions;
mod avatars;
mod bad_input;
mod body_limits;
mod branches;
mod budget_periods;
mod budgets;
mod catalogue;
mod chat_list;
mod check;
mod client_address;
mod cluster;
mod configuration;
mod context;
mod crash;
mod csrf;
mod deleting;
mod demo_model;
mod devices;
mod doors;
mod fuzz;
mod health;
mod invitations;
mod leases;
mod life_of_a_message;
mod log;
mod log_lines;
mod matrix;
mod mcp;
mod members;
mod metrics;
mod models;
mod moderation;
mod oidc;
mod one_reply_at_a_time;
mod open_streams;
mod openapi;
mod pages;
mod password_reset;
mod prompt_room;
mod provider_errors;
mod provider_keys;
mod provider_quirks;
mod providers;
mod proxies;
mod rate_limits;
mod request_ids;
mod resume;
mod retries;
mod security;
mod send_once;
mod sessions;
mod settings;
mod setup;
mod sharing;
mod shutdown;
mod sign_in;
mod site;
mod sqlite;
mod stop;
mod throttles;
mod titles;
mod tokens;
mod tool_confirmation;
mod tool_patience;
mod tool_rounds;
mod tool_search;
mod tools;
mod traces;
mod usage;
mod usage_pages;
mod viewers;
mod without_javascript;
mod workspaces;
