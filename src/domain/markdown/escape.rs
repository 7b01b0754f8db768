//! Text in HTML.

/// The text as HTML that shows it, in content and in a quoted attribute alike.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    push_escaped(&mut html, text);
    html
}

/// [`escape`], at the end of `html`.
pub(super) fn push_escaped(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'', '\0']) {
        let (plain, special) = rest.split_at(at);
        html.push_str(plain);
        html.push_str(match special.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            Some(b'\'') => "&#39;",
            // NUL: a browser's parser would drop it or replace it, depending on where it stands.
            _ => "\u{fffd}",
        });
        // All of them are one byte long.
        rest = special.get(1..).unwrap_or_default();
    }
    html.push_str(rest);
}
