//! Which models a provider has, as it says itself; and what is wrong where it says nothing, told apart so that whoever
//! entered its address and key knows which of the two to correct.

use std::{error::Error, io, time::Duration};

use async_openai::config::Config as ApiConfig;
use futures::StreamExt;
use reqwest::{RequestBuilder, Response, StatusCode, Url, header::HeaderValue};
use serde_json::json;
use tokio::time::timeout;

use super::{client::ModelClient, error::presentable, listed, refusals::is_used_up, wire};
use crate::{domain::model_facts::ModelFacts, server::outbound::BadAddress};

/// How long all of a list may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most bytes of a list: the longest, OpenRouter's, has less than one megabyte.
const LIST_BYTES: usize = 5 * 1024 * 1024;
/// Where the list is no part of the API that is compatible, and wants its own headers (Anthropic's Models API).
const ANTHROPIC: &str = "api.anthropic.com";
/// The version of that API (Anthropic's documentation of it).
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// Why a provider did not say which models it has. The sentences are shown to people: they hold no key and no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Nobody knows the name of the host.
    #[error("The name in the address was not found. Check how it is spelt.")]
    NameNotFound,
    /// The address leads to where this server may not go.
    #[error("{0}")]
    Private(&'static str),
    /// Nobody listens there.
    #[error(
        "The connection was refused: nothing listens at this address. Check the port, and whether the provider runs."
    )]
    Refused,
    /// No encrypted connection comes about.
    #[error(
        "No secure connection could be made: the certificate is not trusted, or the provider does not speak TLS at this address. Check whether it begins with https:// or http://."
    )]
    Tls,
    /// Nothing came in time.
    #[error("The provider did not answer in time. Check the address, and whether a firewall is in between.")]
    Timeout,
    /// The connection was not made, or broke.
    #[error("The connection to the provider could not be made, or broke off. Try again in a moment.")]
    Broken,
    /// It answers from elsewhere.
    #[error(
        "The provider sends on to another address. A key is taken to no host but its own: enter the address that it sends to."
    )]
    Redirect,
    /// It does not take the key, or wants one.
    #[error("The provider refused the key, or wants one. Check the key{}", says(.0))]
    Unauthorized(String),
    /// It does not allow it.
    #[error("The provider does not allow this with the key{}", says(.0))]
    Forbidden(String),
    /// There is no such API.
    #[error("There is no such API at this address (404). It should end before /models, mostly with /v1{}", says(.0))]
    NoSuchApi(String),
    /// It does not know the model that was named.
    #[error("The provider does not know this model, or there is no such API at this address (404){}", says(.0))]
    NoSuchModel(String),
    /// There is no money left.
    #[error("The account at the provider is used up: it answers again once credit was added there{}", says(.0))]
    UsedUp(String),
    /// It has no time.
    #[error("The provider takes no more requests for now. Try again in a while{}", says(.0))]
    RateLimited(String),
    /// It answers with an error.
    #[error("The provider answered with an error ({status}){}", says(.said))]
    Status {
        /// The HTTP status.
        status: u16,
        /// What the provider says.
        said: String,
    },
    /// What answers speaks no JSON.
    #[error(
        "What answers at this address is not an API: it sends no JSON. Check the path, which mostly ends with /v1."
    )]
    NotJson,
    /// What answers has no list.
    #[error("What answers at this address sends no list of models. Check the path, which mostly ends with /v1.")]
    NoList,
    /// It sends more than anybody reads.
    #[error("The provider's list of models is too long to be read.")]
    TooLong,
}

/// What the provider says, to follow a sentence; or the sentence's full stop.
fn says(said: &str) -> String {
    if said.is_empty() { ".".to_owned() } else { format!(". It says: “{said}”.") }
}

impl ModelClient {
    /// The models that the provider lists, each by what it is called and with what the list says of it.
    ///
    /// # Errors
    /// If it lists none, with what is wrong.
    pub async fn list_models(&self) -> Result<Vec<(String, ModelFacts)>, ListError> {
        let body = self.answered(self.list_request()).await?;
        let list = serde_json::from_slice(&body).map_err(|_| ListError::NotJson)?;
        listed::read(&list).ok_or(ListError::NoList)
    }

    /// Asks a model for a single token, to learn whether the provider takes the key and knows the model.
    ///
    /// # Errors
    /// If it does not answer, with what is wrong.
    pub async fn try_model(&self, model: &str) -> Result<(), ListError> {
        let question = json!({ "model": model, "max_tokens": 1, "messages": [{ "role": "user", "content": "Hello" }] });
        let request = self.http.post(self.endpoint.url("/chat/completions"));
        let request = request.header("content-type", "application/json").body(question.to_string());
        let body = self.answered(request).await.map_err(|error| match error {
            ListError::NoSuchApi(said) => ListError::NoSuchModel(said),
            other => other,
        })?;
        let answer: serde_json::Value = serde_json::from_slice(&body).map_err(|_| ListError::NotJson)?;
        answer.get("choices").map(|_| ()).ok_or(ListError::NotJson)
    }

