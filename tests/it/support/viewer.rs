//! Someone who follows a reply.

use parlance::domain::{
    frame::{Frame, FrameDecoder},
    message::Status,
    reply::{End, Event, Reply, Usage},
    tool::{CallStatus, ToolCall},
    waiting::Waiting,
};

use super::wait::soon;

/// A piece of a log that is 1 long: what positions count. Two viewers saw the same if their units are the same,
/// however the network cut them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A byte of the text.
    Text(u8),
    /// A byte of the reasoning.
    Reasoning(u8),
    /// A tool that was called.
    Tool(ToolCall),
    /// What was used.
    Usage(Usage),
    /// The end.
    End(End),
}

/// How much of what was seen is searched for a word: a test of megabytes must not search all of them again and again.
const RECENT: usize = 1 << 20;

/// A connection that follows a reply, and what it has seen.
pub struct Viewer {
    answer: reqwest::Response,
    decoder: FrameDecoder,
    /// The position that the server began with, and everything since.
    pub seen: Seen,
    /// How many heartbeats came.
    pub heartbeats: usize,
    /// Where the reply waits for its provider, as last said.
    pub waiting: Option<Waiting>,
    /// Whether the server said that it is about to go.
    pub told_to_reconnect: bool,
    may_begin_anew: bool,
}

/// A part of a log, from the position that the server began with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The position.
    pub start: Option<u64>,
    /// What came from there on.
    pub log: Vec<Unit>,
}

impl Viewer {
    /// Follows what an answer brings.
    pub fn new(answer: reqwest::Response) -> Self {
        Self {
            answer,
            decoder: FrameDecoder::default(),
            seen: Seen::default(),
            heartbeats: 0,
            waiting: None,
            may_begin_anew: false,
            told_to_reconnect: false,
        }
    }

    /// The same for a reply whose node may wake up after its lease: it shows what the model says before it knows that it
    /// is not to write that down any more.
    pub fn that_may_begin_anew(mut self) -> Self {
        self.may_begin_anew = true;
        self
    }

    /// The next frame, `None` at the end of the connection, however that came about.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.decoder.next_frame().expect("a server sends well-formed frames") {
                self.take(&frame);
                return Some(frame);
            }
            let waiting = format!("the next frame after position {}", self.seen.position());
            match soon(waiting, self.answer.chunk()).await {
                Ok(Some(bytes)) => self.decoder.push(&bytes),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    fn take(&mut self, frame: &Frame) {
        let seen = &mut self.seen;
        match frame {
            // As a page does: what it had is thrown away.
            Frame::Start(0) if self.may_begin_anew => {
                *seen = Seen { start: Some(0), log: Vec::new() };
                return;
            }
            Frame::Start(position) => {
                assert_eq!(seen.start.replace(*position), None, "a stream has one beginning");
                return;
            }
            Frame::Heartbeat => self.heartbeats += 1,
            // The first, too, of a server that is about to go.
            Frame::Reconnect => {
                self.told_to_reconnect = true;
                return;
            }
            Frame::Waiting(waiting) => self.waiting = *waiting,
            Frame::Event(event) => {
                assert_eq!(seen.end(), None, "nothing follows the end, but here came {event:?}");
                match event {
                    Event::Text(text) => seen.log.extend(text.bytes().map(Unit::Text)),
                    Event::Reasoning(text) => seen.log.extend(text.bytes().map(Unit::Reasoning)),
                    Event::Tool(call) => seen.log.push(Unit::Tool(call.clone())),
                    Event::Usage(usage) => seen.log.push(Unit::Usage(*usage)),
                    Event::End(end) => seen.log.push(Unit::End(end.clone())),
                }
            }
        }
        assert!(seen.start.is_some(), "a stream begins with its position, but here came {frame:?}");
    }

    /// Goes on until the text seen contains this. Of a long text only the newest part is searched.
    ///
    /// # Panics
    /// If the stream ends before.
    pub async fn until_text(&mut self, part: &str) {
        self.until_text_from(self.seen.log.len().saturating_sub(RECENT), part).await;
    }

    /// Goes on until what comes from now on contains this. What was seen before is not searched, which after a long text
    /// would take longer than anything that a test measures.
    ///
    /// # Panics
    /// If the stream ends before.
    pub async fn until_new_text(&mut self, part: &str) {
        self.until_text_from(self.seen.log.len(), part).await;
    }

    async fn until_text_from(&mut self, place: usize, part: &str) {
        let mut tail = self.seen.text_from(place);
        while !tail.contains(part) {
            tail.drain(..tail.floor_char_boundary(tail.len().saturating_sub(part.len())));
            let before = self.seen.log.len();
            let frame = self.next().await;
            assert!(frame.is_some(), "the stream ended before {part:?} came, after {:?}", self.seen.text());
            tail.push_str(&self.seen.text_from(before));
        }
    }

    /// Goes on until a call stands so.
    ///
    /// # Panics
    /// If the stream ends before.
    pub async fn until_call(&mut self, number: u32, status: CallStatus) {
        let stands = |unit: &Unit| matches!(unit, Unit::Tool(call) if call.number == number && call.status == status);
        while !self.seen.log.iter().any(stands) {
            let frame = self.next().await;
            assert!(frame.is_some(), "the stream ended before call {number} was {status:?}: {:?}", self.seen.calls());
        }
    }

    /// Goes on until so much of the log was seen.
    pub async fn until_position(&mut self, position: u64) {
        while self.seen.position() < position {
            let frame = self.next().await;
            assert!(frame.is_some(), "the stream ended at {}, before {position}", self.seen.position());
        }
    }

    /// Goes on until the reply is said to wait in a way that fits, or not to wait any more.
    pub async fn until_waiting(&mut self, fits: impl Fn(Option<Waiting>) -> bool) {
        while !fits(self.waiting) {
            let frame = self.next().await;
            assert!(frame.is_some(), "the stream ended while the reply waited: {:?}", self.waiting);
        }
    }

    /// Goes on until the next heartbeat.
    pub async fn until_heartbeat(&mut self) {
        while !matches!(self.next().await.expect("a stream that goes on"), Frame::Heartbeat) {}
    }

    /// Goes on to the end of the connection, whether the reply has ended or not.
    ///
    /// # Panics
    /// If the server does nothing but say that it is still there.
    pub async fn until_close(mut self) -> Self {
        let before = self.heartbeats;
        while self.next().await.is_some() {
            assert!(self.heartbeats < before + 2, "the connection stays open after {:?}", self.seen.text());
        }
        self
    }

    /// Goes on to the end of the reply, and looks that the connection ends there.
    ///
    /// # Panics
    /// If the connection ends first.
    pub async fn until_end(self) -> Seen {
        let Self { seen, .. } = self.until_close().await;
        assert!(seen.end().is_some(), "the connection ended before the reply, after {:?}", seen.text());
        seen
    }
}

