//! Errors in the address of a page: a plain form that is refused comes back to its page with them (`ui/form.rs`).
//!
//! Anybody can write such an address, with any sentence in it, and our page would say it. So it counts only where the browser
//! says that one of our own pages led there; a browser that says nothing (an old one, or one that came in the clear) is
//! believed, since its forms would be dumb otherwise.

use axum::{
    extract::Request,
    http::{Method, Uri, header::HeaderName},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use percent_encoding::percent_decode_str;

use crate::domain::local_path::local_path;

/// Fetch Metadata (W3C): where a request comes from. `none` is an address that was typed, or opened by another program, like
/// a link in a mail.
pub(super) const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The names under which the framework writes an error into an address.
const NAMES: [&str; 2] = ["__path", "__err"];

/// Leads to the page without what the address says of it, unless one of our own pages leads there.
pub(super) async fn refuse(request: Request, next: Next) -> Response {
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_foreign = request.headers().get(FETCH_SITE).is_some_and(|site| site != "same-origin");
    if is_page && is_foreign && names_an_error(request.uri()) {
        return Redirect::to(local_path(request.uri().path()).unwrap_or("/")).into_response();
    }
    next.run(request).await
}

fn names_an_error(uri: &Uri) -> bool {
    let pairs = uri.query().unwrap_or_default().split('&');
    let mut names = pairs.map(|pair| pair.split('=').next().unwrap_or_default());
    names.any(|name| NAMES.iter().any(|ours| percent_decode_str(name).eq(ours.bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_found_however_its_name_is_written() {
        for query in ["__err=x", "a=b&__path=/api/sign_in", "%5f%5Ferr=x", "__err", "a&&__err="] {
            assert!(names_an_error(&format!("/sign-in?{query}").parse().unwrap()), "{query}");
        }
        for query in ["", "next=__err", "err=x", "__errors=x", "=__err"] {
            assert!(!names_an_error(&format!("/sign-in?{query}").parse().unwrap()), "{query}");
        }
        assert!(!names_an_error(&"/__err".parse().unwrap()));
    }
}
