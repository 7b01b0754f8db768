//! A question to the model, asked again where that is safe, answered in domain events.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_openai::{Client, config::Config as ApiConfig, error::OpenAIError, middleware::HttpRequestFactory};
use futures::StreamExt;
use rand::Rng;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tower::service_fn;

use super::{
    error::{ModelError, presentable},
    transport::{self, Observation},
    wire::{Choice, Chunk},
};
use crate::{
    domain::{
        message::{Role, Status},
        reply::Usage,
    },
    server::config::ModelLimits,
};

/// How often a call is tried again. From the product's contract.
const RETRIES: u32 = 2;
/// The wait before the first retry; it doubles, and is shortened at random by up to half so that many callers spread out.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest `Retry-After` that is honoured. From the product's contract.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// One turn of a conversation, as the API wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What the model is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Which model.
    pub model: String,
    /// The conversation so far.
    pub turns: Vec<Turn>,
}

/// What comes back, piece by piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelEvent {
    /// More of the answer.
    Text(String),
    /// More of what is thought aloud.
    Reasoning(String),
    /// What was used.
    Usage(Usage),
}

/// A provider's chat API. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ModelClient {
    http: reqwest::Client,
    endpoint: Endpoint,
    limits: ModelLimits,
    /// Set once the provider has refused to report usage in a stream.
    no_stream_options: Arc<AtomicBool>,
}

#[derive(Clone, Debug)]
struct Endpoint {
    base_url: String,
    key: Option<SecretString>,
    empty: SecretString,
}

impl ApiConfig for Endpoint {
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let bearer =
            self.key.as_ref().and_then(|key| HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).ok());
        if let Some(mut bearer) = bearer {
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        headers
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        self.key.as_ref().unwrap_or(&self.empty)
    }
}

