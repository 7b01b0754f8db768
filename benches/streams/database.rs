//! The PostgreSQL server under two nodes: a database for one round, and what it costs.

use std::{fs, time::Duration};

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// What the server has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// The processor time of all its processes.
    pub cpu: Duration,
    /// How many bytes it has written to its log.
    pub wal: i64,
}

/// A database of its own on a server on this machine.
#[derive(Clone, Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes one; the one of the round before is removed.
    pub async fn make(server: &str) -> anyhow::Result<Self> {
        let name = "parlance_bench";
        let mut connection = PgConnection::connect(server).await.context("--database names no server")?;
        for sql in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
        Ok(Self { server: server.to_owned(), name: name.to_owned() })
    }

    /// How a node is told to use it.
    pub fn url(&self) -> anyhow::Result<String> {
        let (host, _) = self.server.rsplit_once('/').context("a URL that ends with a database")?;
        Ok(format!("{host}/{}", self.name))
    }

    /// What its server has used so far.
    pub async fn used(&self) -> anyhow::Result<Used> {
        let mut connection = PgConnection::connect(&self.server).await?;
        let (pid, wal): (i32, i64) =
            sqlx::query_as("SELECT pg_backend_pid(), (pg_current_wal_insert_lsn() - '0/0')::bigint")
                .fetch_one(&mut connection)
                .await?;
        let server: u32 = field(&stat(pid as u32)?, 1)?;
        let mut ticks: u64 = 0;
        for process in fs::read_dir("/proc")?.filter_map(Result::ok) {
            let Ok(pid) = process.file_name().to_string_lossy().parse::<u32>() else { continue };
            let Ok(stat) = stat(pid) else { continue };
            if pid == server {
                // With those of its children that are gone.
                ticks += (11..15).map(|place| field::<u64>(&stat, place).unwrap_or(0)).sum::<u64>();
            } else if field::<u32>(&stat, 1).is_ok_and(|parent| parent == server) {
                ticks += (11..13).map(|place| field::<u64>(&stat, place).unwrap_or(0)).sum::<u64>();
            }
        }
        let cpu = Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64);
        Ok(Used { cpu, wal })
    }
}

/// The fields of `/proc/PID/stat` after the command's name, which may hold anything.
fn stat(pid: u32) -> anyhow::Result<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Ok(stat.rsplit(") ").next().unwrap_or_default().to_owned())
}

fn field<T: std::str::FromStr>(stat: &str, place: usize) -> anyhow::Result<T> {
    stat.split(' ').nth(place).and_then(|field| field.parse().ok()).context("a number in /proc/PID/stat")
}
