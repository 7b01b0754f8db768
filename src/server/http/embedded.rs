//! The site inside of the binary: a release is one file.

use std::{collections::HashMap, sync::LazyLock};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

/// What `build.rs` found; nothing in development.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// How a file may have been compressed when it was built, best first: its name in HTTP, and the end of the file's name.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

struct File {
    bytes: &'static [u8],
    /// Names this content, in quotation marks.
    tag: String,
}

static SITE: LazyLock<HashMap<&'static str, File>> = LazyLock::new(|| site(FILES));

fn site(files: &[(&'static str, &'static [u8])]) -> HashMap<&'static str, File> {
    let file = |bytes: &'static [u8]| {
        let tag = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        File { bytes, tag: format!("\"{tag}\"") }
    };
    files.iter().map(|&(name, bytes)| (name, file(bytes))).collect()
}

/// Whether the binary has a site inside.
pub(super) fn is_there() -> bool {
    !FILES.is_empty()
}

/// A file of the site, in the best form that the client takes; `None` if there is no such file.
pub(super) fn serve(method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    find(&SITE, method, path, headers)
}

fn find(site: &HashMap<&str, File>, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let plain = site.get(path)?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = ENCODINGS.iter().filter(|(name, _)| takes(accepted, name)).find_map(|(name, end)| {
        let file = site.get(format!("{path}{end}").as_str())?;
        Some((file, Some(*name)))
    });
    let (file, encoding) = compressed.unwrap_or((plain, None));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_known = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.tag);
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(file.bytes).into_response(),
    };
    let head = response.headers_mut();
    let kind = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&file.tag) {
        head.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// Whether an `Accept-Encoding` takes an encoding: it names it, and does not refuse it with a weight of 0.
fn takes(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|choice| {
        let mut parts = choice.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let is_refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>() == Ok(0.0)));
        is_named && !is_refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(path: &str, headers: &[(header::HeaderName, &'static str)]) -> Option<Response> {
        let site = site(&[("/pkg/a.js", b"plain"), ("/pkg/a.js.br", b"small"), ("/favicon.svg", b"<svg/>")]);
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        find(&site, &Method::GET, path, &headers)
    }

    fn encoding(accepted: &'static str) -> Option<String> {
        let response = ask("/pkg/a.js", &[(header::ACCEPT_ENCODING, accepted)])?;
        response.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_file_comes_compressed_if_the_client_takes_it_so() {
        assert_eq!(encoding("gzip, deflate, br").as_deref(), Some("br"));
        assert_eq!(encoding("gzip"), None);
        assert_eq!(encoding("br;q=0, gzip;q=1.0"), None);
        assert_eq!(encoding(""), None);
        assert_eq!(ask("/pkg/a.js", &[]).unwrap().headers()[header::CONTENT_TYPE], "text/javascript");
    }

    #[test]
    fn what_the_client_has_already_is_not_sent_again() {
        let first = ask("/favicon.svg", &[]).unwrap();
        assert_eq!(
            (first.status(), &first.headers()[header::CONTENT_TYPE]),
            (StatusCode::OK, &HeaderValue::from_static("image/svg+xml"))
        );
        let tag: &'static str = Box::leak(first.headers()[header::ETAG].to_str().unwrap().to_owned().into_boxed_str());
        assert_eq!(ask("/favicon.svg", &[(header::IF_NONE_MATCH, tag)]).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(ask("/favicon.svg", &[(header::IF_NONE_MATCH, "\"other\"")]).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn nothing_else_is_there() {
        for path in ["/", "/pkg", "/pkg/b.js", "/../etc/passwd", ""] {
            assert!(ask(path, &[]).is_none(), "{path}");
        }
    }
}