impl Seen {
    /// Adds what came after a reconnection: from where one was, or all of it once more.
    ///
    /// # Panics
    /// If it begins anywhere else.
    pub fn go_on(&mut self, rest: Self) {
        match rest.start {
            None => assert!(rest.log.is_empty()),
            Some(start) if start == self.position() => self.log.extend(rest.log),
            Some(start) => {
                assert_eq!(start, 0, "a stream goes on at {}", self.position());
                *self = rest;
            }
        }
    }

    /// What was said.
    pub fn text(&self) -> String {
        self.bytes(|unit| match unit {
            Unit::Text(byte) => Some(*byte),
            _ => None,
        })
    }

    /// What was thought aloud.
    pub fn reasoning(&self) -> String {
        self.bytes(|unit| match unit {
            Unit::Reasoning(byte) => Some(*byte),
            _ => None,
        })
    }

    /// What was said from a place in `log` on.
    fn text_from(&self, place: usize) -> String {
        let bytes = self.log[place..].iter().filter_map(|unit| match unit {
            Unit::Text(byte) => Some(*byte),
            _ => None,
        });
        String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
    }

    fn bytes(&self, pick: impl Fn(&Unit) -> Option<u8>) -> String {
        String::from_utf8(self.log.iter().filter_map(pick).collect())
            .expect("pieces of text are cut between characters")
    }

    /// How the calls of tools stood, one after the other.
    pub fn calls(&self) -> Vec<&ToolCall> {
        self.log.iter().filter_map(|unit| if let Unit::Tool(call) = unit { Some(call) } else { None }).collect()
    }

    /// What was used, as said last.
    pub fn usage(&self) -> Option<Usage> {
        self.log.iter().rev().find_map(|unit| match unit {
            Unit::Usage(usage) => Some(*usage),
            _ => None,
        })
    }

    /// How it ended, if it has.
    pub fn end(&self) -> Option<&End> {
        match self.log.last() {
            Some(Unit::End(end)) => Some(end),
            _ => None,
        }
    }

    /// The state that it ended in.
    pub fn status(&self) -> Option<Status> {
        self.end().map(|end| end.status)
    }

    /// The position in the log that was reached.
    pub fn position(&self) -> u64 {
        self.start.unwrap_or(0) + self.log.len() as u64
    }

    /// The fold of what was seen.
    ///
    /// # Panics
    /// If it was not seen from the beginning.
    pub fn reply(&self) -> Reply {
        assert_eq!(self.start, Some(0), "a fold begins at the beginning");
        let event = |unit: &Unit| match unit {
            Unit::Tool(call) => Some(Event::Tool(call.clone())),
            Unit::Usage(usage) => Some(Event::Usage(*usage)),
            Unit::End(end) => Some(Event::End(end.clone())),
            Unit::Text(_) | Unit::Reasoning(_) => None,
        };
        let words = [Event::Text(self.text()), Event::Reasoning(self.reasoning())];
        words.into_iter().chain(self.log.iter().filter_map(event)).collect()
    }
}
