//! Text that is too much to read as markdown.
//!
//! Two things cost a parser more than the length of a text: containers nested by the thousand, which every later
//! line walks through, and rows that are filled up under a very wide head. No one writes either except to see what
//! breaks. From such a line on, a text is shown as it is.

use super::escape::push_escaped;

/// The last column at which a quote or a list may begin. A container begins to the right of the one that holds it,
/// so this limits how deep they nest, over any number of lines.
const NESTING_COLUMNS: usize = 400;

/// The most columns of a table.
const TABLE_COLUMNS: usize = 64;

/// Where the first line begins that is too much, and with it the rest of the text.
pub(super) fn start(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        if line.len() > TABLE_COLUMNS && (is_wide(line) || is_deep(line)) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// Text that is shown as it is.
pub(super) fn render(text: &str) -> String {
    let mut html = "<p class=\"raw\">".to_owned();
    push_escaped(&mut html, text.trim_matches(['\n', '\r']));
    html.push_str("</p>");
    html
}

/// Whether it may be the line under the head of a table that is too wide.
fn is_wide(line: &str) -> bool {
    let ruled = line.bytes().all(|byte| matches!(byte, b'|' | b':') || is_prefix(byte));
    ruled && line.bytes().filter(|byte| *byte == b'|').count() > TABLE_COLUMNS + 1
}

/// Whether it may begin a quote or a list beyond the last column for one.
fn is_deep(line: &str) -> bool {
    let mut bytes = line.bytes().take_while(|byte| is_prefix(*byte)).skip(NESTING_COLUMNS).peekable();
    let mut before = b' ';
    while let Some(byte) = bytes.next() {
        let begins = match byte {
            b'>' => true,
            b'-' | b'+' | b'*' => matches!(before, b' ' | b'\t' | b'>'),
            b'.' | b')' => before.is_ascii_digit(),
            _ => false,
        };
        let ends = bytes.peek().is_none_or(|next| next.is_ascii_whitespace());
        if begins && (byte == b'>' || ends) {
            return true;
        }
        before = byte;
    }
    false
}

/// What may stand before the text of a line: indentation, and the markers of quotes and lists.
fn is_prefix(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_digit() || matches!(byte, b'>' | b'-' | b'+' | b'*' | b'.' | b')')
}
