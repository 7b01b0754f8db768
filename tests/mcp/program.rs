//! The MCP server of the tests as a program, for the tests in a browser: `mcp ADDRESS` serves it there, and says where.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a fixture that panics fails its test"
)]

#[allow(dead_code, reason = "tests that have it in their own process ask it more")]
mod server;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("The MCP server is at http://{}/mcp", listener.local_addr()?);
    server::serve(listener, server::Shared::default(), None).await
}
