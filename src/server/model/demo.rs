//! The demo model: a small OpenAI-compatible server on loopback that answers from a script, so that a fresh
//! Parlance without a provider has something honest to say. It is reached through the ordinary client.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The demo model's name.
pub const MODEL: &str = "demo";

/// The demo model's provider, as people see it.
pub const NAME: &str = "Demo";

const DESCRIPTION: &str = "Built in: it answers from a script, whatever it is asked.";

/// How many tokens it takes in: it reads a line of it.
const CONTEXT: u32 = 128_000;

/// The time between two pieces: about 30 words a second, a natural pace.
const PACE: Duration = Duration::from_millis(32);

const SCRIPT: &str = include_str!("demo.md");

/// Starts the server on a free port. It lives as long as the program.
///
/// # Errors
/// If no port on loopback can be had.
pub async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let router =
        Router::new().route("/v1/models", get(|| async { Json(list()) })).route("/v1/chat/completions", post(complete));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the demo model stopped");
        }
    });
    Ok(address)
}

/// The list of its models, with the words in which OpenRouter says what one costs.
fn list() -> Value {
    json!({
        "object": "list",
        "data": [{
            "id": MODEL, "object": "model", "name": NAME, "description": DESCRIPTION, "context_length": CONTEXT,
            "pricing": {"prompt": "0", "completion": "0"}, "architecture": {"input_modalities": ["text"]},
            "supported_parameters": [],
        }],
    })
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    role: String,
    #[serde(default)]
    content: String,
}

async fn complete(Json(request): Json<Request>) -> Response {
    let events = events(&request);
    let body = stream::unfold(events.into_iter(), |mut rest| async move {
        let event = rest.next()?;
        tokio::time::sleep(PACE).await;
        Some((Ok::<_, Infallible>(event), rest))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(body)).into_response()
}

fn events(request: &Request) -> Vec<Bytes> {
    let answer = answer(request);
    let pieces = pieces(&answer);
    let prompt: usize = request.messages.iter().map(|message| pieces_count(&message.content)).sum();
    let usage =
        json!({"prompt_tokens": prompt, "completion_tokens": pieces.len(), "total_tokens": prompt + pieces.len()});
    let chunk = |delta: Value, finish: Value| {
        event(&json!({
            "object": "chat.completion.chunk", "model": MODEL,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }))
    };
    let mut events = vec![chunk(json!({"role": "assistant"}), Value::Null)];
    events.extend(pieces.iter().map(|piece| chunk(json!({"content": piece}), Value::Null)));
    events.push(chunk(json!({}), json!("stop")));
    events.push(event(&json!({"object": "chat.completion.chunk", "model": MODEL, "choices": [], "usage": usage})));
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events
}

fn event(value: &Value) -> Bytes {
    Bytes::from(format!("data: {value}\n\n"))
}

/// The script, opened with what was asked: the model has read it, even if it understood nothing.
fn answer(request: &Request) -> String {
    let asked = request.messages.iter().rev().find(|message| message.role == "user");
    let first_line = asked.and_then(|message| message.content.trim().lines().next()).unwrap_or_default();
    let quoted: String = first_line.chars().take(120).collect();
    let more = if first_line.chars().count() > 120 { "…" } else { "" };
    if quoted.is_empty() {
        return SCRIPT.to_owned();
    }
    // A backslash before each mark keeps what was asked from becoming markup in the answer.
    let quoted: String =
        quoted.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect();
    format!("> {quoted}{more}\n\n{SCRIPT}")
}

/// About a token each: a word with the space before it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices([' ', '\n']) {
        if at > from {
            pieces.extend(text.get(from..at));
            from = at;
        }
    }
    pieces.extend(text.get(from..).filter(|rest| !rest.is_empty()));
    pieces
}

fn pieces_count(text: &str) -> usize {
    pieces(text).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_the_text() {
        for text in ["", " ", "a b\n\nc  d", SCRIPT, "ö ü"] {
            assert_eq!(pieces(text).concat(), text);
        }
    }

    #[test]
    fn what_was_asked_cannot_become_markup_in_the_answer() {
        let message = Message { role: "user".into(), content: "# <b>*hi*".into() };
        let answer = answer(&Request { messages: vec![message] });
        assert!(answer.starts_with("> \\# \\<b\\>\\*hi\\*\n\n"), "{answer}");
    }
}
