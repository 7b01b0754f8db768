//! The real binary, in a process of its own: to be killed, to be asked to go, to be read the log of.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Command, ExitStatus, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::watch;

use super::{
    app::site_root,
    client::Client,
    database::{TestDatabase, is_postgres},
    upstream::{KEY, MODEL, Upstream},
    wait::{soon, until},
};

type Lines = Arc<watch::Sender<Vec<String>>>;

/// How the binary is to be started. Nothing of the environment of the tests gets through to it.
#[derive(Clone)]
pub struct Launch {
    database: Arc<TestDatabase>,
    data: Arc<TempDir>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

/// The binary, running or ended.
pub struct TestProcess {
    /// Someone who uses it.
    pub client: Client,
    /// Where it listens.
    pub address: SocketAddr,
    running: Running,
    launch: Launch,
}

/// How a process ended, and when.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// How.
    pub status: ExitStatus,
    /// When.
    pub at: Instant,
}

struct Running {
    pid: u32,
    /// The lines of standard output: for people.
    said: Lines,
    /// The lines of standard error: the log.
    logged: Lines,
    exit: Arc<watch::Sender<Option<Exit>>>,
}

impl Launch {
    /// Against a scripted upstream, on a data folder of its own.
    pub fn new(upstream: &Upstream) -> Self {
        Self::without_provider()
            .variable("OPENAI_BASE_URL", &upstream.base_url())
            .variable("OPENAI_API_KEY", KEY)
            .variable("OPENAI_MODEL", MODEL)
    }

    /// With the built-in demo model, on a data folder of its own.
    pub fn without_provider() -> Self {
        let data = TempDir::new().expect("a temporary folder");
        let kept = data.path().join("kept");
        let launch = Self::at(TestDatabase::new(&kept), data).variable("PARLANCE_DATA", &kept.display().to_string());
        // The file is where it is if nothing is said.
        if is_postgres() { launch.with_database() } else { launch }
    }

    /// With the built-in demo model, on this database.
    fn at(database: TestDatabase, data: TempDir) -> Self {
        Self {
            database: Arc::new(database),
            data: Arc::new(data),
            arguments: vec!["serve".to_owned()],
            variables: Vec::new(),
        }
        .variable("LEPTOS_SITE_ADDR", "127.0.0.1:0")
        .variable("LEPTOS_SITE_ROOT", &site_root().display().to_string())
        // Who may come in has tests of its own.
        .variable("PARLANCE_AUTH", "off")
        // As have titles: they would be one more question to the model.
        .variable("PARLANCE_TITLES", "off")
        .variable("NO_COLOR", "1")
        .variable("RUST_BACKTRACE", "1")
    }

    fn with_database(self) -> Self {
        let url = self.database.url();
        self.variable("DATABASE_URL", &url)
    }

    /// With this variable, in place of what it was before.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(before, _)| before != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// To do this, instead of to serve.
    pub fn command(mut self, arguments: &[&str]) -> Self {
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self
    }

    /// On this database.
    pub fn on(self, database: &Arc<TestDatabase>) -> Self {
        Self { database: Arc::clone(database), ..self }.with_database()
    }

    /// With a file in the folder in which it is started.
    pub fn file(self, name: &str, content: &str) -> Self {
        std::fs::write(self.data.path().join(name), content).expect("a file to write");
        self
    }

    /// Starts it and waits until it says where it listens.
    ///
    /// # Panics
    /// If it ends before, with what it said.
    pub async fn start(self) -> TestProcess {
        let running = self.spawn();
        let listens = until("the binary to say where it listens", &running.said, |lines| said_address(lines).is_some());
        let ends = until("the binary to end", &running.exit, Option::is_some);
        let address = tokio::select! {
            lines = listens => said_address(&lines).expect("that was the condition"),
            exit = ends => panic!("the binary ended with {exit:?} instead of listening:\n{}", running.words()),
        };
        TestProcess { client: Client::new(address), address, running, launch: self }
    }

    /// Starts it and waits until it ends by itself, for settings that it cannot start with: how it ended, and what it said.
    pub async fn fails(self) -> (ExitStatus, String) {
        let running = self.spawn();
        let exit = until("the binary to refuse to start", &running.exit, Option::is_some).await;
        (exit.expect("that was the condition").status, running.words())
    }

