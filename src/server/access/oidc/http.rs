//! How the provider is asked: over our own HTTP client, with limits.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a whole answer may take: somebody waits for it.
const WHOLE: Duration = Duration::from_secs(5);
/// The most bytes of an answer. Sets of keys are the largest; those of great providers have ten kilobytes.
const ANSWER_BYTES: usize = 512 * 1024;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It did not come, or not whole.
    #[error(transparent)]
    Transport(#[from] reqwest::Error),
    /// The provider has a fault of its own.
    #[error("HTTP status {0}")]
    Status(u16),
    /// It is too long.
    #[error("the answer has more than {ANSWER_BYTES} bytes")]
    TooLong,
    /// It cannot be passed on.
    #[error(transparent)]
    Form(#[from] http::Error),
}

/// The client.
#[derive(Clone, Debug)]
pub(super) struct Http(reqwest::Client);

impl Http {
    pub fn new(issuer: &str) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            // A redirect would carry the client's secret, or a code, to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .https_only(issuer.starts_with("https://"))
            .user_agent(concat!("parlance/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        if answer.status().is_server_error() {
            return Err(HttpError::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len() + piece.len() > ANSWER_BYTES {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        let mut response = http::Response::builder().status(answer.status()).body(body)?;
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
