//! What happens, on the server alone.

pub mod access;
pub mod config;
pub mod error;
pub mod highlight;
pub mod http;
pub mod model;
pub mod replies;
pub mod state;
pub mod store;
mod telemetry;

use std::{net::SocketAddr, process::ExitCode, sync::Once, time::Duration};

use anyhow::Context;
use secrecy::SecretString;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

use self::{
    config::{Cli, Config, Provider},
    http::accept::Connections,
    model::{ModelClient, demo},
    replies::Engine,
    state::AppState,
    store::Store,
};
use crate::domain::answers::Answers;

/// How long a stop may take; 2 seconds are promised.
const STOP: Duration = Duration::from_millis(1_800);

/// Runs the command and says in a sentence what stopped it, if anything did.
#[must_use]
pub fn run() -> ExitCode {
    match try_run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parlance: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn try_run() -> anyhow::Result<()> {
    let cli = Cli::read()?;
    telemetry::start(&cli.settings.log, cli.settings.log_format)?;
    let config = cli.settings.check()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let server = Server::start(config).await?;
        wait_for_signal().await?;
        tracing::info!("stopping");
        server.stop().await;
        Ok(())
    })
}

async fn wait_for_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// A running server: pages, worker and everything else of one node.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    engine: Engine,
    store: Store,
    connections: JoinHandle<()>,
}

impl Server {
    /// Opens the database, starts the engine, and listens.
    ///
    /// # Errors
    /// If one of them is not possible, with a sentence that says what to do.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        install_crypto();
        raise_file_limit();
        tokio::fs::create_dir_all(&config.data)
            .await
            .with_context(|| format!("PARLANCE_DATA names a folder that cannot be made: {}", config.data.display()))?;
        let store =
            Store::open(&config.database_url).await.context("DATABASE_URL names a database that cannot be opened")?;
        store.ensure_actor(&access::LOCAL).await?;
        // The lock on the file says that nobody else has it: what was running is not running any more.
        replies::recover(&store).await?;
        let listener = TcpListener::bind(config.address).await.with_context(|| {
            format!("LEPTOS_SITE_ADDR names an address that cannot be listened on: {}", config.address)
        })?;
        let address = listener.local_addr()?;
        let (model, answers) = model_client(&config).await?;
        let engine = Engine::start(store.clone(), model, answers.model.clone(), config.concurrency);
        let state = AppState {
            leptos: http::leptos_options(&config, address),
            store: store.clone(),
            engine: engine.clone(),
            answers,
        };
        announce(address, &state.answers);
        let connections = Connections { leaving: engine.leaving().clone() };
        let connections = tokio::spawn(connections.accept(listener, http::router(state, &config.hosts)));
        Ok(Self { address, engine, store, connections })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests, sends viewers away, brings what is running into the database, and is gone in
    /// less than two seconds.
    pub async fn stop(self) {
        let stopped = async {
            self.engine.shut_down().await;
            // It ends by itself once the last connection has.
            if let Err(error) = self.connections.await {
                tracing::error!(%error, "the accept loop failed");
            }
            self.store.close().await;
        };
        if timeout(STOP, stopped).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

/// One implementation of TLS for the whole process.
fn install_crypto() {
    static ONCE: Once = Once::new();
    // It fails only if one is installed already, which is as good.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// Every viewer and every running reply is an open file, and many systems allow a process 1,024 at first. What
/// it may have at most is the operator's to say.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

async fn model_client(config: &Config) -> anyhow::Result<(ModelClient, Answers)> {
    let limits = config.model_limits.clone();
    let (base_url, key, answers): (String, Option<SecretString>, Answers) = match &config.provider {
        Provider::Demo => {
            let address = demo::start().await.context("the demo model found no free port on loopback")?;
            (format!("http://{address}/v1"), None, Answers { model: demo::MODEL.to_owned(), demo: true })
        }
        Provider::Api { base_url, key, model } => {
            (base_url.clone(), key.clone(), Answers { model: model.clone(), demo: false })
        }
    };
    Ok((ModelClient::new(base_url, key, limits)?, answers))
}

/// Says on standard output, for people and scripts, where the server is and what answers.
fn announce(address: SocketAddr, answers: &Answers) {
    println!("Parlance is at http://{address}");
    if answers.demo {
        println!("The built-in demo model answers; set OPENAI_API_KEY or OPENAI_BASE_URL to connect a real one.");
    } else {
        println!("{} answers.", answers.model);
    }
    tracing::info!(%address, model = answers.model, demo = answers.demo, "listening");
}
