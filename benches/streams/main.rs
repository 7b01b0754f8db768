//! Streams under load: the release server between a scripted model and real HTTP clients, beside a bare
//! streaming proxy in the same place.
//!
//! `cargo bench --bench streams` takes about eight minutes, with `-- --quick` one and a half. With `-- --database
//! postgres://USER@HOST/postgres`, a server on this machine, two nodes are compared instead: the one that writes all
//! replies, and one on which they are only followed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that panics has failed, which is what it is for")]

mod client;
mod database;
mod load;
mod process;
mod proxy;
mod report;
mod upstream;
mod viewers;

use std::{
    process::{Command, ExitCode},
    time::Duration,
};

use anyhow::bail;
use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use self::{
    client::Kind,
    database::Database,
    load::{Load, mebibytes},
    process::Process,
    report::{Aim, Figure, Report},
    upstream::Upstream,
};

/// How long a server has nothing to do before its idle memory is read.
const IDLE: Duration = Duration::from_secs(1);

/// Streams under load, through Parlance and through a bare proxy.
#[derive(Parser)]
struct Options {
    /// One round, and a shorter steady load
    #[arg(long)]
    quick: bool,
    /// How many rounds
    #[arg(long)]
    rounds: Option<usize>,
    /// Compare two nodes on this PostgreSQL server, given by a database of it
    #[arg(long)]
    database: Option<String>,
    /// Only the loads whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the proxy, before the model at this address
    #[arg(long, hide = true)]
    proxy: Option<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.proxy {
        Some(base_url) => proxy::run(base_url).map(|()| true),
        None => compare(&options),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("streams: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every answer came whole and right.
fn compare(options: &Options) -> anyhow::Result<bool> {
    allow_many_connections();
    let rounds = options.rounds.unwrap_or(if options.quick { 1 } else { 3 });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        // Told to stop, it returns, and so takes its servers with it.
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            report = measure(options, rounds) => report,
            _ = terminate.recv() => bail!("told to stop"),
            _ = interrupt.recv() => bail!("told to stop"),
        }
    })?;
    report.print();
    Ok(report.problems.is_empty())
}

/// A connection to the model and one from a client for each stream: more than the 1,024 files that a shell allows.
fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).ok();
}

async fn measure(options: &Options, rounds: usize) -> anyhow::Result<Report> {
    let model = Upstream::start()?;
    let (mut report, loads) = match options.database {
        None => (Report::of([Kind::Parlance, Kind::Proxy]), loads(options.quick)),
        Some(_) => (Report::of([Kind::Far, Kind::Parlance]), loads_of_nodes(options.quick)),
    };
    for round in 0..rounds {
        let database = match &options.database {
            None => None,
            Some(server) => Some(Database::make(server).await?),
        };
        let servers = match &database {
            None => [(Kind::Parlance, parlance(&model, None)?), (Kind::Proxy, bare_proxy(&model)?)],
            Some(database) => {
                let url = database.url()?;
                [
                    (Kind::Parlance, parlance(&model, Some((&url, None)))?),
                    (Kind::Far, parlance(&model, Some((&url, Some("--no-worker"))))?),
                ]
            }
        };
        sleep(IDLE).await;
        for (kind, server) in &servers {
            println!("round {} of {rounds}: {kind:?} is process {}", round + 1, server.id());
            let ready = server.ready_after.as_secs_f64() * 1e3;
            let aim = |most| database.is_none().then_some(Aim::Most(most));
            report.note("start", *kind, Figure::Ready, ready, aim(100.0));
            report.note("start", *kind, Figure::Idle, mebibytes(server.memory()?), aim(40.0));
            if *kind != Kind::Proxy && round == 0 {
                let each = viewers::memory_of_each(*kind, server).await?;
                report.note("start", *kind, Figure::Viewer, each / 1024.0, None);
            }
        }
        for (place, load) in loads.iter().filter(|load| load.name.contains(&options.only)).enumerate() {
            // Who goes first changes, so that neither has the better half of the machine's time.
            let first = (round + place) % servers.len();
            for (kind, server) in servers.iter().cycle().skip(first).take(servers.len()) {
                println!("round {} of {rounds}: {}, {kind:?}", round + 1, load.name);
                let outcome = load.run(*kind, server, &model, database.as_ref()).await?;
                for (figure, value) in outcome.figures {
                    let aim = database.is_none().then(|| aim(load.name, figure)).flatten();
                    report.note(load.name, *kind, figure, value, aim);
                }
                report.right += outcome.right;
                report
                    .problems
                    .extend(outcome.problems.iter().map(|problem| format!("{}, {kind:?}: {problem}", load.name)));
            }
        }
        for (kind, server) in &servers {
            for line in server.log().lines().take(20) {
                println!("{kind:?} said: {line}");
            }
        }
    }
    Ok(report)
}

