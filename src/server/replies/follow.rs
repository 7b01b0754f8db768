//! A viewer's stream of frames: first what the log has past its cursor, then what comes, until the end.

use std::{pin::Pin, sync::Arc, time::Duration};

use futures::{Stream, stream};
use tokio::{
    sync::watch,
    time::{Instant, Sleep, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    Engine,
    live::{LiveReply, Reading},
};
use crate::{
    domain::{actor::Actor, frame::Frame, id::MessageId, message::Role, reply::Event},
    server::store::{Result, StoreError, log::LogPage},
};

/// How long a connection may be silent: proxies close idle ones after 30 to 60 seconds.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a reply that nobody on this node writes is looked up: a wake-up may have been lost.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Follows a reply from a cursor. Ends after the reply's end, or with [`Frame::Reconnect`] when the server
/// is about to go.
///
/// # Errors
/// `NotFound` if the reply is not there for this actor, `Conflict` if it is not a reply.
pub async fn follow(
    engine: &Engine,
    actor: Actor,
    reply: MessageId,
    cursor: u64,
) -> Result<impl Stream<Item = Vec<u8>> + Send + 'static + use<>> {
    let state = engine.shared.store.message_state(&actor, reply).await?;
    if state.role != Role::Assistant {
        return Err(StoreError::Conflict("Only a reply can be followed."));
    }
    let live = engine.shared.live.entry(reply);
    let viewer = Viewer {
        changed: live.subscribe(),
        leaving: engine.shared.leaving.clone(),
        engine: engine.clone(),
        live,
        actor,
        reply,
        cursor,
        started: false,
        ended: false,
        spoke_at: Instant::now(),
        alarm: Box::pin(sleep(HEARTBEAT)),
    };
    Ok(stream::unfold(viewer, |mut viewer| async move { viewer.next().await.map(|frames| (frames, viewer)) }))
}

struct Viewer {
    engine: Engine,
    live: Arc<LiveReply>,
    changed: watch::Receiver<u64>,
    leaving: CancellationToken,
    actor: Actor,
    reply: MessageId,
    cursor: u64,
    started: bool,
    ended: bool,
    /// When something was last sent.
    spoke_at: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl Viewer {
    /// The next frames, as many as are there and fit a turn.
    async fn next(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        while !self.ended {
            if self.leaving.is_cancelled() {
                return Some(self.send_away());
            }
            // Before the look, so that what comes after it is not slept through.
            self.changed.mark_unchanged();
            let patience = match self.look(&mut out).await {
                Ok(patience) => patience,
                // Its chat was deleted.
                Err(StoreError::NotFound) => {
                    self.ended = true;
                    return None;
                }
                Err(error) => {
                    tracing::error!(%error, message_id = %self.reply, "a viewer's log could not be read");
                    return Some(self.send_away());
                }
            };
            if !out.is_empty() {
                self.spoke_at = Instant::now();
                return Some(out);
            }
            if self.waited_in_vain(patience).await {
                self.spoke_at = Instant::now();
                Frame::Heartbeat.encode(&mut out);
                return Some(out);
            }
        }
        None
    }

    /// Waits for a change, at most for `patience`. Says whether the connection has been silent for long.
    async fn waited_in_vain(&mut self, patience: Duration) -> bool {
        let due = (Instant::now() + patience).min(self.spoke_at + HEARTBEAT);
        // One alarm for many waits: a token must not cost a timer. Ringing early does no harm.
        if self.alarm.is_elapsed() || self.alarm.deadline() > due {
            self.alarm.as_mut().reset(due);
        }
        tokio::select! {
            _ = self.changed.changed() => {}
            () = self.alarm.as_mut() => {}
        }
        self.spoke_at.elapsed() >= HEARTBEAT
    }

    fn send_away(&mut self) -> Vec<u8> {
        self.ended = true;
        let mut out = Vec::new();
        Frame::Reconnect.encode(&mut out);
        out
    }

    /// Encodes what is past the cursor, if anything; else says how long to wait for more.
    async fn look(&mut self, out: &mut Vec<u8>) -> Result<Duration> {
        match self.live.encode_past(self.cursor, out) {
            Reading::Encoded { position, ended } => {
                self.start_before(out, self.cursor);
                self.cursor = position;
                self.ended = ended;
                Ok(HEARTBEAT)
            }
            Reading::UpToDate => {
                self.start_before(out, self.cursor);
                Ok(HEARTBEAT)
            }
            Reading::NotHere => self.look_into_log(out).await,
        }
    }

    async fn look_into_log(&mut self, out: &mut Vec<u8>) -> Result<Duration> {
        let LogPage { from, events, more } =
            self.engine.shared.store.read_log(&self.actor, self.reply, self.cursor).await?;
        if from != self.cursor {
            // The cursor is no place in the log (any more): the viewer begins anew.
            self.started = false;
            self.cursor = from;
        }
        self.start_before(out, from);
        if events.is_empty() {
            self.ended = self.has_ended().await?;
        }
        for event in events {
            self.cursor += event.length();
            self.ended |= matches!(event, Event::End(_));
            Frame::Event(event).encode(out);
        }
        Ok(if more { Duration::ZERO } else { LOOK_EVERY })
    }

    /// Whether the reply had ended before this look: then a log that has nothing more never will.
    async fn has_ended(&self) -> Result<bool> {
        let state = self.engine.shared.store.message_state(&self.actor, self.reply).await?;
        if !state.status.is_terminal() {
            return Ok(false);
        }
        // It may have ended between the two looks: only a log that still has nothing more is whole.
        let again = self.engine.shared.store.read_log(&self.actor, self.reply, self.cursor).await?;
        Ok(again.events.is_empty() && again.from == self.cursor)
    }

    /// Puts the opening frame before what was just encoded, once.
    fn start_before(&mut self, out: &mut Vec<u8>, position: u64) {
        if self.started {
            return;
        }
        self.started = true;
        let mut opened = Vec::with_capacity(out.len() + 12);
        Frame::Start(position).encode(&mut opened);
        opened.append(out);
        *out = opened;
    }
}
