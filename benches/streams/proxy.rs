//! The yardstick: a bare streaming proxy. It stores nothing, knows nothing of what it passes on, and forgets a
//! reply with the connection.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use tokio::net::TcpListener;

#[derive(Clone)]
struct Proxy {
    http: reqwest::Client,
    target: String,
}

/// Serves on a free port of loopback until the process is killed.
pub fn run(base_url: &str) -> anyhow::Result<()> {
    // reqwest wants a provider even where no TLS is spoken.
    rustls::crypto::ring::default_provider().install_default().ok();
    let http = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build()?;
    let proxy = Proxy { http, target: format!("{base_url}/chat/completions") };
    let router = Router::new()
        .route("/readyz", get(|| async { "ready\n" }))
        .route("/v1/chat/completions", post(pass_on))
        .with_state(proxy);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("The proxy is at http://{}", listener.local_addr()?);
        axum::serve(listener.tap_io(|connection| drop(connection.set_nodelay(true))), router).await?;
        Ok(())
    })
}

async fn pass_on(State(proxy): State<Proxy>, body: Bytes) -> Result<Response, StatusCode> {
    let request = proxy.http.post(&proxy.target).header(header::CONTENT_TYPE, "application/json").body(body);
    let answer = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let status = answer.status();
    let body = Body::from_stream(answer.bytes_stream());
    Ok((status, [(header::CONTENT_TYPE, "text/event-stream")], body).into_response())
}
