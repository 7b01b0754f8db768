//! The page's own files; everything that is not one is a page that says so.

use std::path::Path;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::{config::LeptosOptions, prelude::provide_context};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::{api_error, embedded};
use crate::{app::shell, domain::error::AppError, server::state::AppState};

/// Where cargo-leptos builds it.
const DEFAULT_ROOT: &str = "target/site";

/// What the log says if pages will be bare.
const NO_SITE: &str = "pages come without scripts and styles: there is no site in this folder, and none inside of this \
     binary. Build it with `cargo leptos build --release`, or name the folder of one in LEPTOS_SITE_ROOT";

/// Serves a file of the site, in the form in which it was compressed when it was built, or the page that
/// says that nothing is here.
pub(super) async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let found = if state.leptos.site_root.is_empty() {
        embedded::serve(&parts.method, parts.uri.path(), &parts.headers)
    } else {
        from_folder(&state.leptos.site_root, Request::from_parts(parts.clone(), Body::empty())).await
    };
    match found {
        Some(mut response) => {
            // The names do not change with the content: ask each time, download when it changed.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        // A program asked, which reads no page.
        None if parts.uri.path().starts_with("/api/") => api_error::of(&AppError::NotFound),
        None => not_found(state, Request::from_parts(parts, body)).await,
    }
}

/// Where the site is: the folder that was named or, in a release, inside of the binary. An empty name stands for that.
pub(super) fn root(named: Option<&Path>) -> String {
    match named {
        Some(folder) => folder.to_string_lossy().into_owned(),
        None if embedded::is_there() => String::new(),
        None => DEFAULT_ROOT.to_owned(),
    }
}

/// Says so if there is no site to be served.
pub(super) fn look_for_site(options: &LeptosOptions) {
    let root = &*options.site_root;
    if !is_missing(root, &super::stylesheet(options)) {
        return;
    }
    if cfg!(debug_assertions) {
        // It may be built at any moment; tests of the server do without.
        tracing::warn!(folder = root, "{NO_SITE}");
    } else {
        tracing::error!(folder = root, "{NO_SITE}");
    }
}

/// Whether the site is to be in a folder and is not: what all pages need is not there.
fn is_missing(root: &str, stylesheet: &str) -> bool {
    !root.is_empty() && !Path::new(root).join(stylesheet.trim_start_matches('/')).is_file()
}

async fn from_folder(root: &str, request: Request) -> Option<Response> {
    // Nothing of the site is at the root itself: there is a page.
    let files = ServeDir::new(root).precompressed_br().precompressed_gzip().append_index_html_on_directories(false);
    let found = files.oneshot(request).await.ok()?;
    let is_there = found.status().is_success() || found.status() == StatusCode::NOT_MODIFIED;
    is_there.then(|| found.map(Body::new).into_response())
}

async fn not_found(state: AppState, request: Request) -> Response {
    let options: LeptosOptions = state.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(state.clone()),
        move || shell(options.clone()),
    );
    render(request).await.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_stylesheet_of_all_pages_is_no_site_and_a_binary_with_one_needs_no_folder() {
        let folder = tempfile::TempDir::new().unwrap();
        let (root, stylesheet) = (folder.path().to_str().unwrap(), "/pkg/parlance.css");
        assert!(is_missing("nowhere", stylesheet) && is_missing(root, stylesheet));
        std::fs::create_dir(folder.path().join("pkg")).unwrap();
        std::fs::write(folder.path().join("pkg/parlance.css"), "").unwrap();
        assert!(!is_missing(root, stylesheet) && !is_missing("", stylesheet));
    }
}
