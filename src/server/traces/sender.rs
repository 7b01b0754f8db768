//! Brings traces to the collector, through the HTTP client and the TLS that everything else uses.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends in the runtime, for whoever asks from outside of it: OpenTelemetry delivers from a thread of its own.
#[derive(Debug)]
pub(super) struct Sender {
    http: reqwest::Client,
    runtime: Handle,
    /// Whether the last delivery failed, so that the log has one line for many failures.
    failing: AtomicBool,
}

impl Sender {
    /// A sender for the runtime in which it is made.
    pub fn new() -> anyhow::Result<Self> {
        crate::server::install_crypto();
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            // The settings name the collector, and nobody else.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("parlance/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, runtime: Handle::try_current()?, failing: AtomicBool::new(false) })
    }

    fn note(&self, problem: Option<&str>) {
        let failed_before = self.failing.swap(problem.is_some(), Ordering::Relaxed);
        match problem {
            Some(problem) if !failed_before => tracing::warn!(problem, "the collector does not take the traces"),
            None if failed_before => tracing::info!("the collector takes traces again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let sent = self.runtime.spawn(exchange(self.http.clone(), request)).await?;
        match &sent {
            Ok(answer) if answer.status().is_success() => self.note(None),
            Ok(answer) => self.note(Some(answer.status().as_str())),
            Err(error) => self.note(Some(&error.to_string())),
        }
        Ok(sent?)
    }
}

async fn exchange(http: reqwest::Client, request: reqwest::Request) -> reqwest::Result<Response<Bytes>> {
    // The address may hold a password.
    let mut response = http.execute(request).await.map_err(reqwest::Error::without_url)?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let body = response.bytes().await.map_err(reqwest::Error::without_url)?;
    let mut answer = Response::new(body);
    (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
    Ok(answer)
}
