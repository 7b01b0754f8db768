//! What is true on SQLite alone: one process has the file for itself.

mod backups;
mod copies;

use std::{
    fs::{Permissions, metadata, set_permissions},
    os::unix::fs::PermissionsExt,
};

use tempfile::TempDir;

use crate::support::{process::Launch, upstream::Upstream};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_server_uses_is_not_touched() {
    let upstream = Upstream::start().await;
    let launch = Launch::new(&upstream);
    let server = launch.clone().start().await;
    let (status, said) = launch.fails().await;
    assert!(!status.success() && said.contains("in use"), "{said}");
    assert_eq!(server.client.get("/readyz").await.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_makes_is_for_its_own_account_and_what_is_there_stays_as_it_is() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let looks = |name: &str, mode: u32| {
        let found = metadata(path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{name} has {found:o}");
    };
    let server = Launch::new(&upstream).variable("PARLANCE_DATA", &path("made/kept")).start().await;
    for made in ["made", "made/kept"] {
        looks(made, 0o700);
    }
    for end in ["", "-wal", "-shm", ".lock"] {
        looks(&format!("made/kept/parlance.db{end}"), 0o600);
    }
    server.launch().command(&["backup", &path("backup")]).succeeds().await;
    server.terminate().await;

    for (there, mode) in [("made/kept", 0o750), ("made/kept/parlance.db", 0o640), ("backup", 0o644)] {
        set_permissions(path(there), Permissions::from_mode(mode)).unwrap();
    }
    server.launch().start().await.terminate().await;
    looks("made/kept", 0o750);
    looks("made/kept/parlance.db", 0o640);
    // A backup that somebody made readable makes no database that is.
    let elsewhere = Launch::new(&upstream).variable("PARLANCE_DATA", &path("restored"));
    elsewhere.command(&["restore", &path("backup")]).succeeds().await;
    looks("restored", 0o700);
    looks("restored/parlance.db", 0o600);
}
