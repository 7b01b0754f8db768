//! Has what somebody wrote checked before a model is asked, where the workspace wants that.

use std::time::Duration;

use tokio::time::sleep;

use super::Shared;
use crate::{
    domain::message::{Message, Role},
    server::{
        model::{ModelClient, ModelError},
        store::{self, in_time, jobs::Job},
    },
};

/// The wait before the database is asked again that did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// The newest that a person wrote on the path to a reply; empty if there is nothing.
pub(super) fn newest(path: &[Message]) -> String {
    let newest = path.iter().rev().find(|message| message.role == Role::User);
    newest.map(|message| message.content.clone()).unwrap_or_default()
}

/// Whether a reply says that the message which it answers did not pass the check, and so was not sent.
pub(super) fn withholds(reply: &Message) -> bool {
    reply.failure.as_ref().is_some_and(|failure| ModelError::withholds(&failure.code))
}

/// Checks what a person wrote.
///
/// # Errors
/// `Moderated` if something is found in it, `NotChecked` if it cannot be checked: what is to be checked is not sent
/// unchecked. `RateLimited` if the check is to be made later.
pub(super) async fn check(shared: &Shared, job: &Job, client: &ModelClient, text: &str) -> Result<(), ModelError> {
    if text.is_empty() || !wanted(shared, job).await.map_err(|error| not_read(&error))? {
        return Ok(());
    }
    client.moderate(text).await.inspect(|()| tracing::debug!("what was written was checked"))
}

/// Whether the chat's workspace wants it, as soon as the database has it to tell.
async fn wanted(shared: &Shared, job: &Job) -> store::Result<bool> {
    loop {
        match in_time(shared.store.moderates(job.chat)).await {
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "it cannot be read yet whether there is a check; trying again");
                sleep(AFTER_FAILURE).await;
            }
            outcome => return outcome,
        }
    }
}

fn not_read(error: &store::StoreError) -> ModelError {
    tracing::error!(%error, "it could not be read whether there is a check");
    ModelError::NotChecked(String::new())
}
