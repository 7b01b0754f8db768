//! A PostgreSQL server of a test's own: to be stopped, frozen and restarted.

use std::{
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tempfile::TempDir;

use super::{
    database::{change, value},
    wait::soon,
};

/// A server with its own data, ended with the test.
pub struct Postgres {
    port: u16,
    folder: TempDir,
}

impl Postgres {
    /// Makes one and starts it.
    ///
    /// # Panics
    /// If the programs are not there: `bin/test` says where they are.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("a folder of one's own");
        if let Some(account) = account() {
            let status = Command::new("chown").arg(&account).arg(folder.path()).status().expect("chown");
            assert!(status.success(), "the folder cannot be given to {account}");
        }
        let server = Self { port: free_port(), folder };
        let data = server.data().display().to_string();
        run("initdb", &["-D", &data, "-A", "trust", "-U", "parlance", "--no-locale", "-E", "UTF8", "--no-sync"]);
        server.launch();
        server
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// How it is reached, by its maintenance database.
    pub fn url(&self) -> String {
        format!("postgres://parlance@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts it again after [`Postgres::stop`].
    pub fn launch(&self) {
        let (data, log) = (self.data().display().to_string(), self.folder.path().join("data/server.log"));
        // Commits are as safe as an operator's; only the disk is not waited for.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200",
            self.port
        );
        run("pg_ctl", &["start", "-w", "-D", &data, "-o", &options, "-l", &log.display().to_string()]);
    }

    /// Ends it and every connection, without waiting for anybody.
    pub fn stop(&self) {
        run("pg_ctl", &["stop", "-m", "fast", "-w", "-D", &self.data().display().to_string()]);
    }

    /// Ends it as a power cut does.
    pub fn crash(&self) {
        run("pg_ctl", &["stop", "-m", "immediate", "-w", "-D", &self.data().display().to_string()]);
    }

    /// Freezes it with all its processes: whoever asks waits.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Makes commits and answers none of them, as if the answers were lost: a standby has to confirm them, and there is none.
    pub async fn hold_commits(&self) {
        change(&self.url(), "ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await;
        change(&self.url(), "SELECT pg_reload_conf()").await;
        // The setting is taken up by one process after the other.
        soon("a commit to be held", async {
            while self.held_commits().await == 0 {
                let url = self.url();
                let probe = tokio::spawn(async move {
                    change(&url, "SELECT pg_logical_emit_message(true, 'probe', '')").await;
                });
                while !probe.is_finished() && self.held_commits().await == 0 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        })
        .await;
    }

    /// How many commits are held.
    pub async fn held_commits(&self) -> i64 {
        value(&self.url(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").await
    }

    /// Answers them.
    pub async fn release_commits(&self) {
        change(&self.url(), "ALTER SYSTEM RESET synchronous_standby_names").await;
        change(&self.url(), "SELECT pg_reload_conf()").await;
    }

    fn signal(&self, name: &str) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let Some(pid) = pid.lines().next() else { return };
        // Its children first, so that the postmaster starts no other one.
        let kill = format!("kill -{name} {pid} $(pgrep -P {pid}); kill -{name} $(pgrep -P {pid})");
        Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status().expect("a shell");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.signal("CONT");
        self.signal("QUIT");
    }
}

/// A port below those that systems give to whoever asks for any: nobody takes it before the server does, which makes its
/// data first, or while the server is stopped. Each process of the tests begins to look at a place of its own, away from
/// where `bin/test` looks for the server that all tests share.
fn free_port() -> u16 {
    const FIRST: u32 = 10_000;
    const PORTS: u32 = 10_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(16);
    loop {
        let place = first.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = u16::try_from(FIRST + place).expect("a port");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// The account that runs it, if not this one.
fn account() -> Option<String> {
    std::env::var("PARLANCE_TEST_POSTGRES_USER").ok().filter(|account| !account.is_empty())
}

fn run(program: &str, arguments: &[&str]) {
    let programs = std::env::var("PARLANCE_TEST_POSTGRES_BIN");
    let programs =
        programs.expect("PARLANCE_TEST_POSTGRES_BIN names the folder of PostgreSQL's programs: use bin/test");
    let program = Path::new(&programs).join(program).display().to_string();
    let mut command = match account() {
        Some(account) => {
            let mut command = Command::new("setpriv");
            let ids = [format!("--reuid={account}"), format!("--regid={}", group_of(&account))];
            command.args(ids).args(["--clear-groups", &program]);
            command
        }
        None => Command::new(program),
    };
    // A server that is left running must not hold on to the test's output.
    let status = command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(status.expect("a program to start").success(), "{command:?} failed");
}

fn group_of(account: &str) -> String {
    let said = Command::new("id").args(["-gn", account]).output().expect("id");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}