    /// Starts it and waits until it has done what it was told to: what it said.
    ///
    /// # Panics
    /// If it failed, with what it said.
    pub async fn succeeds(self) -> String {
        let running = self.spawn();
        let exit = until("the command to end", &running.exit, Option::is_some).await;
        assert!(exit.expect("that was the condition").status.success(), "{}", running.words());
        running.words()
    }

    fn spawn(&self) -> Running {
        // In the temporary folder, where there is no `.env` of the developer's.
        let mut child = Command::new(env!("CARGO_BIN_EXE_parlance"))
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary to start");
        let (said, logged) = (Lines::default(), Lines::default());
        let readers = [
            collect(child.stdout.take().expect("a pipe"), Arc::clone(&said)),
            collect(child.stderr.take().expect("a pipe"), Arc::clone(&logged)),
        ];
        let running = Running { pid: child.id(), said, logged, exit: Arc::new(watch::Sender::new(None)) };
        let exit = Arc::clone(&running.exit);
        thread::spawn(move || {
            let status = child.wait().expect("a child to wait for");
            let at = Instant::now();
            // Its last words first, so that whoever learns of the end can read them.
            for reader in readers {
                reader.join().ok();
            }
            exit.send_replace(Some(Exit { status, at }));
        });
        running
    }
}

fn collect(pipe: impl Read + Send + 'static, lines: Lines) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            lines.send_modify(|lines| lines.push(line));
        }
    })
}

/// The address in the line that says where the server listens.
fn said_address(lines: &[String]) -> Option<SocketAddr> {
    lines.iter().find_map(|line| {
        let (_, address) = line.split_once(" at http://")?;
        address.trim_end_matches("/readyz").parse().ok()
    })
}

impl Running {
    fn words(&self) -> String {
        [self.said.borrow().join("\n"), self.logged.borrow().join("\n")].join("\n")
    }

    /// By a call of the system and not by a shell: it is on its way at once, and what follows it can be measured.
    fn signal(&self, signal: Signal) {
        if self.exit.borrow().is_some() {
            return;
        }
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).expect("the id of a process");
        // It may have ended by itself.
        kill_process(pid, signal).ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

impl TestProcess {
    /// The log.
    pub fn log(&self) -> String {
        self.running.logged.borrow().join("\n")
    }

    /// Waits until it tells people something with these words.
    pub async fn says(&self, words: &str) {
        let what = format!("the binary to say {words:?}");
        until(what, &self.running.said, |lines| lines.iter().any(|line| line.contains(words))).await;
    }

    /// Waits until its log has a line with these words.
    pub async fn logs(&self, words: &str) {
        let what = format!("the log to say {words:?}");
        until(what, &self.running.logged, |lines| lines.iter().any(|line| line.contains(words))).await;
    }

    /// How a command is run on the same data, beside it or after it.
    pub fn launch(&self) -> Launch {
        self.launch.clone()
    }

    /// What it has told people on standard output.
    pub fn said(&self) -> String {
        self.running.said.borrow().join("\n")
    }

    /// Its database.
    pub fn database(&self) -> String {
        self.launch.database.url()
    }

    /// Ends it without a warning, as a power cut does, and waits until it is gone.
    pub async fn kill_9(&self) -> Exit {
        self.running.signal(Signal::KILL);
        self.exit().await
    }

    /// Asks it to go; says how long that took, and how it ended.
    pub async fn terminate(&self) -> (Duration, ExitStatus) {
        let asked = Instant::now();
        self.running.signal(Signal::TERM);
        let exit = self.exit().await;
        (exit.at.duration_since(asked), exit.status)
    }

    /// Freezes it, as a machine does that has too much to do, or is moved.
    pub fn freeze(&self) {
        self.running.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.running.signal(Signal::CONT);
    }

    /// How it ended, as soon as it has.
    pub async fn exit(&self) -> Exit {
        until("the binary to end", &self.running.exit, Option::is_some).await.expect("that was the condition")
    }

    /// Starts it again on the same data. The one before has to have ended.
    pub async fn restart(self) -> Self {
        soon("the binary before to end", self.exit()).await;
        self.launch.clone().start().await
    }

    /// Starts it again at the same address, as something before it expects. The one before has to have ended.
    pub async fn restart_in_place(self) -> Self {
        soon("the binary before to end", self.exit()).await;
        let address = self.address.to_string();
        self.launch.clone().variable("LEPTOS_SITE_ADDR", &address).start().await
    }

    /// The memory that it alone uses, in bytes, where the system says it.
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.running.pid)).ok()?;
        let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
        let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kibibytes * 1024)
    }
}
