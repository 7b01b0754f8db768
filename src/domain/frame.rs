//! The frames in which a reply travels from the server to a viewer.
//!
//! A frame is one byte that says what it is, the length of what follows (LEB128), and that many bytes. Two
//! bytes around most pieces of text, and no escaping: the stream is hardly larger than the text in it.
//! The network may cut anywhere; [`FrameDecoder`] takes the pieces as they come.

use super::{reply::Event, waiting::Waiting};

/// The longest payload that a decoder accepts, in bytes. A server sends at most
/// [`FRAME_TEXT_BYTES`] of text in one; the rest is room for an error's sentence.
const MAX_PAYLOAD: usize = 1 << 20;

/// The most bytes of text that a server puts in one frame: what one viewer's turn costs in memory.
pub const FRAME_TEXT_BYTES: usize = 16 * 1024;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The first frame: the position from which the events that follow go on. It is the viewer's own
    /// cursor, or 0 where that cursor is not a place in the log, and what the viewer has is void.
    Start(u64),
    /// The next event of the log.
    Event(Event),
    /// Nothing new; the connection lives.
    Heartbeat,
    /// The server is about to go: come back, with the cursor reached. Nothing follows, and where it was about to go before
    /// the viewer came, nothing precedes it.
    Reconnect,
    /// The reply waits for its provider, at this place; or it does not any more.
    Waiting(Option<Waiting>),
}

const START: u8 = b'S';
const TEXT: u8 = b't';
const REASONING: u8 = b'r';
const EVENT: u8 = b'e';
const HEARTBEAT: u8 = b'h';
const RECONNECT: u8 = b'R';
const WAITING: u8 = b'w';

/// What a decoder met that no server of ours sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A first byte that names no kind of frame.
    #[error("unknown frame {0:#04x}")]
    Unknown(u8),
    /// A length above the limit.
    #[error("a frame is longer than {MAX_PAYLOAD} bytes")]
    TooLong,
    /// A payload that is not what its kind says.
    #[error("a frame holds something else than it says")]
    Malformed,
}

impl Frame {
    /// Appends the frame's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Start(position) => {
                let mut payload = Vec::with_capacity(10);
                put_varint(*position, &mut payload);
                put(START, &payload, out);
            }
            Self::Event(Event::Text(text)) => encode_text(text, out),
            Self::Event(Event::Reasoning(text)) => encode_reasoning(text, out),
            Self::Event(event) => {
                // Serialising these plain types cannot fail; an empty payload would be refused by the reader.
                put(EVENT, &serde_json::to_vec(event).unwrap_or_default(), out);
            }
            Self::Heartbeat => put(HEARTBEAT, &[], out),
            Self::Reconnect => put(RECONNECT, &[], out),
            Self::Waiting(waiting) => {
                let mut payload = Vec::new();
                if let Some(Waiting { place, seconds }) = waiting {
                    put_varint(*place, &mut payload);
                    put_varint(*seconds, &mut payload);
                }
                put(WAITING, &payload, out);
            }
        }
    }
}

/// Appends a frame of text without making an [`Event`] of it first.
pub fn encode_text(text: &str, out: &mut Vec<u8>) {
    put(TEXT, text.as_bytes(), out);
}

/// Appends a frame of reasoning without making an [`Event`] of it first.
pub fn encode_reasoning(text: &str, out: &mut Vec<u8>) {
    put(REASONING, text.as_bytes(), out);
}

fn put(tag: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    put_varint(payload.len() as u64, out);
    out.extend_from_slice(payload);
}

fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The value and how many bytes it took; `None` while it is incomplete.
fn take_varint(bytes: &[u8]) -> Result<Option<(u64, usize)>, FrameError> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate() {
        let shift = 7 * index as u32;
        let bits = u64::from(byte & 0x7f);
        if shift > 63 || (shift == 63 && bits > 1) {
            return Err(FrameError::TooLong);
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    Ok(None)
}

/// Puts frames together from the pieces that a network delivers.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    pending: Vec<u8>,
    consumed: usize,
}

