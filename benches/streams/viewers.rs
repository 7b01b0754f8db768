//! What one who looks on costs while nothing happens.

use anyhow::ensure;
use http_body_util::BodyExt;

use super::{
    client::{Client, Kind},
    process::Process,
};

/// How many look on.
const VIEWERS: usize = 2_000;

/// The memory of a server for each open page, in bytes.
pub async fn memory_of_each(kind: Kind, server: &Process) -> anyhow::Result<f64> {
    let before = server.memory()?;
    let mut looking = Vec::with_capacity(VIEWERS);
    for _ in 0..VIEWERS {
        let mut client = Client::new(kind, server.address);
        let mut changes = client.look_on().await?;
        // The first word: from now on it only waits.
        ensure!(changes.frame().await.is_some(), "a viewer was sent away");
        looking.push((client, changes));
    }
    let after = server.memory()?;
    Ok(after.saturating_sub(before) as f64 / VIEWERS as f64)
}
