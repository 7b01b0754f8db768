//! Listens for changes made in other tabs and on other machines.

use std::time::Duration;

use futures::{
    StreamExt,
    future::{AbortHandle, Either, abortable, select},
};
use gloo_timers::future::sleep;
use leptos::{prelude::*, task::spawn_local};

use super::{Chats, OpenChat, api};
use crate::{
    domain::change::{CHANGE_BYTES, Change},
    features::{connection::Connection, signed_out::is_final},
    ui::{handler::effect, visible::visible},
};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// Silence after which the connection is given up: the server says something every 15 seconds.
const SILENCE: Duration = Duration::from_secs(40);

/// Listens as long as somebody looks at the page. What changed meanwhile is looked up when they come back.
pub fn follow_changes() {
    let visible = visible();
    let (chats, open, connection) =
        (expect_context::<Chats>(), expect_context::<OpenChat>(), expect_context::<Connection>());
    let listening = StoredValue::new(None::<AbortHandle>);
    let stop = move || {
        if let Some(handle) = listening.try_update_value(Option::take).flatten() {
            handle.abort();
        }
    };
    // What the page shows is of the moment when the server made it, however long it took to come alive or lay in the
    // background. After that, each new connection looks at everything.
    let page = StoredValue::new(Some(chats));
    effect(move || {
        stop();
        if !visible.get() {
            return;
        }
        let since = page.try_update_value(Option::take).flatten().map(Chats::made_at);
        let (task, handle) = abortable(listen(chats, open, connection, since));
        listening.set_value(Some(handle));
        spawn_local(async move {
            let _ = task.await;
        });
    });
    on_cleanup(stop);
}

async fn listen(chats: Chats, open: OpenChat, connection: Connection, mut since: Option<i64>) {
    let mut wait = FIRST_WAIT;
    loop {
        match api::follow_changes(chats.workspace(), since.take().unwrap_or(0)).await {
            Ok(stream) => {
                let mut pieces = stream.into_inner();
                let mut pending = Vec::new();
                while let Either::Left((Some(Ok(piece)), _)) = select(pieces.next(), Box::pin(sleep(SILENCE))).await {
                    wait = FIRST_WAIT;
                    connection.works();
                    pending.extend_from_slice(&piece);
                    for change in take_changes(&mut pending) {
                        notice(change, chats, open);
                    }
                }
            }
            // Whoever was suspended or removed has lost what the page shows: it looks, and says so.
            Err(error) if is_final(&error) => return notice(Change::Everything, chats, open),
            Err(_) => {}
        }
        connection.failed();
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

fn notice(change: Change, chats: Chats, open: OpenChat) {
    let chat = match change {
        Change::Nothing => return,
        Change::Everything => None,
        Change::Chat(chat) => Some(chat),
    };
    chats.refresh();
    open.changed(chat);
}

/// The whole changes among what has come; the rest waits for more.
fn take_changes(pending: &mut Vec<u8>) -> Vec<Change> {
    let whole = pending.len() - pending.len() % CHANGE_BYTES;
    let bytes: Vec<u8> = pending.drain(..whole).collect();
    bytes.chunks_exact(CHANGE_BYTES).filter_map(|chunk| chunk.try_into().ok()).map(Change::from_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChatId;

    #[test]
    fn a_change_that_arrives_in_two_pieces_is_one_change() {
        let change = Change::Chat(ChatId::new());
        let bytes = change.to_bytes();
        let mut pending = bytes[..5].to_vec();
        assert!(take_changes(&mut pending).is_empty());
        pending.extend_from_slice(&bytes[5..]);
        assert_eq!(take_changes(&mut pending), [change]);
        assert!(pending.is_empty());
    }
}
