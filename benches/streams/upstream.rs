//! The scripted model: says known words at a known pace, and notes when it said each.
//!
//! It runs in a thread of its own inside of the bench, so that what it notes and what the clients see are told
//! by one clock, and the processor time of the servers between them is theirs alone.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use futures::stream;
use serde::Deserialize;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep_until},
};

/// How many tokens an answer has.
pub const TOKENS: usize = 100;
/// How many bytes each has.
pub const TOKEN_BYTES: usize = 5;
/// The time between two. The first comes at once: a pause before it would hide what a server does meanwhile.
const PACE: Duration = Duration::from_millis(50);

const END: &str = concat!(
    "data: {\"id\":\"bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",",
    "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"id\":\"bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",",
    "\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":100,\"total_tokens\":104}}\n\n",
    "data: [DONE]\n\n",
);

/// One token of an answer: always the same for the same stream and place, hardly ever for two streams, with a
/// character of two bytes now and then.
fn token(stream: u64, place: usize) -> String {
    let mixed = (stream * TOKENS as u64 + place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
    format!("{mixed:03x}{}", if place % 8 == 7 { "ü" } else { ", " })
}

/// The whole answer to a stream's question.
pub fn answer(stream: u64) -> String {
    (0..TOKENS).map(|place| token(stream, place)).collect()
}

/// The question that is answered so.
pub fn question(stream: u64) -> String {
    format!("Please answer question {stream}")
}

/// When an answer was asked for and said.
#[derive(Clone, Debug)]
pub struct Said {
    /// When the question had come.
    pub asked: Instant,
    /// When each token went out.
    pub tokens: Vec<Instant>,
}

type Notes = Arc<Mutex<HashMap<u64, Said>>>;

/// The model's server, and its notes.
pub struct Upstream {
    address: SocketAddr,
    notes: Notes,
}

impl Upstream {
    /// Starts it on a free port. It lives as long as the program.
    pub fn start() -> anyhow::Result<Self> {
        let notes = Notes::default();
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&notes));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        thread::Builder::new().name("upstream".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener)?;
                let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
                axum::serve(listener, router).await
            })
        })?;
        Ok(Self { address, notes })
    }

    /// Up to and with `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The notes on a stream. They are there before its last byte goes out.
    pub fn said(&self, stream: u64) -> anyhow::Result<Said> {
        let said = self.notes.lock().unwrap_or_else(PoisonError::into_inner).remove(&stream);
        said.with_context(|| format!("the model was never asked question {stream}"))
    }
}

#[derive(Deserialize)]
struct Request {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

fn stream_of(body: &[u8]) -> Option<u64> {
    let request: Request = serde_json::from_slice(body).ok()?;
    request.messages.last()?.content.rsplit(' ').next()?.parse().ok()
}

async fn complete(State(notes): State<Notes>, body: Bytes) -> Response {
    let asked = Instant::now();
    let Some(stream) = stream_of(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let said = Said { asked, tokens: Vec::with_capacity(TOKENS) };
    let speaker = Speaker { stream, said: Some(said), notes };
    let body = stream::unfold(speaker, |mut speaker| async move {
        let event = speaker.next().await?;
        Some((Ok::<_, Infallible>(event), speaker))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body)).into_response()
}

struct Speaker {
    stream: u64,
    /// Nothing once the answer is whole.
    said: Option<Said>,
    notes: Notes,
}

impl Speaker {
    async fn next(&mut self) -> Option<Bytes> {
        let said = self.said.as_mut()?;
        let place = said.tokens.len();
        if place == TOKENS {
            let said = self.said.take()?;
            self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(self.stream, said);
            return Some(Bytes::from_static(END.as_bytes()));
        }
        // By the clock and not by the token before, so that a late one delays no other.
        sleep_until(said.asked + PACE * place as u32).await;
        let event = format!(
            "data: {{\"id\":\"bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\",\
             \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}},\"finish_reason\":null}}]}}\n\n",
            token(self.stream, place),
        );
        said.tokens.push(Instant::now());
        Some(Bytes::from(event))
    }
}
