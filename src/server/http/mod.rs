//! The router and what stands before it.

pub mod accept;
mod api_error;
mod body;
mod files;
mod health;
mod host;
pub mod request_id;
pub mod security;

use std::net::SocketAddr;

use axum::{Router, middleware, response::Response, routing::get};
use leptos::{config::LeptosOptions, prelude::provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel, predicate::Predicate},
    csrf::CsrfLayer,
};

use self::host::Hosts;
use super::{config::Config, state::AppState};
use crate::app::{App, shell};

/// The framework's own settings.
#[must_use]
pub fn leptos_options(config: &Config, address: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("parlance")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_addr(address)
        .reload_port(reload_port())
        .build()
}

/// The port of cargo-leptos's live reload, which it tells in the environment of the server it watches.
fn reload_port() -> u32 {
    std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001)
}

/// All routes.
pub fn router(state: AppState, hosts: &[String]) -> Router {
    let hosts = Hosts(hosts.iter().map(|host| host.to_ascii_lowercase()).collect());
    let context = {
        let state = state.clone();
        move || provide_context(state.clone())
    };
    let page = {
        let options = state.leptos.clone();
        move || shell(options.clone())
    };
    let before = ServiceBuilder::new()
        .layer(middleware::from_fn(request_id::identify))
        .layer(middleware::from_fn(security::headers))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(move |request, next| host::check(hosts.clone(), request, next)))
        .layer(CsrfLayer::new().with_rejection_response(|_| security::refused()));
    let around = ServiceBuilder::new()
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(PagesOnly))
        .layer(middleware::from_fn(api_error::fit_status))
        .layer(middleware::from_fn(body::read_whole));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .leptos_routes_with_context(&state, generate_route_list(App), context, page)
        .fallback(files::serve)
        .layer(around)
        .layer(before)
        .with_state(state)
}

/// Only what is a page is compressed: a stream must not wait in a compressor, and files are compressed
/// already.
#[derive(Clone, Copy)]
struct PagesOnly;

impl Predicate for PagesOnly {
    fn should_compress<B>(&self, response: &Response<B>) -> bool {
        let label = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        label.is_some_and(|label| label.starts_with("text/html") || label.starts_with("application/json"))
    }
}