    fn list_request(&self) -> RequestBuilder {
        let url = self.endpoint.url("/models");
        let is_anthropic = Url::parse(&url).is_ok_and(|url| url.host_str() == Some(ANTHROPIC));
        match self.key().map(HeaderValue::from_str) {
            Some(Ok(mut key)) if is_anthropic => {
                key.set_sensitive(true);
                let request = self.http.get(format!("{url}?limit=1000"));
                request.header("x-api-key", key).header("anthropic-version", ANTHROPIC_VERSION)
            }
            _ => self.http.get(url),
        }
    }

    /// The body of a good answer.
    pub(super) async fn answered(&self, request: RequestBuilder) -> Result<Vec<u8>, ListError> {
        let exchange = async {
            let response =
                request.headers(self.endpoint.headers()).send().await.map_err(|error| unreachable(&error))?;
            let status = response.status();
            let body = read(response).await?;
            if status.is_success() { Ok(body) } else { Err(refusal(status, &body, self.key())) }
        };
        timeout(PATIENCE, exchange).await.unwrap_or(Err(ListError::Timeout))
    }
}

async fn read(response: Response) -> Result<Vec<u8>, ListError> {
    let mut body = Vec::new();
    let mut pieces = std::pin::pin!(response.bytes_stream());
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| unreachable(&error))?;
        if body.len() + piece.len() > LIST_BYTES {
            return Err(ListError::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn refusal(status: StatusCode, body: &[u8], key: Option<&str>) -> ListError {
    let error = wire::error_in(body).unwrap_or_default();
    let said = presentable(&error.message, key);
    match status {
        _ if is_used_up(status, &error) => ListError::UsedUp(said),
        StatusCode::UNAUTHORIZED => ListError::Unauthorized(said),
        StatusCode::FORBIDDEN => ListError::Forbidden(said),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => ListError::NoSuchApi(said),
        StatusCode::TOO_MANY_REQUESTS => ListError::RateLimited(said),
        status if status.is_redirection() => ListError::Redirect,
        status => ListError::Status { status: status.as_u16(), said },
    }
}

/// Why there was no answer: of what caused what, the first that says it.
fn unreachable(error: &reqwest::Error) -> ListError {
    if error.is_timeout() {
        return ListError::Timeout;
    }
    let mut named = true;
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(BadAddress(sentence)) = error.downcast_ref::<BadAddress>() {
            return ListError::Private(sentence);
        }
        if error.is::<rustls::Error>() {
            return ListError::Tls;
        }
        // So hyper-util's connector calls it; what the system says of it has no kind.
        named &= error.to_string() != "dns error";
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
            return ListError::Refused;
        }
        // What it wraps is not its source, but what it is.
        let inside = io.and_then(io::Error::get_ref).map(|inside| inside as &(dyn Error + 'static));
        cause = inside.or_else(|| error.source());
    }
    if named { ListError::Broken } else { ListError::NameNotFound }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::server::{config::ModelLimits, outbound::Private};

    fn client(base_url: &str, private: Private) -> ModelClient {
        crate::server::install_crypto();
        let limits = ModelLimits {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(5),
            idle: Duration::from_secs(5),
            reply_bytes: 1_024,
        };
        let http = ModelClient::http(private, &limits).unwrap();
        ModelClient::new(http, base_url.to_owned(), None, limits)
    }

    #[tokio::test]
    async fn what_is_wrong_on_the_way_is_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let wrong = async |url: String, private| client(&url, private).list_models().await.unwrap_err();
        // It speaks no TLS, and hangs up on whoever tries.
        let hangs_up = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // What is not read would be answered with a reset.
            std::io::Read::read(&mut stream, &mut [0; 4096]).unwrap();
            std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        });
        assert_eq!(wrong(format!("https://127.0.0.1:{port}/v1"), Private::Allowed).await, ListError::Tls);
        hangs_up.join().unwrap();
        assert_eq!(wrong(format!("http://127.0.0.1:{port}/v1"), Private::Allowed).await, ListError::Refused);
        // Longer than a part of a name can be: nobody has to be asked for it.
        let nobody = format!("http://{}.example/v1", "x".repeat(64));
        assert_eq!(wrong(nobody, Private::Allowed).await, ListError::NameNotFound);
        let inside = wrong(format!("http://localhost:{port}/v1"), Private::Refused).await;
        assert!(matches!(inside, ListError::Private(_)), "{inside:?}");
    }
}
