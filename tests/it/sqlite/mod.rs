//! What is true on SQLite alone: one process has the file for itself.

mod backups;
mod copies;

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