const ONE: &str = "1 stream";
const HUNDRED: &str = "100 streams within 1 s";
const STEADY: &str = "100 steady streams";

fn loads_of_nodes(quick: bool) -> Vec<Load> {
    let [spread, hold] = if quick { [5, 15] } else { [10, 30] }.map(Duration::from_secs);
    let steady = |name, clients| Load { name, clients, spread, hold };
    vec![
        Load { name: ONE, clients: 1, spread: Duration::ZERO, hold: Duration::from_secs(12) },
        steady(STEADY, 100),
        steady("300 steady streams", 300),
        steady("600 steady streams", 600),
    ]
}

fn loads(quick: bool) -> Vec<Load> {
    let at_once = |name, clients| Load { name, clients, spread: Duration::from_secs(1), hold: Duration::ZERO };
    let [spread, hold] = if quick { [5, 15] } else { [15, 30] }.map(Duration::from_secs);
    vec![
        // One after another, for as long as three take.
        Load { name: ONE, clients: 1, spread: Duration::ZERO, hold: Duration::from_secs(12) },
        at_once("20 streams within 1 s", 20),
        at_once(HUNDRED, 100),
        at_once("500 streams within 1 s", 500),
        Load { name: STEADY, clients: 100, spread, hold },
    ]
}

/// What is to be reached, on two cores with model and clients on the same machine.
fn aim(load: &str, figure: Figure) -> Option<Aim> {
    match (load, figure) {
        (ONE, Figure::ClickMedian) => Some(Aim::Most(5.0)),
        (HUNDRED, Figure::ClickWorst) => Some(Aim::Most(30.0)),
        (STEADY, Figure::TokenMedian) => Some(Aim::Most(1.0)),
        (STEADY, Figure::TokenWorst) => Some(Aim::Most(5.0)),
        (STEADY, Figure::Cpu) => Some(Aim::Times(2.0)),
        _ => None,
    }
}

/// A server; if it is one of several nodes, with their database and the flag that says what it does.
fn parlance(model: &Upstream, node: Option<(&str, Option<&str>)>) -> anyhow::Result<Process> {
    let base_url = model.base_url();
    let mut variables = vec![
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
        ("OPENAI_BASE_URL", base_url.as_str()),
        ("OPENAI_API_KEY", "bench"),
        ("OPENAI_MODEL", "bench"),
        ("PARLANCE_AUTH", "off"),
        ("PARLANCE_TITLES", "off"),
        ("PARLANCE_DATA", "data"),
        ("PARLANCE_LOG", "warn"),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command.arg("serve");
    if let Some((url, flag)) = node {
        variables.extend([("DATABASE_URL", url), ("PARLANCE_CONCURRENCY", "10000")]);
        command.args(flag);
    }
    Process::start(&mut command, &variables)
}

fn bare_proxy(model: &Upstream) -> anyhow::Result<Process> {
    Process::start(Command::new(std::env::current_exe()?).args(["--proxy", &model.base_url()]), &[])
}
