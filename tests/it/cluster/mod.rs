//! Many nodes with nothing but PostgreSQL between them.

mod across_nodes;
mod budgets;
mod busy;
mod clocks;
mod database_away;
mod death_of_a_node;
mod leaving;
mod ledger;
mod metrics;
mod models;
mod moving;
mod people;
mod roles;
mod secrets;
mod sharing;
mod tool_confirmation;
mod traces;
mod upgrades;
mod waiting;
mod words;
