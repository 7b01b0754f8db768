//! Follows a running reply: folds the frames of its stream into the message's signals, at most once per
//! animation frame, and comes back from its cursor when the connection is lost.

use std::{
    cell::{Cell, RefCell},
    mem,
    rc::Rc,
    time::Duration,
};

use futures::{
    StreamExt,
    future::{AbortHandle, Either, abortable, select},
};
use gloo_timers::future::sleep;
use leptos::{prelude::*, task::spawn_local};

use super::{api::follow_reply, shown::Shown};
use crate::{
    domain::{
        frame::{Frame, FrameDecoder},
        reply::Event,
    },
    features::{connection::Connection, signed_out::is_final},
};

/// The wait before the first new try; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// Silence after which the connection is given up: the server sends a heartbeat every 15 seconds.
const SILENCE: Duration = Duration::from_secs(40);

/// Why a stream is over.
enum Over {
    /// The reply has ended.
    Ended,
    /// The reply is gone, its chat deleted, or the reader may not see it any more.
    Gone,
    /// The server is about to go and said so.
    Sent,
    /// The connection is lost.
    Lost,
}

/// Follows until the reply ends or the handle is aborted.
pub(super) fn follow(shown: Shown, connection: Connection) -> AbortHandle {
    let (following, handle) = abortable(run(shown, connection));
    spawn_local(async move {
        // Aborted or ended, either is fine.
        let _ = following.await;
    });
    handle
}

async fn run(shown: Shown, connection: Connection) {
    let mut wait = FIRST_WAIT;
    // The end may come by another way: with a look at the whole chat.
    while !shown.status.get_untracked().is_terminal() {
        let heard = Cell::new(false);
        let over = listen(&shown, connection, &heard).await;
        if heard.get() {
            wait = FIRST_WAIT;
        }
        match over {
            Over::Ended | Over::Gone => return,
            Over::Sent => {}
            Over::Lost => connection.failed(),
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// One connection from its beginning to its end.
async fn listen(shown: &Shown, connection: Connection, heard: &Cell<bool>) -> Over {
    let asked = shown.position();
    let stream = match follow_reply(shown.id, asked).await {
        Ok(stream) => stream,
        Err(error) if is_final(&error) => return Over::Gone,
        Err(_) => return Over::Lost,
    };
    let mut pieces = stream.into_inner();
    let mut decoder = FrameDecoder::default();
    let batch = Batch::new(shown.clone(), asked);
    loop {
        let piece = match select(pieces.next(), Box::pin(sleep(SILENCE))).await {
            Either::Left((Some(Ok(piece)), _)) => piece,
            _ => {
                batch.flush();
                return Over::Lost;
            }
        };
        heard.set(true);
        connection.works();
        decoder.push(&piece);
        loop {
            match decoder.next_frame() {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    if let Some(over) = batch.take(frame) {
                        batch.flush();
                        return if batch.has_hole.get() { Over::Lost } else { over };
                    }
                }
                Err(_) => {
                    batch.flush();
                    return Over::Lost;
                }
            }
        }
        batch.schedule();
        if batch.has_hole.get() {
            return Over::Lost;
        }
    }
}

/// Events on their way to the screen.
#[derive(Clone)]
struct Batch {
    shown: Shown,
    /// Where the next event begins.
    position: Rc<Cell<u64>>,
    events: Rc<RefCell<Vec<(u64, Event)>>>,
    scheduled: Rc<RefCell<bool>>,
    /// Whether something was missing before what has come: it must be asked for again.
    has_hole: Rc<Cell<bool>>,
}

impl Batch {
    fn new(shown: Shown, position: u64) -> Self {
        Self {
            shown,
            position: Rc::new(Cell::new(position)),
            events: Rc::default(),
            scheduled: Rc::default(),
            has_hole: Rc::default(),
        }
    }

    /// Takes a frame; says so if the stream is over with it.
    fn take(&self, frame: Frame) -> Option<Over> {
        match frame {
            Frame::Start(position) => {
                // Where it waits is said anew, if it still does.
                self.shown.waits(None);
                if position != self.position.replace(position) {
                    // What is shown is not what the log holds: a crash took the last moments with it.
                    self.events.borrow_mut().clear();
                    self.shown.reset();
                }
                None
            }
            Frame::Event(event) => {
                // Whatever comes of it, it waits no more.
                self.shown.waits(None);
                let ended = matches!(event, Event::End(_));
                let position = self.position.get();
                self.position.set(position + event.length());
                self.events.borrow_mut().push((position, event));
                ended.then_some(Over::Ended)
            }
            Frame::Heartbeat => None,
            Frame::Waiting(waiting) => {
                self.shown.waits(waiting);
                None
            }
            Frame::Reconnect => Some(Over::Sent),
        }
    }

    /// Shows what has come in the next frame that the browser draws; a page that is not drawn need not wait.
    fn schedule(&self) {
        if self.events.borrow().is_empty() || self.scheduled.replace(true) {
            return;
        }
        if document().hidden() {
            self.flush();
            return;
        }
        let batch = self.clone();
        request_animation_frame(move || batch.flush());
    }

    fn flush(&self) {
        self.scheduled.replace(false);
        let events = mem::take(&mut *self.events.borrow_mut());
        if !events.is_empty() && !self.shown.apply(events) {
            self.has_hole.set(true);
        }
    }
}
