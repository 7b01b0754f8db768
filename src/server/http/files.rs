//! The page's own files; everything that is not one is a page that says so.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::{config::LeptosOptions, prelude::provide_context};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::{app::shell, server::state::AppState};

/// Serves a file of the site, in the form in which it was compressed when it was built, or the page that
/// says that nothing is here.
pub(super) async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let asked = Request::from_parts(parts.clone(), axum::body::Body::empty());
    let files = ServeDir::new(&*state.leptos.site_root).precompressed_br().precompressed_gzip();
    // Nothing of the site is at the root itself: there is a page.
    if let Ok(found) = files.append_index_html_on_directories(false).oneshot(asked).await
        && (found.status().is_success() || found.status() == StatusCode::NOT_MODIFIED)
    {
        let mut response = found.map(axum::body::Body::new).into_response();
        // The names do not change with the content: ask each time, download when it changed.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        return response;
    }
    not_found(state, Request::from_parts(parts, body)).await
}

async fn not_found(state: AppState, request: Request) -> Response {
    let options: LeptosOptions = state.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(state.clone()),
        move || shell(options.clone()),
    );
    render(request).await.into_response()
}
