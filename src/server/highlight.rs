//! Code in colour.
//!
//! `languages` says what the words and marks of each language are; `words`, with `marks` and `quotes`, `elements` and
//! `lines` find them; and this file writes the code as HTML: escaped, with spans of a few classes that `style/code.css`
//! knows. Without the spans it is the code again.
//!
//! Deliberately absent: grammars. Those of the editors are regular expressions by the thousand, whose time no one can
//! bound: `x /*` in JavaScript keeps syntect 5.3 busy for ever (its issue 460). This reads each character a few times
//! at most, needs no cache and no guard, and tells a reader of a chat as much: what is said, what is quoted, and what
//! is aside.

mod elements;
mod languages;
mod lines;
mod marks;
mod quotes;
#[cfg(test)]
mod tests;
mod words;

use crate::domain::markdown::escape;
use languages::{Language, Shape};

/// What takes the parts of a code: a class, or none, and the text.
type Emit<'a> = dyn FnMut(&'static str, &str) + 'a;

/// Longer code stays plain: no one reads it by its colours, and its spans would be most of the page.
pub(crate) const CODE_BYTES: usize = 64 * 1024;

/// The code as HTML with spans of classes `tok-…`, if the language is known and the code is not too long.
#[must_use]
pub fn highlight(language: &str, code: &str) -> Option<String> {
    if code.len() > CODE_BYTES {
        return None;
    }
    let mut spans = Spans::default();
    read(languages::named(language)?, code, &mut |class, text| spans.push(class, text));
    Some(spans.finish())
}

fn read(language: &Language, code: &str, emit: &mut Emit<'_>) {
    match language.shape {
        Shape::Words => words::read_words(language, code, emit),
        Shape::Elements => elements::read_elements(code, emit),
        Shape::Patch => lines::read_patch(code, emit),
        Shape::Markdown => lines::read_markdown(code, emit),
    }
}

/// HTML in the making. Neighbours of one class share a span.
#[derive(Default)]
struct Spans {
    html: String,
    class: &'static str,
}

impl Spans {
    fn push(&mut self, class: &'static str, text: &str) {
        // White space has no colour, and ends no span.
        if class != self.class && !text.trim().is_empty() {
            self.end();
            if !class.is_empty() {
                self.html.push_str("<span class=\"tok-");
                self.html.push_str(class);
                self.html.push_str("\">");
            }
            self.class = class;
        }
        self.html.push_str(&escape(text));
    }

    fn end(&mut self) {
        if !self.class.is_empty() {
            self.html.push_str("</span>");
        }
        self.class = "";
    }

    fn finish(mut self) -> String {
        self.end();
        self.html
    }
}
