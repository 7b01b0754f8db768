//! The running replies of this node, in memory: one append-only buffer a reply, a cursor a viewer.
//!
//! No viewer has a channel or a copy of the text: it is woken, and encodes what lies past its own cursor when
//! its connection can take more. So a slow viewer costs what a fast one does, and cannot slow a writer down.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::domain::{
    frame::{FRAME_TEXT_BYTES, Frame, encode_reasoning, encode_text},
    id::MessageId,
    reply::Event,
    waiting::Waiting,
};

/// How often it is measured how long a piece takes from its arrival to a viewer.
const MEASURE_EVERY: Duration = Duration::from_millis(100);

/// The replies that somebody on this node writes or follows.
#[derive(Debug, Default)]
pub struct Live {
    replies: Mutex<HashMap<MessageId, Weak<LiveReply>>>,
}

/// One reply. It lives as long as somebody writes or follows it.
#[derive(Debug)]
pub struct LiveReply {
    buffer: Mutex<Buffer>,
    /// Counts what happened to the buffer; whoever waits for more waits on this.
    version: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Buffer {
    /// Where the buffer begins; `None` while nobody on this node writes the reply.
    base: Option<u64>,
    /// The events with the position of each, neighbours of one kind merged.
    events: Vec<(u64, Event)>,
    end: u64,
    measured: Option<Measured>,
    /// Until when whoever writes waits for the provider in the middle of the reply.
    waits_until: Option<Instant>,
}

/// A piece of which it is measured how long it takes to a viewer: the first one who is shown it takes the measure.
#[derive(Clone, Copy, Debug)]
struct Measured {
    position: u64,
    arrived: Instant,
    taken: bool,
}

/// What a viewer found past its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Frames were encoded; the cursor is now here. `ended` if the last of them was the end.
    Encoded {
        /// The new cursor.
        position: u64,
        /// Whether nothing will follow.
        ended: bool,
        /// When a piece of it came from the provider, if this one is measured.
        arrived: Option<Instant>,
    },
    /// Nothing yet.
    UpToDate,
    /// The buffer does not know this place: look into the log.
    NotHere,
}

impl Live {
    fn replies(&self) -> MutexGuard<'_, HashMap<MessageId, Weak<LiveReply>>> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reply's buffer, made if nobody has asked for it yet.
    pub fn entry(&self, reply: MessageId) -> Arc<LiveReply> {
        let mut replies = self.replies();
        if let Some(live) = replies.get(&reply).and_then(Weak::upgrade) {
            return live;
        }
        let live = Arc::new(LiveReply { buffer: Mutex::default(), version: watch::Sender::new(0) });
        replies.insert(reply, Arc::downgrade(&live));
        live
    }

    /// What is in memory of a reply past a position; nothing if that is no place in it.
    pub fn peek(&self, reply: MessageId, from: u64) -> Vec<Event> {
        let live = self.replies().get(&reply).and_then(Weak::upgrade);
        live.map(|live| live.events_past(from)).unwrap_or_default()
    }

    /// Wakes the viewers of a reply, to look into its log.
    pub fn nudge(&self, reply: MessageId) {
        let live = self.replies().get(&reply).and_then(Weak::upgrade);
        if let Some(live) = live {
            live.wake();
        }
    }

    /// Wakes all viewers.
    pub fn wake_all(&self) {
        let all: Vec<Arc<LiveReply>> = self.replies().values().filter_map(Weak::upgrade).collect();
        all.iter().for_each(|live| live.wake());
    }

    /// Forgets the replies that nobody writes or follows any more.
    pub fn sweep(&self) {
        let mut replies = self.replies();
        replies.retain(|_, live| live.strong_count() > 0);
        if replies.capacity() > 4 * replies.len().max(64) {
            replies.shrink_to_fit();
        }
    }
}

impl LiveReply {
    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.version.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Tells of every change from now on.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Begins to write: what comes starts at `base` in the log.
    pub fn begin(&self, base: u64) {
        *self.buffer() = Buffer { base: Some(base), end: base, ..Buffer::default() };
        self.wake();
    }

    /// Gives the buffer up: what comes after must be read from the log.
    pub fn abandon(&self) {
        *self.buffer() = Buffer::default();
        self.wake();
    }

    /// Appends an event and wakes the viewers.
    pub fn push(&self, event: Event) {
        self.buffer().push(event);
        self.wake();
    }

    /// Appends what came from the provider at a moment, and wakes the viewers.
    pub fn push_arrived(&self, event: Event, arrived: Instant) {
        let mut buffer = self.buffer();
        buffer.measure(arrived);
        buffer.push(event);
        drop(buffer);
        self.wake();
    }

    /// Notes until when whoever writes waits for the provider, or that it waits no more, and wakes the viewers.
    pub fn waits_until(&self, moment: Option<Instant>) {
        self.buffer().waits_until = moment;
        self.wake();
    }

    /// Where the reply waits for its provider in the middle: nobody is before it.
    #[must_use]
    pub fn waiting(&self) -> Option<Waiting> {
        let left = self.buffer().waits_until?.saturating_duration_since(Instant::now());
        Some(Waiting::new(0, i64::try_from(left.as_micros()).unwrap_or(i64::MAX), 0))
    }

