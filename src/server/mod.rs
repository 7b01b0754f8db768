//! What happens, on the server alone.

pub mod access;
mod care;
pub mod charts;
pub mod config;
pub mod error;
pub mod highlight;
pub mod http;
pub mod images;
pub mod mail;
pub mod metrics;
pub mod model;
pub mod outbound;
pub mod providers;
pub mod replies;
pub mod seal;
pub mod state;
pub mod store;
mod telemetry;
pub mod tools;
mod traces;

use std::{
    net::SocketAddr,
    pin::pin,
    process::ExitCode,
    sync::Once,
    time::{Duration, Instant},
};

use anyhow::Context;
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

use self::{
    access::Access,
    config::{Auth, Cli, Command, Config, Part, Settings},
    http::accept::Connections,
    mail::Mailer,
    metrics::Metrics,
    providers::Providers,
    replies::Engine,
    state::AppState,
    store::Store,
    tools::Tools,
};
use crate::domain::answers::Answers;

/// How long a stop may take; 2 seconds are promised, of which a process needs some to hear of it and to end.
const STOP: Duration = Duration::from_millis(1_500);
/// How long it may take together with the sending of the last traces.
const GONE: Duration = Duration::from_millis(1_650);

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
    let command = cli.command.unwrap_or(Command::Serve { no_worker: false });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let inside = runtime.enter();
    telemetry::start(&cli.settings.log, cli.settings.log_format)?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Serve { no_worker: false } => serve(cli.settings, Part::Whole).await,
            Command::Serve { no_worker: true } => serve(cli.settings, Part::Pages).await,
            Command::Work => serve(cli.settings, Part::Replies).await,
            Command::Copy { from, to } => care::copy(&from, &to).await,
            Command::Backup { file } => care::backup(&cli.settings, &file).await,
            Command::Restore { file } => care::restore(&cli.settings, &file).await,
            Command::Check => care::check(&cli.settings).await,
            Command::Models => care::models(cli.settings).await,
            Command::ResetPassword { email } => care::reset_password(&cli.settings, &email).await,
        }
    });
    drop(inside);
    // A name that is still being looked up must not hold the end up.
    runtime.shutdown_background();
    outcome
}

/// Does this part of the work until it is asked to stop.
async fn serve(settings: Settings, part: Part) -> anyhow::Result<()> {
    let config = Config::node(settings, part)?;
    let mut asked_to_go = pin!(wait_for_signal());
    let server = tokio::select! {
        // In this order, so that it is listened for before anybody is told where the server is.
        biased;
        asked = &mut asked_to_go => return Ok(asked?),
        started = Server::start(config) => started?,
    };
    asked_to_go.await?;
    tracing::info!("stopping");
    let asked = Instant::now();
    server.stop().await;
    traces::stop(GONE.saturating_sub(asked.elapsed())).await;
    Ok(())
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
    /// Reads the lists of models that are old.
    listing: Option<JoinHandle<()>>,
}

impl Server {
    /// Opens the database, starts the engine, and listens.
    ///
    /// # Errors
    /// If one of them is not possible, with a sentence that says what to do.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        install_crypto();
        raise_file_limit();
        let metrics = Metrics::new()?;
        store::own_files::make_folder(&config.data)
            .with_context(|| format!("PARLANCE_DATA names a folder that cannot be made: {}", config.data.display()))?;
        let store = Store::open(config.database_url.expose_secret(), config.database_connections)
            .await
            .context("DATABASE_URL names a database that cannot be opened")?;
        if config.access.auth == Auth::Off {
            store.ensure_first(access::FIRST).await?;
        }
        if store.is_exclusive() {
            // Nobody else has it: what was running is not running any more.
            replies::recover(&store, &metrics).await?;
        }
        let listener = TcpListener::bind(config.address).await.with_context(|| {
            format!("LEPTOS_SITE_ADDR names an address that cannot be listened on: {}", config.address)
        })?;
        let address = listener.local_addr()?;
        let providers = Providers::start(store.clone(), &config).await?;
        providers.keep_operators().await?;
        let answers = providers.answers().clone();
        let tools = Tools::new(store.clone(), &config.models)?;
        let concurrency = if config.part == Part::Pages { 0 } else { config.concurrency };
        // Whoever shows pages alone need not reach the providers.
        let listing = (config.part != Part::Pages).then(|| {
            let providers = providers.clone();
            tokio::spawn(async move { providers.refresh_old().await })
        });
        let (titles, counted) = (config.models.titles, metrics.clone());
        let engine = Engine::start(store.clone(), providers.clone(), tools.clone(), counted, concurrency, titles);
        let state = AppState {
            leptos: http::leptos_options(&config, address),
            store: store.clone(),
            engine: engine.clone(),
            providers,
            tools,
            access: Access::start(config.access.clone(), store.clone())?,
            mailer: config.mail.clone().map(Mailer::new).transpose()?,
            metrics: metrics.clone(),
            answers,
        };
        announce(address, config.part, &state.answers);
        let router = match config.part {
            Part::Replies => http::worker_router(state, &config),
            Part::Whole | Part::Pages => http::router(state, &config),
        };
        let connections = Connections::new(&config, engine.leaving().clone(), metrics);
        let connections = tokio::spawn(connections.accept(listener, router));
        Ok(Self { address, engine, store, connections, listing })
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
            if let Some(listing) = self.listing {
                listing.abort();
                // What it was reading is read at the next start.
                let _ = listing.await;
            }
            self.engine.shut_down().await;
            // It ends by itself once the last connection has.
            if let Err(error) = self.connections.await {
                tracing::error!(%error, "the accept loop failed");
            }
            self.store.close().await;
        };
        if timeout(STOP, stopped).await.is_err() {
            tracing::warn!("some connections, or questions to the database, did not end in time");
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

/// Says on standard output, for people and scripts, where the server is and what answers.
fn announce(address: SocketAddr, part: Part, answers: &Answers) {
    match part {
        Part::Whole | Part::Pages => println!("Parlance is at http://{address}"),
        Part::Replies => println!("This worker says how it is at http://{address}/readyz"),
    }
    if part == Part::Pages {
        println!("Other nodes answer.");
    } else if answers.demo {
        println!("The built-in demo model answers; set OPENAI_API_KEY or OPENAI_BASE_URL to connect a real one.");
    } else {
        println!("{} answers.", answers.model);
    }
    tracing::info!(%address, model = answers.model, demo = answers.demo, "listening");
}
