//! A question to the model, asked again where that is safe, answered in domain events.

use std::{borrow::Cow, sync::Arc, time::Duration};

use async_openai::{Client, config::Config as ApiConfig, error::OpenAIError, middleware::HttpRequestFactory};
use futures::StreamExt;
use rand::Rng;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio::time::Instant;
use tower::service_fn;

use super::{
    calls::{Calls, RequestedCall},
    error::{ModelError, presentable},
    offer::{Offer, WireTool},
    parameters::{Fitted, Habits, Parameters},
    refusals,
    transport::{self, Observation},
    turn::{Turn, in_words},
    wire::{Choice, Chunk},
};
use crate::{
    domain::{message::Status, parameter::Parameter, reply::Usage, settings::Effort},
    server::{
        config::ModelLimits,
        outbound::{self, Private},
    },
};

/// How often a call is tried again. From the product's contract.
const RETRIES: u32 = 2;
/// The wait before the first retry; it doubles, and is shortened at random by up to half so that many callers spread out.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How long a caller is kept waiting for a provider that takes no more for now: who waits longer does so in the queue.
const LONGEST_LIMIT: Duration = Duration::from_secs(5);

/// The longest `Retry-After` that is honoured. From the product's contract.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// How long a connection that nobody uses is kept.
const POOL_IDLE: Duration = Duration::from_secs(60);

/// What the model is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// Which model.
    pub model: String,
    /// The conversation so far.
    pub turns: Vec<Turn>,
    /// How it is asked.
    pub parameters: Parameters,
    /// The tools that it may call, or was able to where its parameters say that it may not any more.
    pub tools: Vec<Offer>,
    /// How many bytes of the reply earlier rounds have written: they count against its limit.
    pub written: u64,
}

/// What comes back, piece by piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelEvent {
    /// More of the answer.
    Text(String),
    /// More of what is thought aloud.
    Reasoning(String),
    /// A tool that is called, once the answer is whole.
    ToolCall(RequestedCall),
    /// What was used.
    Usage(Usage),
    /// The model refuses this parameter and is asked without it. Comes before everything else.
    Dropped(Parameter),
}

/// A provider's chat API. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ModelClient {
    pub(super) http: reqwest::Client,
    pub(super) endpoint: Endpoint,
    limits: ModelLimits,
    /// What the provider's models were found to refuse; shared by all clones, and gone with the last of them.
    habits: Arc<Habits>,
}

#[derive(Clone, Debug)]
pub(super) struct Endpoint {
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
    messages: Cow<'a, [Turn]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<WireTool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'static str>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    /// The newer name of the same, which some models want.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<Effort>,
}

impl<'a> WireRequest<'a> {
    fn new(question: &'a Question, fitted: &Fitted) -> Self {
        let Parameters { temperature, max_tokens, effort, tools, no_calls } = fitted.parameters;
        Self {
            model: &question.model,
            messages: if tools { Cow::Borrowed(question.turns.as_slice()) } else { in_words(&question.turns) },
            tool_choice: (tools && no_calls).then_some("none"),
            tools: question.tools.iter().filter(|_| tools).map(WireTool::of).collect(),
            stream: true,
            stream_options: fitted.usage.then_some(StreamOptions { include_usage: true }),
            temperature,
            max_tokens: max_tokens.filter(|_| !fitted.newer_name),
            max_completion_tokens: max_tokens.filter(|_| fitted.newer_name),
            reasoning_effort: effort,
        }
    }
}

