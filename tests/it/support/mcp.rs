//! An MCP server to be asked, and workspaces that ask it.

use parlance::domain::{
    id::{ChatId, McpServerId},
    mcp::McpServer,
};
use tokio::{net::TcpListener, task::JoinHandle};

#[path = "../../mcp/server.rs"]
mod server;

pub use server::Shared;

use super::client::{Client, Refusal};

/// A server on a port of its own. It ends when it is dropped.
pub struct TestMcp {
    /// What it was asked.
    pub asked: Shared,
    /// Where it answers.
    pub url: String,
    serving: JoinHandle<()>,
}

impl TestMcp {
    /// Starts one that answers everybody.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// Starts one that answers whoever has this token.
    pub async fn with_token(token: &str) -> Self {
        Self::start_with(Some(token.to_owned())).await
    }

    async fn start_with(token: Option<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port to listen on");
        let url = format!("http://{}/mcp", listener.local_addr().expect("a bound listener has an address"));
        let asked = Shared::default();
        let serving = server::serve(listener, asked.clone(), token);
        let serving = tokio::spawn(async move { serving.await.expect("a server that serves") });
        Self { asked, url, serving }
    }
}

impl Drop for TestMcp {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Client {
    /// Adds an MCP server.
    pub async fn add_mcp(&self, name: &str, url: &str, token: &str) -> McpServerId {
        let server = McpServerId::new();
        self.save_mcp(server, name, url, token).await.expect("an MCP server to be kept");
        server
    }

    /// Keeps an MCP server whose tools may be used.
    pub async fn save_mcp(&self, server: McpServerId, name: &str, url: &str, token: &str) -> Result<(), Refusal> {
        let server = server.to_string();
        let fields = [("server", server.as_str()), ("name", name), ("url", url), ("token", token), ("enabled", "true")];
        self.order("save_mcp_server", &fields).await
    }

    /// An MCP server as its admins see it.
    pub async fn mcp(&self, server: McpServerId) -> McpServer {
        self.call("load_mcp_server", &[("server", &server.to_string())]).await.expect("an MCP server")
    }

    /// What a model would call the tools that a chat may use.
    pub async fn tool_names(&self, chat: ChatId) -> Vec<String> {
        self.tools(chat).await.tools.into_iter().map(|tool| tool.name).collect()
    }
}