impl FrameDecoder {
    /// Takes the next piece.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.drain(..self.consumed);
        self.consumed = 0;
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` until more has come.
    ///
    /// # Errors
    /// If what came is not a frame. Nothing after it can be trusted: reconnect.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let rest = self.pending.get(self.consumed..).unwrap_or_default();
        let Some((tag, after_tag)) = rest.split_first() else { return Ok(None) };
        if !matches!(*tag, START | TEXT | REASONING | EVENT | HEARTBEAT | RECONNECT | WAITING) {
            return Err(FrameError::Unknown(*tag));
        }
        let Some((length, width)) = take_varint(after_tag)? else { return Ok(None) };
        let length = usize::try_from(length).ok().filter(|n| *n <= MAX_PAYLOAD).ok_or(FrameError::TooLong)?;
        let Some(payload) = after_tag.get(width..width + length) else { return Ok(None) };
        let frame = decode(*tag, payload)?;
        self.consumed += 1 + width + length;
        Ok(Some(frame))
    }
}

fn decode(tag: u8, payload: &[u8]) -> Result<Frame, FrameError> {
    let text = || String::from_utf8(payload.to_vec()).map_err(|_| FrameError::Malformed);
    match tag {
        START => match take_varint(payload)? {
            Some((position, width)) if width == payload.len() => Ok(Frame::Start(position)),
            _ => Err(FrameError::Malformed),
        },
        TEXT => Ok(Frame::Event(Event::Text(text()?))),
        REASONING => Ok(Frame::Event(Event::Reasoning(text()?))),
        EVENT => serde_json::from_slice(payload).map(Frame::Event).map_err(|_| FrameError::Malformed),
        HEARTBEAT if payload.is_empty() => Ok(Frame::Heartbeat),
        RECONNECT if payload.is_empty() => Ok(Frame::Reconnect),
        WAITING => waiting(payload).map(Frame::Waiting),
        HEARTBEAT | RECONNECT => Err(FrameError::Malformed),
        unknown => Err(FrameError::Unknown(unknown)),
    }
}

/// A place in line: two numbers, or none at all.
fn waiting(payload: &[u8]) -> Result<Option<Waiting>, FrameError> {
    if payload.is_empty() {
        return Ok(None);
    }
    let (place, width) = take_varint(payload)?.ok_or(FrameError::Malformed)?;
    let rest = payload.get(width..).unwrap_or_default();
    match take_varint(rest)? {
        Some((seconds, width)) if width == rest.len() => Ok(Some(Waiting { place, seconds })),
        _ => Err(FrameError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        message::Status,
        reply::{End, Failure, Usage},
    };

    fn frames(decoder: &mut FrameDecoder) -> Vec<Frame> {
        std::iter::from_fn(|| decoder.next_frame().expect("well-formed")).collect()
    }

    fn any_frame() -> impl Strategy<Value = Frame> {
        prop_oneof![
            any::<u64>().prop_map(Frame::Start),
            "\\PC{0,300}".prop_map(|text| Frame::Event(Event::Text(text))),
            "\\PC{0,20}".prop_map(|text| Frame::Event(Event::Reasoning(text))),
            (any::<u64>(), any::<u64>()).prop_map(|(prompt_tokens, completion_tokens)| {
                Frame::Event(Event::Usage(Usage { prompt_tokens, completion_tokens, ..Usage::default() }))
            }),
            "\\PC{0,40}".prop_map(|message| {
                let failure = Some(Failure { code: "unavailable".into(), message });
                Frame::Event(Event::End(End { status: Status::Failed, failure }))
            }),
            Just(Frame::Heartbeat),
            Just(Frame::Reconnect),
            Just(Frame::Waiting(None)),
            (any::<u64>(), any::<u64>()).prop_map(|(place, seconds)| Frame::Waiting(Some(Waiting { place, seconds }))),
        ]
    }

    proptest! {
        #[test]
        fn any_cut_of_the_stream_gives_the_same_frames(sent in prop::collection::vec(any_frame(), 0..12), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
            let mut bytes = Vec::new();
            for frame in &sent {
                frame.encode(&mut bytes);
            }
            let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            bounds.extend([0, bytes.len()]);
            bounds.sort_unstable();
            let mut decoder = FrameDecoder::default();
            let mut received = Vec::new();
            for pair in bounds.windows(2) {
                decoder.push(&bytes[pair[0]..pair[1]]);
                received.extend(frames(&mut decoder));
            }
            prop_assert_eq!(received, sent);
        }

        #[test]
        fn garbage_is_refused_or_waits_but_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut decoder = FrameDecoder::default();
            decoder.push(&bytes);
            while let Ok(Some(_)) = decoder.next_frame() {}
        }
    }

    #[test]
    fn a_token_costs_two_bytes_around_it() {
        let mut bytes = Vec::new();
        Frame::Event(Event::Text("hello".into())).encode(&mut bytes);
        assert_eq!(bytes.len(), "hello".len() + 2);
    }

    #[test]
    fn a_frame_that_claims_to_be_endless_is_refused() {
        let mut decoder = FrameDecoder::default();
        decoder.push(&[TEXT, 0xff, 0xff, 0xff, 0xff, 0x0f]);
        assert_eq!(decoder.next_frame(), Err(FrameError::TooLong));
    }
}
