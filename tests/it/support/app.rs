//! The real server, inside the test's own process.

use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use parlance::server::{
    Server,
    config::{Auth, Cli, Config},
};
use tempfile::TempDir;

use super::{
    client::Client,
    database::TestDatabase,
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
    kept: Kept,
}

/// What outlives a restart.
struct Kept {
    data: TempDir,
    database: TestDatabase,
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
        let database = TestDatabase::new(data.path());
        let kept = Kept { data, database };
        let mut config = config(&kept, &upstream.base_url());
        change(&mut config);
        Self::launch(upstream, config, kept).await
    }

    /// Starts one on which people sign in.
    pub async fn with_sign_in() -> Self {
        Self::start_with(|config| config.access.auth = Auth::On).await
    }

    async fn launch(upstream: Upstream, config: Config, kept: Kept) -> Self {
        let started = soon("the server to start", Server::start(config.clone())).await;
        let server = started.unwrap_or_else(|error| panic!("the server does not start: {error:?}"));
        let address = server.address();
        Self { upstream, client: Client::new(address), address, server, config, kept }
    }

    /// Its database.
    pub fn database(&self) -> String {
        self.kept.database.url()
    }

    /// Stops it in order and starts it again on the same data, asking the same upstream.
    pub async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// The same, with some settings changed.
    pub async fn restart_with(self, change: impl FnOnce(&mut Config)) -> Self {
        self.restart_timed(change).await.0
    }

    /// The same; also says how long the stop took, without the start.
    pub async fn restart_timed(self, change: impl FnOnce(&mut Config)) -> (Self, Duration) {
        let Self { upstream, server, mut config, kept, .. } = self;
        change(&mut config);
        let asked = Instant::now();
        soon("the server to stop", server.stop()).await;
        let took = asked.elapsed();
        (Self::launch(upstream, config, kept).await, took)
    }
}

fn config(kept: &Kept, base_url: &str) -> Config {
    let data = kept.data.path().display().to_string();
    let site = site_root().display().to_string();
    let database = kept.database.url();
    let arguments = [
        ["--data", &data],
        ["--database-url", &database],
        ["--site-addr", "127.0.0.1:0"],
        // Who may come in has tests of its own.
        ["--auth", "off"],
        // As have titles: they would be one more question to the model.
        ["--titles", "off"],
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
