//! The body of a request: read whole before anything else looks at it, under a limit, and made of text.
//!
//! Every request is a small form. One that is too long is read to its end all the same, up to a point: a
//! browser that is still sending would not see an answer.

use std::time::Duration;

use axum::{body::Body, extract::Request, http::header, middleware::Next, response::Response};
use futures::StreamExt;
use tokio::time::timeout;

use super::api_error;
use crate::domain::{error::AppError, limits::MESSAGE_BYTES};

/// The most bytes of a request: the longest message, three bytes for each of its own in a form, and the rest.
const REQUEST_BYTES: usize = 3 * MESSAGE_BYTES + 64 * 1024;
/// How much of one that is too long is read and thrown away.
const THROWN_AWAY: usize = 32 * 1024 * 1024;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn read_whole(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = match timeout(PATIENCE, collect(body)).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return api_error::of(&AppError::MessageTooLong),
        Err(_) => return api_error::of(&AppError::invalid("The request took too long to arrive. Try again.")),
    };
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|label| label.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    // What is no text would be mended silently by whoever takes the form apart.
    if is_form && percent_encoding::percent_decode(&bytes).decode_utf8().is_err() {
        return api_error::of(&AppError::invalid("The request holds something that is not UTF-8 text."));
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// The body; `None` if it is too long or breaks off.
async fn collect(body: Body) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut thrown_away = 0;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.ok()?;
        if thrown_away > 0 || bytes.len() + piece.len() > REQUEST_BYTES {
            thrown_away += piece.len();
            if thrown_away > THROWN_AWAY {
                return None;
            }
            continue;
        }
        bytes.extend_from_slice(&piece);
    }
    (thrown_away == 0).then_some(bytes)
}
