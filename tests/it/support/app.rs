//! The real server, inside the test's own process.

use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;
use parlance::server::{
    Server,
    config::{Cli, Config},
};
use tempfile::TempDir;

use super::{
    client::Client,
    upstream::{KEY, MODEL, Upstream},
    wait::soon,
};

/// A server on a port and with a data folder of its own, and the upstream that it asks.
pub struct TestApp {
    /// The model.
    pub upstream: Upstream,
    /// Someone who uses the server.
    pub client: Client,
    /// Where it listens.
    pub address: SocketAddr,
    server: Server,
    config: Config,
    data: TempDir,
}

impl TestApp {
    /// Starts one as it comes.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one with some settings changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let upstream = Upstream::start().await;
        let data = TempDir::new().expect("a temporary folder");
        let mut config = config(&data, &upstream.base_url());
        change(&mut config);
        Self::launch(upstream, config, data).await
    }

    async fn launch(upstream: Upstream, config: Config, data: TempDir) -> Self {
        let started = soon("the server to start", Server::start(config.clone())).await;
        let server = started.unwrap_or_else(|error| panic!("the server does not start: {error:?}"));
        let address = server.address();
        Self { upstream, client: Client::new(address), address, server, config, data }
    }

    /// Stops it in order and starts it again on the same data, asking the same upstream.
    pub async fn restart(self) -> Self {
        let Self { upstream, server, config, data, .. } = self;
        soon("the server to stop", server.stop()).await;
        Self::launch(upstream, config, data).await
    }
}

fn config(data: &TempDir, base_url: &str) -> Config {
    let data = data.path().display().to_string();
    let site = site_root().display().to_string();
    let database = format!("sqlite://{data}/parlance.db");
    let arguments = [
        ["--data", &data],
        ["--database-url", &database],
        ["--site-addr", "127.0.0.1:0"],
        ["--site-root", &site],
        ["--openai-base-url", base_url],
        ["--openai-api-key", KEY],
        ["--openai-model", MODEL],
        ["--connect-timeout", "5"],
        ["--first-byte-timeout", "60"],
        ["--idle-timeout", "60"],
    ];
    let cli = Cli::try_parse_from(std::iter::once("parlance").chain(arguments.into_iter().flatten()));
    cli.expect("flags that parse").settings.check().expect("settings that make sense")
}

/// Where the page's scripts and styles are, if they were built.
pub fn site_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/site")
}
