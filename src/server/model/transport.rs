//! One HTTP exchange with the provider: everything that `async-openai` does not tell us about it.
//!
//! It looks at the status and the kind of the answer before a parser does, watches the clock and the size of
//! the body, and notes whether the word `[DONE]` came: without it, an answer that merely ended would pass
//! for a whole one.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use reqwest::{Response, header};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use super::{done::DoneFinder, error::ModelError, refusals, retry_after::retry_after, wire};
use crate::server::config::ModelLimits;

/// The most bytes of an error page or a completion without stream that are read.
const BODY_BYTES: usize = 4 * 1024 * 1024;
/// How much a stream may be larger than the text in it: JSON around every token, escapes, keep-alives.
const STREAM_OVERHEAD: u64 = 400;
/// How much a line may be longer than twice all the text that a reply may have, which is what escapes make of it.
const LINE_OVERHEAD: u64 = 64 * 1024;

/// What was seen of an exchange.
#[derive(Clone, Debug, Default)]
pub(super) struct Observation {
    seen: Arc<Mutex<Seen>>,
    arrival: Arc<Arrival>,
}

/// When the newest bytes came. It is noted for every token, so it takes no lock.
#[derive(Debug)]
struct Arrival {
    begun: Instant,
    micros: AtomicU64,
}

impl Default for Arrival {
    fn default() -> Self {
        Self { begun: Instant::now(), micros: AtomicU64::new(0) }
    }
}

#[derive(Debug, Default)]
struct Seen {
    done: bool,
    error: Option<ModelError>,
}

impl Observation {
    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether `[DONE]` came.
    pub(super) fn done(&self) -> bool {
        self.with(|seen| seen.done)
    }

    /// What went wrong, once.
    pub(super) fn take_error(&self) -> Option<ModelError> {
        self.with(|seen| seen.error.take())
    }

    /// When the newest bytes of the answer came: not before those of any event that was read.
    pub(super) fn arrived(&self) -> Instant {
        self.arrival.begun + Duration::from_micros(self.arrival.micros.load(Ordering::Relaxed))
    }

