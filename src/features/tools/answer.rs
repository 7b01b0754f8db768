//! Answers calls that wait for a person.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::edit;
use crate::{
    domain::{actor::Actor, error::AppError, id::MessageId},
    server::state::AppState,
};

/// How long a call may be on its way into the database after it was shown: several commits.
const ON_ITS_WAY: Duration = Duration::from_secs(1);
/// How long to wait between two looks for it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// Allows a call; `always` if no call of its tool is to wait in this chat again.
pub(super) async fn allow(
    server: &AppState,
    actor: &Actor,
    reply: MessageId,
    number: u32,
    always: bool,
) -> Result<(), AppError> {
    until_there(server, actor, reply, number).await?;
    let key = if always { edit::key_of_call(server, actor, reply, number).await? } else { None };
    Ok(server.store.answer_call(actor, reply, number, true, key.as_deref()).await?)
}

/// Declines a call.
pub(super) async fn decline(server: &AppState, actor: &Actor, reply: MessageId, number: u32) -> Result<(), AppError> {
    until_there(server, actor, reply, number).await?;
    Ok(server.store.answer_call(actor, reply, number, false, None).await?)
}

/// Waits for a call that is shown to be in the database as well: whoever is quick is not told that it is not there.
async fn until_there(server: &AppState, actor: &Actor, reply: MessageId, number: u32) -> Result<(), AppError> {
    let until = Instant::now() + ON_ITS_WAY;
    while server.store.call_status(reply, number).await?.is_none()
        && !server.store.message_state(actor, reply).await?.status.is_terminal()
        && Instant::now() < until
    {
        sleep(BETWEEN_LOOKS).await;
    }
    Ok(())
}
