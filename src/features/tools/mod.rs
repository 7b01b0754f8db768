//! Tools: what a model called and what became of it, in a message; which tools a chat uses; the MCP servers of a workspace.

pub mod api;
mod calls;
#[cfg(feature = "ssr")]
mod edit;
mod panel;
mod server;
mod servers;
pub mod servers_api;

pub use calls::{Calls, WaitingCalls};
pub use panel::ToolsPanel;
pub use server::McpServerPage;
pub use servers::McpServersPage;
