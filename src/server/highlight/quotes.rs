//! How far what is quoted goes.

use super::languages::{Language, Quote};

const PATTERN_CHARS: usize = 500;

/// The length of what the quote begins: to its end, to the end of its line, or to the end of the code.
pub(super) fn quoted(text: &str, quote: &Quote) -> usize {
    if quote.close == "`" && quote.escapes {
        return template(text);
    }
    let mut rest = text.get(quote.open.len()..).unwrap_or_default();
    while let Some(c) = rest.chars().next() {
        if rest.starts_with(quote.close) {
            return text.len() - rest.len() + quote.close.len();
        }
        if c == '\n' && !quote.lines {
            break;
        }
        let escaped = if c == '\\' && quote.escapes { rest.chars().nth(1) } else { None };
        rest = rest.get(c.len_utf8() + escaped.map_or(0, char::len_utf8)..).unwrap_or_default();
    }
    text.len() - rest.len()
}

/// A template, with templates in the code in it.
fn template(text: &str) -> usize {
    // How many braces are open in each code in a template; none stands for the text of one.
    let mut levels: Vec<Option<usize>> = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match (c, levels.last_mut()) {
            ('\\', _) => {
                characters.next();
            }
            ('`', Some(None)) => {
                levels.pop();
            }
            ('`', _) => levels.push(None),
            ('$', Some(None)) if characters.next_if(|(_, next)| *next == '{').is_some() => levels.push(Some(0)),
            ('{', Some(Some(open))) => *open += 1,
            ('}', Some(Some(0))) => {
                levels.pop();
            }
            ('}', Some(Some(open))) => *open -= 1,
            _ => {}
        }
        if levels.is_empty() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The quote that the word is a part of, as in `r#"…"#` or `f"…"`, and how long it is.
pub(super) fn prefixed(language: &Language, word: &str, following: &str) -> Option<usize> {
    if word.len() > 3 || !following.starts_with(['"', '\'', '#']) || !language.lists(language.prefixes, word) {
        return None;
    }
    let hashes = following.len() - following.trim_start_matches('#').len();
    if hashes > 0 {
        let end = following.get(hashes..)?.starts_with('"').then(|| format!("\"{}", "#".repeat(hashes)))?;
        let quoted = following.get(hashes + 1..)?;
        return Some(quoted.find(&end).map_or(following.len(), |at| hashes + 1 + at + end.len()));
    }
    let quote = language.quotes.iter().find(|quote| following.starts_with(quote.open))?;
    let raw = Quote { escapes: quote.escapes && !word.contains(['r', 'R']), ..*quote };
    Some(quoted(following, &raw))
}

/// A character between single quotes, or else a lifetime, and its class.
pub(super) fn character(text: &str) -> (&'static str, usize) {
    let name = text.get(1..).unwrap_or_default();
    let mut characters = name.char_indices();
    let quoted = match characters.next() {
        Some((_, '\\')) => {
            characters.next();
            characters.find(|(_, c)| matches!(c, '\'' | '\n'))
        }
        _ => characters.next().filter(|(_, c)| *c == '\''),
    };
    if let Some((at, _)) = quoted {
        return ("string", at + 2);
    }
    let length = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    ("attribute", 1 + length)
}

/// A pattern between slashes, if it ends on its line.
pub(super) fn pattern(text: &str) -> Option<usize> {
    let mut in_class = false;
    // A limit, so that a line of slashes is not read to its end from each of them.
    let mut characters = text.char_indices().skip(1).take(PATTERN_CHARS);
    while let Some((at, c)) = characters.next() {
        match c {
            '\n' => return None,
            '\\' => {
                characters.next();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '/' if !in_class => {
                let flags = text.get(at + 1..)?;
                let length = flags.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(flags.len());
                return (at > 1).then_some(at + 1 + length);
            }
            _ => {}
        }
    }
    None
}

/// A block between marks, which may hold others of its kind.
pub(super) fn block(text: &str, open: &str, close: &str, nests: bool) -> usize {
    let mut rest = text.get(open.len()..).unwrap_or_default();
    let mut depth = 1_usize;
    while depth > 0 {
        let Some(at) = rest.find(close) else {
            return text.len();
        };
        let (within, following) = rest.split_at(at);
        if nests {
            depth += within.matches(open).count();
        }
        depth -= 1;
        rest = following.get(close.len()..).unwrap_or_default();
    }
    text.len() - rest.len()
}
