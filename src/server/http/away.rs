//! What a browser is shown in place of a page that cannot even be begun: who asks for it is not known. It needs nothing of
//! the database.

use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};

use super::api_error::say_when;
use crate::{
    domain::{error::AppError, markdown::escape},
    texts::{away as texts, frame},
};

/// It has a stylesheet, and does nothing.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'");

/// The page, with the site's stylesheet.
pub(super) fn page(error: &AppError, stylesheet: &str) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    let mut response = (error.status(), headers, Html(document(error, stylesheet))).into_response();
    say_when(&mut response, error);
    response
}

fn document(error: &AppError, stylesheet: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="{stylesheet}">
</head>
<body>
<main id="main" class="entry">
<section class="card">
<h1>{heading}</h1>
<p role="alert">{sentence}</p>
<a class="button" href="">{again}</a>
</section>
</main>
</body>
</html>
"#,
        title = escape(&frame::title(texts::HEADING)),
        heading = escape(texts::HEADING),
        stylesheet = escape(stylesheet),
        sentence = escape(&error.to_string()),
        again = escape(texts::AGAIN),
    )
}
