//! A server in a process of its own, and what the system says of it.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tempfile::TempDir;

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(20);
/// The time between two looks whether it is.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// A running server. It is killed when this goes.
pub struct Process {
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from the start of the process until it was ready.
    pub ready_after: Duration,
    child: Child,
    folder: TempDir,
}

impl Process {
    /// Starts a server that says on standard output where it listens, with these variables and no others, in an
    /// empty folder of its own.
    pub fn start(command: &mut Command, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let log = File::create(folder.path().join("log"))?;
        command.env_clear().envs(variables.iter().copied()).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let begun = Instant::now();
        let child = command.spawn().with_context(|| format!("{command:?} cannot be started"))?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut process = Self { address: nowhere, ready_after: Duration::ZERO, child, folder };
        let said = process.child.stdout.take().context("a pipe")?;
        process.address = address_in(&lines_of(said), begun + PATIENCE)
            .with_context(|| format!("{command:?} does not say where it listens: {}", process.log()))?;
        while !is_ready(process.address) {
            if begun.elapsed() > PATIENCE {
                bail!("{command:?} is not ready after {PATIENCE:?}: {}", process.log());
            }
            thread::sleep(LOOK_EVERY);
        }
        process.ready_after = begun.elapsed();
        Ok(process)
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The processor time that it has used, its own and the system's on its behalf.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(self.proc("stat"))?;
        // The second field is the command's name, in brackets, and may hold anything.
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: Vec<u64> = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        let [user, system] = ticks[..] else { bail!("{stat:?} is no /proc/PID/stat") };
        Ok(Duration::from_secs_f64((user + system) as f64 / rustix::param::clock_ticks_per_second() as f64))
    }

    /// The memory that it uses, in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        self.status("VmRSS:")
    }

    /// The most memory that it has used since [`Process::forget_peak`], in bytes.
    pub fn peak_memory(&self) -> anyhow::Result<u64> {
        self.status("VmHWM:")
    }

    /// Measures the peak of memory from now on. Where the system does not let us, it is that since the start.
    pub fn forget_peak(&self) {
        fs::write(self.proc("clear_refs"), "5").ok();
    }

    fn status(&self, field: &str) -> anyhow::Result<u64> {
        let status = fs::read_to_string(self.proc("status"))?;
        let line = status.lines().find(|line| line.starts_with(field)).context("a line for the field")?;
        let kibibytes: u64 = line.split_whitespace().nth(1).context("a number")?.parse()?;
        Ok(kibibytes * 1024)
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The lines of a pipe, read to its end, so that whoever writes never has to wait.
fn lines_of(pipe: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            sender.send(line).ok();
        }
    });
    lines
}

fn address_in(lines: &Receiver<String>, deadline: Instant) -> anyhow::Result<SocketAddr> {
    loop {
        let line = lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
        if let Some((_, address)) = line.split_once("http://") {
            return Ok(address.trim().parse()?);
        }
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || {
        let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.write_all(b"GET /readyz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
}
