//! Code blocks.

use super::escape::push_escaped;
use crate::texts::markdown as texts;

const LANGUAGE_CHARS: usize = 32;

pub(super) const CLOSE: &str = "</code></pre></figure>\n";

/// The language that the line which opens a fence names: its first word.
pub(super) fn language(info: &str) -> &str {
    let word = info.trim_start().split([' ', '\t', ',', '{']).next().unwrap_or_default();
    let end = word.char_indices().nth(LANGUAGE_CHARS).map_or(word.len(), |(at, _)| at);
    word.get(..end).unwrap_or_default()
}

/// All that stands before the code. Until [`CLOSE`] follows, code may be added to `html`, escaped.
pub(super) fn open(html: &mut String, language: &str, highlighted: bool) {
    html.push_str("<figure class=\"code\"><figcaption data-language=\"");
    push_escaped(html, if language.is_empty() { texts::CODE } else { language });
    // The styles write the words: the text of a message is what was said and nothing else.
    html.push_str("\"><button type=\"button\" class=\"copy\" aria-label=\"");
    push_escaped(html, texts::COPY_CODE);
    html.push_str("\" data-copy></button></figcaption>");
    html.push_str("<pre tabindex=\"0\"><code data-language=\"");
    push_escaped(html, language);
    html.push_str(if highlighted { "\" data-highlighted>" } else { "\">" });
}