#[derive(Clone, Serialize)]
struct WireRequest<'a> {
    model: &'a str,
    messages: &'a [Turn],
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Clone, Copy, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl ModelClient {
    /// A client for the API at `base_url`, which ends before `/chat/completions`.
    ///
    /// # Errors
    /// If the machine has no usable store of certificates.
    pub fn new(base_url: String, key: Option<SecretString>, limits: ModelLimits) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .tcp_nodelay(true)
            // A redirect would carry the conversation, if not the key, to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(concat!("parlance/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let endpoint = Endpoint { base_url, key, empty: SecretString::default() };
        Ok(Self { http, endpoint, limits, no_stream_options: Arc::default() })
    }

    /// Asks the model and hands over what comes as it comes. Returns how the answer ended:
    /// `complete`, `length` or `filtered`. Dropping the future closes the connection.
    ///
    /// # Errors
    /// If the answer did not come, or not to its end. What failed before its first event is tried again by
    /// itself where that can help; after it nothing is, since the call is paid for.
    pub async fn ask(
        &self,
        question: &Question,
        mut on_event: impl FnMut(ModelEvent) + Send,
    ) -> Result<Status, ModelError> {
        let mut retries = 0;
        loop {
            let mut begun = false;
            let asked_usage = !self.no_stream_options.load(Ordering::Relaxed);
            let outcome = self.attempt(question, asked_usage, &mut begun, &mut on_event).await;
            let error = match outcome {
                Ok(status) => return Ok(status),
                Err(error) => error,
            };
            if asked_usage && !begun && matches!(error, ModelError::Refused { for_usage: true, .. }) {
                // From then on nobody asks it.
                self.no_stream_options.store(true, Ordering::Relaxed);
                continue;
            }
            if begun || !error.is_transient() || retries == RETRIES {
                return Err(error);
            }
            let wait = error.retry_after().unwrap_or_else(|| backoff(retries));
            // Nobody looks at a page that long: better to say so at once.
            if wait > LONGEST_WAIT {
                return Err(error);
            }
            retries += 1;
            tracing::info!(code = error.code(), retries, wait_ms = wait.as_millis() as u64, "asking the model again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One call. `begun` is set once anything of an answer has come, be it without a word: from then on the
    /// call is paid for.
    async fn attempt(
        &self,
        question: &Question,
        ask_usage: bool,
        begun: &mut bool,
        on_event: &mut (impl FnMut(ModelEvent) + Send),
    ) -> Result<Status, ModelError> {
        let observation = Observation::default();
        let client = self.observed(observation.clone());
        let stream_options = ask_usage.then_some(StreamOptions { include_usage: true });
        let request = WireRequest { model: &question.model, messages: &question.turns, stream: true, stream_options };
        let mut chunks = client
            .chat()
            .create_stream_byot::<_, Chunk>(request)
            .await
            .map_err(|_| observation.take_error().unwrap_or(ModelError::Unreachable))?;
        let mut finish = None;
        let mut room = self.limits.reply_bytes;
        while let Some(chunk) = chunks.next().await {
            let chunk = match (chunk, finish) {
                (Ok(chunk), _) => chunk,
                // An event without content keeps a connection alive.
                (Err(OpenAIError::JSONDeserialize(_, said)), _) if said.trim().is_empty() => continue,
                // The answer is whole; what broke was the way its usage would have come.
                (Err(_), Some(status)) => return Ok(status),
                (Err(error), None) => return Err(observation.take_error().unwrap_or_else(|| unreadable(&error))),
            };
            *begun = true;
            if let Some(error) = chunk.error {
                return Err(ModelError::InStream(presentable(&error.message, self.key())));
            }
            for event in events_of(chunk, &mut finish) {
                let (event, cut) = fitting(event, &mut room);
                on_event(event);
                if cut {
                    return Err(ModelError::TooLong);
                }
            }
        }
        match finish {
            Some(status) => Ok(status),
            None if observation.done() => Ok(Status::Complete),
            None => Err(observation.take_error().unwrap_or(ModelError::ConnectionLost)),
        }
    }

    fn observed(&self, observation: Observation) -> Client<Endpoint> {
        let (http, limits) = (self.http.clone(), self.limits.clone());
        let key = self.key().map(ToOwned::to_owned);
        let service = service_fn(move |request: HttpRequestFactory| {
            transport::exchange(http.clone(), request, limits.clone(), key.clone(), observation.clone())
        });
        Client::build(self.http.clone(), self.endpoint.clone()).with_http_service(service)
    }

    fn key(&self) -> Option<&str> {
        self.endpoint.key.as_ref().map(ExposeSecret::expose_secret)
    }
}

fn backoff(retries: u32) -> Duration {
    let wait = FIRST_WAIT * 2_u32.saturating_pow(retries);
    wait.mul_f64(rand::rng().random_range(0.5..=1.0))
}

fn unreadable(error: &OpenAIError) -> ModelError {
    match error {
        OpenAIError::JSONDeserialize(..) => ModelError::Malformed("a piece that is not JSON"),
        _ => ModelError::Malformed("a piece that is not text"),
    }
}

/// The event, cut to the room that is left, and whether it was.
fn fitting(mut event: ModelEvent, room: &mut u64) -> (ModelEvent, bool) {
    let (ModelEvent::Text(text) | ModelEvent::Reasoning(text)) = &mut event else { return (event, false) };
    let limit = usize::try_from(*room).unwrap_or(usize::MAX);
    let cut = text.len() > limit;
    if cut {
        text.truncate(text.floor_char_boundary(limit));
    }
    *room = room.saturating_sub(text.len() as u64);
    (event, cut)
}

/// What a chunk says. Only the first choice counts: more are never asked for.
fn events_of(chunk: Chunk, finish: &mut Option<Status>) -> impl Iterator<Item = ModelEvent> + use<> {
    let usage = chunk.usage.map(|usage| {
        ModelEvent::Usage(Usage {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            reasoning_tokens: usage.completion_tokens_details.and_then(|details| details.reasoning_tokens),
            cached_tokens: usage.prompt_tokens_details.and_then(|details| details.cached_tokens),
        })
    });
    let choice = chunk.choices.into_iter().find(|choice| choice.index.unwrap_or(0) == 0).unwrap_or_default();
    if let Some(status) = finished(&choice) {
        *finish = Some(status);
    }
    let delta = choice.delta.or(choice.message).unwrap_or_default();
    let reasoning = if delta.reasoning_content.0.is_empty() { delta.reasoning.0 } else { delta.reasoning_content.0 };
    let text = if delta.content.0.is_empty() { delta.refusal.0 } else { delta.content.0 };
    let reasoning = (!reasoning.is_empty()).then_some(ModelEvent::Reasoning(reasoning));
    let text = (!text.is_empty()).then_some(ModelEvent::Text(text));
    [reasoning, text, usage].into_iter().flatten()
}

fn finished(choice: &Choice) -> Option<Status> {
    match choice.finish_reason.0.as_str() {
        "" => None,
        "length" | "max_tokens" => Some(Status::Length),
        "content_filter" => Some(Status::Filtered),
        // "stop", and words of the provider's own for it.
        _ => Some(Status::Complete),
    }
}