#[derive(Clone, Copy, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl ModelClient {
    /// What its calls go through: to addresses of one's own networks only if that is allowed.
    ///
    /// # Errors
    /// If the machine has no usable store of certificates.
    pub fn http(private: Private, limits: &ModelLimits) -> reqwest::Result<reqwest::Client> {
        outbound::client(private).connect_timeout(limits.connect).pool_idle_timeout(POOL_IDLE).build()
    }

    /// A client for the API at `base_url`, which ends before `/chat/completions`.
    #[must_use]
    pub fn new(http: reqwest::Client, base_url: String, key: Option<SecretString>, limits: ModelLimits) -> Self {
        let endpoint = Endpoint { base_url, key, empty: SecretString::default() };
        Self { http, endpoint, limits, habits: Arc::default() }
    }

    /// Asks the model and hands over what comes as it comes, with the moment at which the newest of its bytes came.
    /// Returns how the answer ended:
    /// `complete`, `length` or `filtered`. Dropping the future closes the connection.
    ///
    /// # Errors
    /// If the answer did not come, or not to its end. What failed before its first event is tried again by
    /// itself where that can help; after it nothing is, since the call is paid for.
    pub async fn ask(
        &self,
        question: &Question,
        mut on_event: impl FnMut(ModelEvent, Instant) + Send,
    ) -> Result<Status, ModelError> {
        let mut retries = 0;
        let mut told = Vec::new();
        let mut tokens_left: Option<u32> = None;
        loop {
            let mut begun = false;
            let max_tokens = question.parameters.max_tokens.map(|tokens| tokens.min(tokens_left.unwrap_or(tokens)));
            let wanted = Parameters { tools: !question.tools.is_empty(), max_tokens, ..question.parameters };
            let fitted = self.habits.fit(&question.model, wanted);
            for parameter in fitted.dropped.iter().filter(|parameter| !told.contains(*parameter)) {
                on_event(ModelEvent::Dropped(*parameter), Instant::now());
            }
            told.clone_from(&fitted.dropped);
            let outcome = self.attempt(question, &fitted, &mut begun, &mut on_event).await;
            let error = match outcome {
                Ok(status) => return Ok(status),
                Err(error) => error,
            };
            // Asked at once without what it refuses, which is not sent again; each time there is less to refuse.
            if let ModelError::Refused { about, .. } = &error
                && !begun
                && self.habits.learn(&question.model, &fitted, about)
            {
                tracing::info!(?about, "asking the model again without what it refuses");
                continue;
            }
            // Once, and for this call alone.
            let fewer =
                error.tokens_left().filter(|left| fitted.parameters.max_tokens.is_some_and(|asked| *left < asked));
            if !begun && tokens_left.is_none() && fewer.is_some() {
                tracing::info!(?fewer, "asking the model again for as many tokens as are left");
                tokens_left = fewer;
                continue;
            }
            if begun || !error.is_transient() || retries == RETRIES {
                return Err(error);
            }
            let wait = error.retry_after().unwrap_or_else(|| backoff(retries));
            // Nobody looks at a page that long: better to say so at once.
            let longest = if matches!(error, ModelError::RateLimited { .. }) { LONGEST_LIMIT } else { LONGEST_WAIT };
            if wait > longest {
                return Err(error);
            }
            retries += 1;
            tracing::info!(code = error.code(), retries, wait_ms = wait.as_millis() as u64, "asking the model again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One call. `begun` is set once anything of an answer has come, be it without a word: from then on the call is
    /// paid for. An error that comes before is none of it.
    async fn attempt(
        &self,
        question: &Question,
        fitted: &Fitted,
        begun: &mut bool,
        on_event: &mut (impl FnMut(ModelEvent, Instant) + Send),
    ) -> Result<Status, ModelError> {
        let observation = Observation::default();
        let client = self.observed(observation.clone());
        let request = WireRequest::new(question, fitted);
        let mut chunks = client
            .chat()
            .create_stream_byot::<_, Chunk>(request)
            .await
            .map_err(|_| observation.take_error().unwrap_or(ModelError::Unreachable))?;
        let mut finish = None;
        let mut calls = Calls::default();
        let mut room = self.limits.reply_bytes.saturating_sub(question.written);
        while let Some(chunk) = chunks.next().await {
            let chunk = match (chunk, finish) {
                (Ok(chunk), _) => chunk,
                // An event without content keeps a connection alive.
                (Err(OpenAIError::JSONDeserialize(_, said)), _) if said.trim().is_empty() => continue,
                // The answer is whole; what broke was the way its usage would have come.
                (Err(_), Some(_)) => break,
                (Err(error), None) => return Err(observation.take_error().unwrap_or_else(|| unreadable(&error))),
            };
            if let Some(error) = chunk.error {
                return Err(if *begun {
                    ModelError::InStream(presentable(&error.message, self.key()))
                } else {
                    refusals::inside(&error, None, self.key())
                });
            }
            *begun = true;
            for event in events_of(chunk, &mut finish, &mut calls) {
                let (event, cut) = fitting(event, &mut room);
                on_event(event, observation.arrived());
                if cut {
                    return Err(ModelError::TooLong);
                }
            }
            if calls.length() > self.limits.reply_bytes {
                return Err(ModelError::TooLong);
            }
        }
        let status = match finish {
            Some(status) => status,
            None if observation.done() => Status::Complete,
            None => return Err(observation.take_error().unwrap_or(ModelError::ConnectionLost)),
        };
        // What was cut off may lack the end of its arguments.
        if status == Status::Complete {
            calls.whole().for_each(|call| on_event(ModelEvent::ToolCall(call), observation.arrived()));
        }
        Ok(status)
    }

    fn observed(&self, observation: Observation) -> Client<Endpoint> {
        let (http, limits) = (self.http.clone(), self.limits.clone());
        let key = self.key().map(ToOwned::to_owned);
        let service = service_fn(move |request: HttpRequestFactory| {
            transport::exchange(http.clone(), request, limits.clone(), key.clone(), observation.clone())
        });
        Client::build(self.http.clone(), self.endpoint.clone()).with_http_service(service)
    }

    pub(super) fn key(&self) -> Option<&str> {
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
fn events_of(chunk: Chunk, finish: &mut Option<Status>, calls: &mut Calls) -> impl Iterator<Item = ModelEvent> + use<> {
    let usage = chunk.usage.map(|usage| {
        ModelEvent::Usage(Usage {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion(),
            reasoning_tokens: usage.reasoning(),
            cached_tokens: usage.prompt_tokens_details.and_then(|details| details.cached_tokens),
            estimated: false,
        })
    });
    let choice = chunk.choices.into_iter().find(|choice| choice.index.unwrap_or(0) == 0).unwrap_or_default();
    if let Some(status) = finished(&choice) {
        *finish = Some(status);
    }
    let delta = choice.delta.or(choice.message).unwrap_or_default();
    calls.take(&delta.tool_calls, &delta.function_call);
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
