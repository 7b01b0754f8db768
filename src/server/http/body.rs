//! The body of a request: read whole before anything else looks at it, under a limit, and made of text if it is a form.
//!
//! How much a request may hold, [`LIMITS`] says, for whoever is known: nobody else sends more than a little. One that is
//! too long is read to its end all the same, up to a point: a browser that is still sending would not see an answer.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header, request::Parts},
    middleware::Next,
    response::Response,
};
use futures::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::api_error;
use crate::{
    domain::{
        error::AppError,
        limits::{DESCRIPTION_CHARS, FACTS_CHARS, MESSAGE_BYTES, PICTURE_BYTES},
    },
    server::{access::Person, highlight::CODE_BYTES},
};

/// The most bytes of a request that [`LIMITS`] does not name: ids, names, a password.
const SMALL: usize = 64 * 1024;
/// The longest message, three bytes for each of its own in a form, and the rest.
const MESSAGE: usize = 3 * MESSAGE_BYTES + SMALL;
/// The longest code that is marked, written in the same way.
const CODE: usize = 3 * CODE_BYTES + SMALL;
/// The longest description and facts of a product, of characters of four bytes, each three bytes long in a form, and the
/// rest. An expert's instructions are shorter.
const DOCUMENT: usize = 12 * (DESCRIPTION_CHARS + FACTS_CHARS) + SMALL;
/// The largest picture, and the rest of its form.
const PICTURE: usize = PICTURE_BYTES + SMALL;

/// The server functions that take more, each with the most bytes of its request.
const LIMITS: [(&str, usize); 8] = [
    ("start_chat", MESSAGE),
    ("send_message", MESSAGE),
    ("edit_message", MESSAGE),
    ("highlight_code", CODE),
    ("save_product", DOCUMENT),
    ("save_expert", DOCUMENT),
    ("set_avatar", PICTURE),
    ("set_portrait", PICTURE),
];

/// From how many bytes on a body has to wait for its turn.
const LARGE: usize = 1024 * 1024;
/// How many of those are in memory at the same time.
const LARGE_AT_ONCE: usize = 8;
/// How much of a body that is too long is read and thrown away.
const THROWN_AWAY: usize = 32 * 1024 * 1024;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The turns of large bodies. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Bodies(Arc<Semaphore>);

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_AT_ONCE)))
    }
}

/// A body that was read to its end, and its turn, if it needed one.
#[derive(Debug, Default)]
struct Whole {
    bytes: Vec<u8>,
    turn: Option<OwnedSemaphorePermit>,
}

/// Why there is no body.
#[derive(Debug)]
enum Unread {
    TooLong,
    BrokenOff,
}

/// Reads the body and hands the request on.
pub(super) async fn read_whole(State(bodies): State<Bodies>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (limit, is_known) = (limit(parts.uri.path()), parts.extensions.get::<Person>().is_some());
    let most = if is_known { limit } else { limit.min(SMALL) };
    let Whole { bytes, turn } = match timeout(PATIENCE, collect(&bodies, body, most)).await {
        Ok(Ok(whole)) => whole,
        // It would be taken of somebody who has signed in.
        Ok(Err(Unread::TooLong)) if most < limit => return api_error::of(&AppError::SignedOut),
        Ok(Err(Unread::TooLong)) => return too_long(limit),
        Ok(Err(Unread::BrokenOff)) => {
            return api_error::of(&AppError::invalid("The request broke off before its end. Try again."));
        }
        Err(_) => return api_error::of(&AppError::invalid("The request took too long to arrive. Try again.")),
    };
    // What is no text would be mended silently by whoever takes the form apart.
    if is_form(&parts) && percent_encoding::percent_decode(&bytes).decode_utf8().is_err() {
        return api_error::of(&AppError::invalid("The request holds something that is not UTF-8 text."));
    }
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    drop(turn);
    response
}

/// Reads a body that nobody will look at.
pub(super) async fn throw_away(body: Body) {
    // Whether it came to its end makes no difference.
    let _ = timeout(PATIENCE, collect(&Bodies::default(), body, 0)).await;
}

fn limit(path: &str) -> usize {
    let function = path.strip_prefix("/api/");
    LIMITS.iter().find(|(name, _)| function == Some(name)).map_or(SMALL, |(_, limit)| *limit)
}

fn is_form(parts: &Parts) -> bool {
    let label = parts.headers.get(header::CONTENT_TYPE);
    label.is_some_and(|label| label.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

fn too_long(limit: usize) -> Response {
    if limit == MESSAGE {
        return api_error::of(&AppError::MessageTooLong);
    }
    let most = if limit < LARGE { format!("{} KB", limit >> 10) } else { format!("{} MB", limit >> 20) };
    let sentence = format!("This is too long: at most {most} can be sent here. Make it shorter or smaller.");
    let mut response = api_error::of(&AppError::invalid(sentence));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    response
}

async fn collect(bodies: &Bodies, body: Body, limit: usize) -> Result<Whole, Unread> {
    let mut whole = Whole::default();
    let mut thrown_away = 0;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Unread::BrokenOff)?;
        let length = whole.bytes.len() + piece.len();
        if thrown_away > 0 || length > limit {
            whole = Whole::default();
            thrown_away += piece.len();
            if thrown_away > THROWN_AWAY {
                return Err(Unread::TooLong);
            }
            continue;
        }
        if length > LARGE && whole.turn.is_none() {
            whole.turn = Arc::clone(&bodies.0).acquire_owned().await.ok();
        }
        whole.bytes.extend_from_slice(&piece);
    }
    if thrown_away > 0 { Err(Unread::TooLong) } else { Ok(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_room_has_it() {
        assert_eq!(limit("/api/send_message"), MESSAGE);
        assert_eq!(limit("/api/set_avatar"), PICTURE);
        for path in ["/", "/api/", "/api/list_chats", "/api/send_message/", "/api/send_messages", "/send_message"] {
            assert_eq!(limit(path), SMALL, "{path}");
        }
    }

    #[tokio::test]
    async fn a_large_body_waits_for_its_turn_and_a_small_one_does_not() {
        let bodies = Bodies::default();
        let turns = Arc::clone(&bodies.0).acquire_many_owned(LARGE_AT_ONCE as u32).await.unwrap();
        let small = collect(&bodies, Body::from(vec![0; LARGE]), PICTURE).await.unwrap();
        assert!(small.bytes.len() == LARGE && small.turn.is_none());
        let large = collect(&bodies, Body::from(vec![0; LARGE + 1]), PICTURE);
        let mut large = std::pin::pin!(large);
        assert!(futures::poll!(large.as_mut()).is_pending());
        drop(turns);
        let large = large.await.unwrap();
        assert!(large.bytes.len() == LARGE + 1 && large.turn.is_some());
    }
}
