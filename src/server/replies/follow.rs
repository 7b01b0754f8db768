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
    domain::{
        actor::Actor,
        frame::Frame,
        id::{ChatId, MessageId},
        message::{Role, Status},
        reply::Event,
        waiting::Waiting,
    },
    server::{
        metrics::Counted,
        store::{Result, StoreError, in_time, log::LogPage},
    },
};

/// How long a connection may be silent: proxies close idle ones after 30 to 60 seconds.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a reply that nobody on this node writes is looked up: a wake-up may have been lost.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long one may go on reading before it is asked again whether one may: a log is read many times a second.
const ALLOWED_FOR: Duration = Duration::from_secs(1);

/// Follows a reply from a cursor; says in which chat it is. Ends after the reply's end, or with [`Frame::Reconnect`] when the server
/// is about to go.
///
/// # Errors
/// `NotFound` if the reply is not there for this actor, `Conflict` if it is not a reply.
pub async fn follow(
    engine: &Engine,
    actor: Actor,
    reply: MessageId,
    cursor: u64,
) -> Result<(ChatId, impl Stream<Item = Vec<u8>> + Send + 'static + use<>)> {
    let state = engine.shared.store.message_state(&actor, reply).await?;
    if state.role != Role::Assistant {
        return Err(StoreError::Conflict("Only a reply can be followed."));
    }
    let live = engine.shared.live.entry(reply);
    let viewer = Viewer {
        _counted: engine.shared.metrics.viewer(),
        changed: live.subscribe(),
        leaving: engine.shared.leaving.clone(),
        engine: engine.clone(),
        live,
        actor,
        reply,
        cursor,
        started: false,
        ended: false,
        told: None,
        allowed_at: Instant::now(),
        waited: false,
        spoke_at: Instant::now(),
        alarm: Box::pin(sleep(HEARTBEAT)),
    };
    let frames = stream::unfold(viewer, |mut viewer| async move { viewer.next().await.map(|frames| (frames, viewer)) });
    Ok((state.chat, frames))
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
    /// Where in the line for its provider the viewer thinks the reply to be.
    told: Option<Waiting>,
    /// When it was last asked whether the viewer may see this.
    allowed_at: Instant,
    /// Whether it had everything there was and waited for more, rather than for its own connection.
    waited: bool,
    /// When something was last sent.
    spoke_at: Instant,
    alarm: Pin<Box<Sleep>>,
    _counted: Counted,
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
                // The database is away; the viewer need not know, it comes back.
                Err(error) if error.is_passing() => {
                    tracing::debug!(%error, message_id = %self.reply, "a viewer waits for the database");
                    LOOK_EVERY
                }
                Err(error) => {
                    tracing::error!(%error, message_id = %self.reply, "a viewer's log could not be read");
                    return Some(self.send_away());
                }
            };
            if !out.is_empty() {
                self.spoke_at = Instant::now();
                self.waited = false;
                return Some(out);
            }
            self.waited = true;
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
            Reading::Encoded { position, ended, arrived } => {
                if let Some(arrived) = arrived.filter(|_| self.waited) {
                    self.engine.shared.metrics.added_delay(arrived.elapsed());
                }
                self.start_before(out, self.cursor);
                // Whoever sees a word knows that it waits no more.
                self.told = None;
                self.cursor = position;
                self.ended = ended;
                Ok(HEARTBEAT)
            }
            Reading::UpToDate => {
                self.start_before(out, self.cursor);
                let waiting = self.live.waiting();
                self.tell(waiting, out);
                Ok(if waiting.is_some() { LOOK_EVERY } else { HEARTBEAT })
            }
            Reading::NotHere => self.look_into_log(out).await,
        }
    }

    async fn look_into_log(&mut self, out: &mut Vec<u8>) -> Result<Duration> {
        let store = &self.engine.shared.store;
        if self.allowed_at.elapsed() >= ALLOWED_FOR {
            in_time(store.message_state(&self.actor, self.reply)).await?;
            self.allowed_at = Instant::now();
        }
        let LogPage { from, events, more } = in_time(store.read_log(self.reply, self.cursor)).await?;
        if from != self.cursor {
            // The cursor is no place in the log (any more): the viewer begins anew.
            self.started = false;
            self.cursor = from;
        }
        self.start_before(out, from);
        if events.is_empty() {
            let status = in_time(self.status()).await?;
            self.ended = status.is_terminal();
            let store = &self.engine.shared.store;
            let waiting = if status == Status::Queued { in_time(store.place_in_line(self.reply)).await? } else { None };
            self.tell(waiting, out);
        }
        for event in events {
            self.cursor += event.length();
            self.ended |= matches!(event, Event::End(_));
            Frame::Event(event).encode(out);
        }
        Ok(if more { Duration::ZERO } else { LOOK_EVERY })
    }

    /// Where the reply stands. It has ended only if it had before this look: then a log that has nothing more never will.
    async fn status(&self) -> Result<Status> {
        let status = self.engine.shared.store.message_state(&self.actor, self.reply).await?.status;
        if !status.is_terminal() {
            return Ok(status);
        }
        // It may have ended between the two looks: only a log that still has nothing more is whole.
        let again = self.engine.shared.store.read_log(self.reply, self.cursor).await?;
        let is_whole = again.events.is_empty() && again.from == self.cursor;
        Ok(if is_whole { status } else { Status::Streaming })
    }

    /// Says where in line the reply is, if the viewer does not know it yet.
    fn tell(&mut self, waiting: Option<Waiting>, out: &mut Vec<u8>) {
        if self.told != waiting {
            self.told = waiting;
            Frame::Waiting(waiting).encode(out);
        }
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
