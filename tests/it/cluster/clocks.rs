//! The clock of one node is wrong.

use std::{
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use parlance::domain::message::Status;
use tempfile::TempDir;

use crate::support::{cluster::Cluster, script::Script};

/// For a process with another idea of the time: what it asks for that is told so many seconds more.
const WRONG_CLOCK: &str = "
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, \"clock_gettime\");
    int outcome = real(clock, now);
    if (clock == CLOCK_REALTIME && outcome == 0) now->tv_sec += SECONDS;
    return outcome;
}";

/// In seconds.
const HOUR: i32 = 60 * 60;

fn wrong_by(seconds: i32, folder: &Path) -> String {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    std::fs::write(&source, WRONG_CLOCK).unwrap();
    let mut compiler = Command::new("cc");
    let seconds = format!("-DSECONDS=({seconds})");
    let status =
        compiler.args(["-shared", "-fPIC", &seconds, "-o"]).arg(&library).arg(&source).arg("-ldl").status().unwrap();
    assert!(status.success());
    library.display().to_string()
}

fn figure(figures: &str, name: &str) -> f64 {
    let value = figures.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {figures}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_an_hour_ahead_takes_nothing_from_others_and_loses_nothing_itself() {
    beside_a_clock_that_is_wrong_by(HOUR).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_an_hour_behind_takes_nothing_from_others_and_loses_nothing_itself() {
    beside_a_clock_that_is_wrong_by(-HOUR).await;
}

async fn beside_a_clock_that_is_wrong_by(seconds: i32) {
    let folder = TempDir::new().unwrap();
    let mut cluster = Cluster::start(1).await;
    let wrong = cluster.launch().variable("LD_PRELOAD", &wrong_by(seconds, folder.path())).start().await;
    let started: f64 = figure(&wrong.client.page("/metrics").await, "process_start_time_seconds");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((started - now - f64::from(seconds)).abs() < 600.0, "the clock is not wrong: {started} at {now}");
    cluster.nodes.push(wrong);
    let mut running = Vec::new();
    // Until both have one to write.
    while running.len() < 2 {
        let (feed, script) = Script::stream().role().feed();
        cluster.upstream.answer(script);
        let started = cluster.client(running.len()).start("Take your time").await;
        let writer = cluster.writer_of(started.reply).await;
        if running.iter().any(|(_, _, _, already)| *already == writer) {
            feed.finish();
            cluster.ended(0, started).await;
            continue;
        }
        let viewer = cluster.client(1 - writer).follow(started.reply, 0).await;
        feed.text("So ");
        running.push((feed, started, viewer, writer));
    }
    // Longer than a lease lasts, and several looks of every reaper.
    tokio::time::sleep(parlance::server::replies::LEASE + 3 * parlance::server::replies::REAP_EVERY).await;
    for (feed, started, mut viewer, _) in running {
        feed.text("it goes.");
        viewer.until_text("it goes.").await;
        feed.finish();
        let seen = viewer.until_end().await;
        assert_eq!((seen.text().as_str(), seen.status()), ("So it goes.", Some(Status::Complete)));
        let [first, second] = [0, 1].map(|node| cluster.client(node).message(started.chat, started.reply));
        let (first, second) = (first.await, second.await);
        assert_eq!(first.content, second.content);
    }
    // The chat that was used last is the first in the list, whoever wrote it down.
    cluster.upstream.answer_with(|_| Some(Script::reply("Hello.")));
    let last = cluster.client(0).start("The newest").await;
    cluster.ended(1, last).await;
    for node in [0, 1] {
        assert_eq!(cluster.client(node).chats(false).await[0].id, last.chat);
    }
}