    /// Where the buffer ends.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.buffer().end
    }

    /// The events past a position; none if that is no place in the buffer.
    #[must_use]
    pub fn events_past(&self, from: u64) -> Vec<Event> {
        let buffer = self.buffer();
        if buffer.base.is_none_or(|base| from < base) {
            return Vec::new();
        }
        buffer.past(from).map_while(|(start, event)| event.skip(from.saturating_sub(*start))).collect()
    }

    /// Encodes what lies past a viewer's cursor, at most about [`FRAME_TEXT_BYTES`] of it.
    pub fn encode_past(&self, cursor: u64, out: &mut Vec<u8>) -> Reading {
        let mut buffer = self.buffer();
        let Some(base) = buffer.base else { return Reading::NotHere };
        if cursor < base || cursor > buffer.end {
            return Reading::NotHere;
        }
        let mut position = cursor;
        let mut ended = false;
        for (start, event) in buffer.past(cursor) {
            let room = FRAME_TEXT_BYTES.saturating_sub((position - cursor) as usize);
            if room == 0 {
                break;
            }
            let Some(encoded) = encode_part(event, position.saturating_sub(*start), room, out) else {
                return Reading::NotHere;
            };
            position += encoded;
            ended = matches!(event, Event::End(_));
        }
        // A cursor at the very end is told of it too.
        ended |= position == buffer.end && matches!(buffer.events.last(), Some((_, Event::End(_))));
        if position == cursor && !ended {
            return Reading::UpToDate;
        }
        Reading::Encoded { position, ended, arrived: buffer.take_measure(cursor, position) }
    }
}

impl Buffer {
    fn push(&mut self, event: Event) {
        let length = event.length();
        match (self.events.last_mut(), event) {
            (Some((_, Event::Text(all))), Event::Text(more))
            | (Some((_, Event::Reasoning(all))), Event::Reasoning(more)) => all.push_str(&more),
            (_, event) => self.events.push((self.end, event)),
        }
        self.end += length;
    }

    /// Measures what comes next, if it is time to.
    fn measure(&mut self, arrived: Instant) {
        let is_due = |last: Measured| arrived.saturating_duration_since(last.arrived) >= MEASURE_EVERY;
        if self.measured.is_none_or(is_due) {
            self.measured = Some(Measured { position: self.end, arrived, taken: false });
        }
    }

    /// When the measured piece came, for the first one who is shown it: from one position to another.
    fn take_measure(&mut self, from: u64, to: u64) -> Option<Instant> {
        let measured = self.measured.as_mut().filter(|measured| !measured.taken)?;
        if !(from..to).contains(&measured.position) {
            return None;
        }
        measured.taken = true;
        Some(measured.arrived)
    }

    /// The events that reach past a position, the first of which may begin before it.
    fn past(&self, from: u64) -> impl Iterator<Item = &(u64, Event)> {
        let first = self.events.partition_point(|(start, event)| start + event.length() <= from);
        self.events.iter().skip(first)
    }
}

/// Encodes an event from `skip` on, at most `room` bytes of text (a little more where a character would be
/// cut). Returns how far that moves the cursor; `None` if `skip` is no place in the event.
fn encode_part(event: &Event, skip: u64, room: usize, out: &mut Vec<u8>) -> Option<u64> {
    let (text, encode): (&str, fn(&str, &mut Vec<u8>)) = match event {
        Event::Text(text) => (text, encode_text),
        Event::Reasoning(text) => (text, encode_reasoning),
        Event::Tool(_) | Event::Usage(_) | Event::End(_) => {
            Frame::Event(event.clone()).encode(out);
            return Some(1);
        }
    };
    let rest = text.get(usize::try_from(skip).ok()?..)?;
    let end = (room..rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
    let part = rest.get(..end)?;
    encode(part, out);
    Some(part.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        frame::FrameDecoder,
        message::Status,
        reply::{End, Reply},
    };

    fn read_to_end(live: &LiveReply, mut cursor: u64) -> (Reply, usize) {
        let (mut reply, mut decoder, mut most) = (Reply::default(), FrameDecoder::default(), 0);
        loop {
            let mut out = Vec::new();
            match live.encode_past(cursor, &mut out) {
                Reading::Encoded { position, ended, .. } => {
                    cursor = position;
                    most = most.max(out.len());
                    decoder.push(&out);
                    while let Some(Frame::Event(event)) = decoder.next_frame().unwrap() {
                        reply.apply(event);
                    }
                    if ended {
                        return (reply, most);
                    }
                }
                other => panic!("{other:?} at {cursor}"),
            }
        }
    }

    fn entry() -> Arc<LiveReply> {
        Live::default().entry(MessageId::new())
    }

    #[test]
    fn a_viewer_far_behind_is_served_in_small_turns() {
        let live = entry();
        live.begin(0);
        for _ in 0..10_000 {
            live.push(Event::Text("grüße ".into()));
        }
        live.push(Event::End(End { status: Status::Complete, failure: None }));
        let (reply, most) = read_to_end(&live, 0);
        assert_eq!(reply.text(), "grüße ".repeat(10_000));
        assert!(most < FRAME_TEXT_BYTES + 64, "{most}");
    }

    #[test]
    fn a_cursor_inside_of_a_character_or_outside_of_the_buffer_is_not_here() {
        let live = entry();
        let mut out = Vec::new();
        assert_eq!(live.encode_past(0, &mut out), Reading::NotHere);
        live.begin(10);
        live.push(Event::Text("ü".into()));
        assert_eq!(live.encode_past(9, &mut out), Reading::NotHere);
        assert_eq!(live.encode_past(11, &mut out), Reading::NotHere);
        assert_eq!(live.encode_past(12, &mut out), Reading::UpToDate);
        assert_eq!(live.encode_past(13, &mut out), Reading::NotHere);
        assert!(out.is_empty());
    }

    #[test]
    fn everybody_who_asks_for_a_reply_gets_the_same_buffer_until_nobody_has_it() {
        let live = Live::default();
        let id = MessageId::new();
        let (first, second) = (live.entry(id), live.entry(id));
        assert!(Arc::ptr_eq(&first, &second));
        drop((first, second));
        live.sweep();
        assert_eq!(live.replies().len(), 0);
    }
}