    fn note_arrival(&self, now: Instant) {
        let micros = now.saturating_duration_since(self.arrival.begun).as_micros();
        self.arrival.micros.store(u64::try_from(micros).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn fail(&self, error: ModelError) -> OpenAIError {
        let message = error.to_string();
        self.with(|seen| seen.error = Some(error));
        OpenAIError::InvalidArgument(message)
    }
}

/// Sends the request and hands on a body that is a stream of events and nothing else.
///
/// # Errors
/// In every other case; the reason is in `observation`.
pub(super) async fn exchange(
    client: reqwest::Client,
    request: HttpRequestFactory,
    limits: ModelLimits,
    key: Option<String>,
    observation: Observation,
) -> Result<Response, OpenAIError> {
    let deadline = Instant::now() + limits.first_byte;
    let request = request.build().await?;
    let response = match timeout_at(deadline, client.execute(request)).await {
        Err(_) => return Err(observation.fail(ModelError::FirstByteTimeout)),
        // The error's own text holds the address; the log may have it, people may not.
        Ok(Err(error)) => {
            tracing::warn!(error = ?error.without_url(), "the provider cannot be reached");
            return Err(observation.fail(ModelError::Unreachable));
        }
        Ok(Ok(response)) => response,
    };
    if !response.status().is_success() {
        let error = refusal(response, deadline, key.as_deref()).await;
        return Err(observation.fail(error));
    }
    match kind(&response) {
        Kind::Html => Err(observation.fail(ModelError::NotAnApi("it sends a web page"))),
        Kind::Json => match completion_as_stream(response, deadline, key.as_deref()).await {
            Ok(body) => {
                observation.with(|seen| seen.done = true);
                observation.note_arrival(Instant::now());
                Ok(answer(reqwest::Body::from(body)))
            }
            Err(error) => Err(observation.fail(error)),
        },
        Kind::Stream { labelled } => {
            let body = watched(response, deadline, limits, observation, labelled);
            Ok(answer(reqwest::Body::wrap_stream(body)))
        }
    }
}

enum Kind {
    Stream {
        /// Whether it says so itself.
        labelled: bool,
    },
    Json,
    Html,
}

/// What the answer says it is. A stream is not always labelled as one, so the rest is taken for it.
fn kind(response: &Response) -> Kind {
    let label = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match label.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => Kind::Json,
        "text/html" | "application/xhtml+xml" => Kind::Html,
        label => Kind::Stream { labelled: label == "text/event-stream" },
    }
}

fn answer(body: reqwest::Body) -> Response {
    http::Response::new(body).into()
}

/// Why an answer with a status other than success was none.
pub(super) async fn refusal(response: Response, deadline: Instant, key: Option<&str>) -> ModelError {
    let (status, retry_after) = (response.status(), retry_after(response.headers()));
    let body = read_body(response, deadline).await.unwrap_or_default();
    refusals::by_status(status, &body, retry_after, key)
}

/// The body up to a limit; what does not come in time is as if it had not been sent.
pub(super) async fn read_body(response: Response, deadline: Instant) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    let mut pieces = std::pin::pin!(response.bytes_stream());
    while let Some(piece) = timeout_at(deadline, pieces.next()).await.map_err(|_| ModelError::FirstByteTimeout)? {
        let piece = piece.map_err(|_| ModelError::ConnectionLost)?;
        if body.len() + piece.len() > BODY_BYTES {
            return Err(ModelError::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// A completion that was sent whole although a stream was asked for, as the stream that it would have been.
async fn completion_as_stream(response: Response, deadline: Instant, key: Option<&str>) -> Result<Vec<u8>, ModelError> {
    let retry_after = retry_after(response.headers());
    let body = read_body(response, deadline).await?;
    if let Some(error) = wire::error_in(&body) {
        return Err(refusals::inside(&error, retry_after, key));
    }
    let value: serde_json::Value =
        serde_json::from_slice(&body).map_err(|_| ModelError::Malformed("an answer that is not JSON"))?;
    if value.get("choices").is_none() {
        return Err(ModelError::NotAnApi("it sends JSON without an answer in it"));
    }
    // Written anew, so that it has no line break: a line is an event's end.
    Ok(format!("data: {value}\n\n").into_bytes())
}

/// The body as it comes, under the limits, with the empty line after the last event added if the server forgot it.
fn watched(
    response: Response,
    first_byte: Instant,
    limits: ModelLimits,
    observation: Observation,
    labelled: bool,
) -> impl Stream<Item = Result<Bytes, ModelError>> + Send + 'static {
    let watch = Watch {
        pieces: Box::pin(response.bytes_stream()),
        deadline: first_byte,
        alarm: Box::pin(sleep_until(first_byte)),
        limits,
        observation,
        lines: DoneFinder::default(),
        received: 0,
        begun: labelled,
        over: false,
    };
    stream::unfold(watch, |mut watch| async move { watch.next().await.map(|item| (item, watch)) })
}

struct Watch {
    pieces: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    deadline: Instant,
    alarm: Pin<Box<Sleep>>,
    limits: ModelLimits,
    observation: Observation,
    lines: DoneFinder,
    received: u64,
    /// Whether it is known to be a stream of events.
    begun: bool,
    over: bool,
}

/// Nothing came in time.
struct TooLate;

impl Watch {
    async fn next(&mut self) -> Option<Result<Bytes, ModelError>> {
        if self.over {
            return None;
        }
        let error = match self.next_in_time().await {
            Ok(Some(Ok(piece))) => match self.take(&piece) {
                Ok(()) => return Some(Ok(piece)),
                Err(error) => error,
            },
            Ok(None) => {
                self.over = true;
                self.note_done(self.lines.finish());
                // An event ends with an empty line; a server that closes after the last one means to have sent it.
                return self.lines.at_line_start.then(|| Ok(Bytes::from_static(b"\n\n")));
            }
            Ok(Some(Err(_))) => ModelError::ConnectionLost,
            Err(TooLate) if self.received == 0 => ModelError::FirstByteTimeout,
            Err(TooLate) => ModelError::IdleTimeout,
        };
        self.over = true;
        self.observation.with(|seen| seen.error = Some(error.clone()));
        Some(Err(error))
    }

    /// The next piece, if it comes before the deadline. The alarm is set anew only when it rings: a token must
    /// not cost a timer.
    async fn next_in_time(&mut self) -> Result<Option<reqwest::Result<Bytes>>, TooLate> {
        if self.alarm.deadline() > self.deadline {
            self.alarm.as_mut().reset(self.deadline);
        }
        loop {
            tokio::select! {
                biased;
                piece = self.pieces.next() => return Ok(piece),
                () = self.alarm.as_mut() => {
                    if Instant::now() >= self.deadline {
                        return Err(TooLate);
                    }
                    self.alarm.as_mut().reset(self.deadline);
                }
            }
        }
    }

    fn take(&mut self, piece: &Bytes) -> Result<(), ModelError> {
        if !self.begun {
            match piece.trim_ascii_start().first() {
                Some(b'<') => return Err(ModelError::NotAnApi("it sends a web page")),
                Some(b'{' | b'[') => return Err(ModelError::Malformed("an answer that is not a stream")),
                first => self.begun = first.is_some(),
            }
        }
        self.received = self.received.saturating_add(piece.len() as u64);
        let now = Instant::now();
        self.observation.note_arrival(now);
        self.deadline = now + self.limits.idle;
        let done = self.lines.push(piece);
        self.note_done(done);
        let is_flood = self.received > self.limits.reply_bytes.saturating_mul(STREAM_OVERHEAD);
        // The parser keeps a line until it ends.
        let is_endless = self.lines.length > self.limits.reply_bytes.saturating_mul(2).saturating_add(LINE_OVERHEAD);
        if is_flood || is_endless {
            return Err(ModelError::TooLong);
        }
        Ok(())
    }

    fn note_done(&self, done: bool) {
        if done {
            self.observation.with(|seen| seen.done = true);
        }
    }
}
