//! Tools: what a model called and what became of it, in a message; which tools a chat uses; the MCP servers of a workspace.

#[cfg(feature = "ssr")]
mod answer;
pub mod api;
mod calls;
#[cfg(feature = "ssr")]
pub(in crate::features) mod edit;
mod panel;
mod server;
mod servers;
pub mod servers_api;
mod tooling;

pub use calls::{Calls, WaitingCalls};
pub(in crate::features) use panel::FIELD as TOOLS_FIELD;
pub use panel::{FirstTools, ToolsPanel};
pub use server::McpServerPage;
pub use servers::McpServersPage;
pub use tooling::Tooling;
