//! The audit log, for the owners of a workspace.

pub mod api;
mod filter;
mod page;

pub use page::AuditLogPage;
