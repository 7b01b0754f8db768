//! The router and what stands before it.

pub mod accept;
mod api_error;
mod away;
mod body;
pub mod client_address;
pub mod deadline;
mod embedded;
mod files;
mod foreign_error;
mod health;
mod host;
mod identify;
mod images;
mod metrics;
mod oidc;
mod panics;
mod per_address;
mod refusal;
pub mod request_id;
pub mod security;
mod socket;
mod usage_csv;
mod write_timeout;

use std::net::SocketAddr;

use axum::{
    Router, middleware,
    response::Response,
    routing::{MethodRouter, get},
};
use leptos::{config::LeptosOptions, prelude::provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower::ServiceBuilder;
use tower_http::{
    compression::{CompressionLayer, CompressionLevel, predicate::Predicate},
    csrf::CsrfLayer,
};

use self::{body::Bodies, host::Hosts};
use super::{
    config::{Config, RETURN_PATH},
    state::AppState,
};
use crate::app::{App, shell};

/// The framework's own settings.
#[must_use]
pub fn leptos_options(config: &Config, address: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("parlance")
        .site_root(files::root(config.site_root.as_deref()))
        .site_addr(address)
        .reload_port(reload_port())
        .build()
}

/// Where the stylesheet of all pages is.
#[must_use]
pub fn stylesheet(options: &LeptosOptions) -> String {
    format!("/{}/{}.css", options.site_pkg_dir, options.output_name)
}

/// The port of cargo-leptos's live reload, which it tells in the environment of the server it watches.
fn reload_port() -> u32 {
    std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001)
}

/// How a node is, for whoever watches it.
fn health_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    vec![("/healthz", get(health::alive)), ("/readyz", get(health::ready)), ("/metrics", get(metrics::figures))]
}

/// What is neither a page nor a server function nor a file, by its path. The router is built from it, and what has to be
/// true of every route is tested with it.
fn plain_routes() -> Vec<(&'static str, MethodRouter<AppState>)> {
    let mut routes = health_routes();
    routes.push(("/images/{id}", get(images::serve)));
    routes.push((usage_csv::PATH, get(usage_csv::serve)));
    routes.push((RETURN_PATH, get(oidc::come_back)));
    routes
}

fn mounted(routes: Vec<(&'static str, MethodRouter<AppState>)>) -> Router<AppState> {
    routes.into_iter().fold(Router::new(), |router, (path, route)| router.route(path, route))
}

/// The paths of what is neither a page nor a server function nor a file.
pub fn plain_paths() -> impl Iterator<Item = &'static str> {
    plain_routes().into_iter().map(|(path, _)| path)
}

/// The paths of the pages, with their parameters in braces. A server has to have been started before.
#[must_use]
pub fn page_paths() -> Vec<String> {
    generate_route_list(App).iter().map(|route| route.path().to_owned()).collect()
}

/// All routes.
pub fn router(state: AppState, config: &Config) -> Router {
    files::look_for_site(&state.leptos);
    let hosts = Hosts(config.hosts.iter().map(|host| host.to_ascii_lowercase()).collect());
    let context = {
        let state = state.clone();
        move || provide_context(state.clone())
    };
    let page = {
        let options = state.leptos.clone();
        move || shell(options.clone())
    };
    let before = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(state.metrics.clone(), metrics::count))
        .layer(middleware::from_fn_with_state(config.proxies.clone(), client_address::note))
        .layer(middleware::from_fn(request_id::identify))
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn(panics::catch))
        .layer(middleware::from_fn(move |request, next| host::check(hosts.clone(), request, next)))
        .layer(CsrfLayer::new().with_rejection_response(|_| security::refused()))
        .layer(middleware::from_fn(foreign_error::refuse));
    let around = ServiceBuilder::new()
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(PagesOnly))
        .layer(middleware::from_fn(api_error::fit_status))
        .layer(middleware::from_fn_with_state(state.clone(), identify::identify))
        // After it is known who asks: whoever is not known has no room for much.
        .layer(middleware::from_fn_with_state(Bodies::default(), body::read_whole));
    mounted(plain_routes())
        .leptos_routes_with_context(&state, generate_route_list(App), context, page)
        .fallback(files::serve)
        .layer(around)
        .layer(before)
        .with_state(state)
}

/// What a node without pages serves: how it is.
pub fn worker_router(state: AppState, config: &Config) -> Router {
    let before = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(state.metrics.clone(), metrics::count))
        .layer(middleware::from_fn_with_state(config.proxies.clone(), client_address::note))
        .layer(middleware::from_fn(request_id::identify))
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn(panics::catch));
    mounted(health_routes()).layer(before).with_state(state)
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
