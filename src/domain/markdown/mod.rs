//! Markdown as models write it, to HTML that is safe in a page.
//!
//! A finished text is [`render`]ed at once, a text that still grows is a [`Document`]. Both give the HTML of each
//! top-level block, and the same for the same text however it grew: what streamed in equals what a reload shows.
//!
//! A text is rendered in pieces. `blocks` tells where it can be cut, `render` turns a piece into HTML with the help
//! of `code`, `links`, `bare` and `tables`, and `definitions` holds the one thing that reaches from a piece into others.
//! `document` keeps what is closed, and `fence` the one open block that may grow long.
//!
//! Deliberately absent: raw HTML, which is shown as the text that it is; images, which become links, so that nothing
//! is fetched from strangers because someone reads; footnotes and math.

mod bare;
mod blocks;
mod code;
mod definitions;
mod document;
mod escape;
mod fence;
mod links;
mod plain;
mod render;
mod tables;
#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
mod tests;

pub use self::{document::Document, escape::escape};

use self::{
    definitions::Definitions,
    render::{Carry, Highlight},
};
use pulldown_cmark::Options;

/// The HTML of each top-level block of a finished text.
#[must_use]
pub fn render(text: &str) -> Vec<String> {
    render_pieces(text, None)
}

/// Like [`render`], with code coloured by `highlight`: from the language and the code it makes HTML that goes into
/// the page as it is, or `None` to leave the code plain.
#[must_use]
pub fn render_with(text: &str, highlight: &dyn Fn(&str, &str) -> Option<String>) -> Vec<String> {
    render_pieces(text, Some(highlight))
}

fn render_pieces(text: &str, highlight: Option<Highlight<'_>>) -> Vec<String> {
    let (markdown, plain) = text.split_at_checked(plain::start(text).unwrap_or(text.len())).unwrap_or((text, ""));
    let mut pieces = Vec::new();
    let mut start = 0;
    for cut in blocks::cuts(complete_lines(markdown)) {
        pieces.extend(markdown.get(start..cut));
        start = cut;
    }
    pieces.extend(markdown.get(start..));

    let mut definitions = Definitions::default();
    definitions.read(&pieces, "");
    let mut carry = Carry::default();
    let mut blocks = Vec::new();
    for piece in pieces {
        render::render(piece, &definitions, &mut carry, highlight, &mut blocks);
    }
    if !plain.is_empty() {
        blocks.push(plain::render(plain));
    }
    blocks
}

/// The text without its last line, unless that ends with a line break.
fn complete_lines(text: &str) -> &str {
    let end = text.rfind('\n').map_or(0, |newline| newline + 1);
    text.get(..end).unwrap_or_default()
}

/// What a text may hold beyond CommonMark.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}
