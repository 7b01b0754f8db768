//! HTML and its kin.

use super::{Emit, languages, read};

/// What an element holds that is no HTML.
const EMBEDDED: &[(&str, &str, &str)] = &[("<script", "</script", "js"), ("<style", "</style", "css")];

pub(super) fn read_elements(code: &str, emit: &mut Emit<'_>) {
    let mut rest = code;
    while !rest.is_empty() {
        let (text, tag) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        emit("", text);
        rest = read_markup(tag, emit);
        for (open, close, language) in EMBEDDED {
            if tag.starts_with(open)
                && let Some(language) = languages::named(language)
            {
                let (code, following) = rest.split_at(rest.find(close).unwrap_or(rest.len()));
                read(language, code, emit);
                rest = following;
            }
        }
    }
}

/// Reads what begins with `<`, and gives back the rest.
fn read_markup<'a>(markup: &'a str, emit: &mut Emit<'_>) -> &'a str {
    let (class, close) = match markup.as_bytes() {
        [b'<', b'!', b'-', b'-', ..] => ("comment", "-->"),
        [b'<', b'?', ..] => ("keyword", "?>"),
        [b'<', b'!', ..] => ("keyword", ">"),
        _ => return read_tag(markup, emit),
    };
    let end = markup.find(close).map_or(markup.len(), |at| at + close.len());
    let (markup, rest) = markup.split_at(end);
    emit(class, markup);
    rest
}

fn read_tag<'a>(tag: &'a str, emit: &mut Emit<'_>) -> &'a str {
    let name = tag.trim_start_matches(['<', '/']);
    let length = name.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '/' | '=')).unwrap_or(name.len());
    let (name, mut rest) = tag.split_at(tag.len() - name.len() + length);
    emit("tag", name);
    while let Some(first) = rest.chars().next() {
        let (class, length) = match first {
            '<' => return rest,
            '"' | '\'' => {
                let close = rest.get(1..).and_then(|quoted| quoted.find(first));
                ("string", close.map_or(rest.len(), |at| at + 2))
            }
            '>' | '/' => ("tag", 1),
            '=' => ("", 1),
            _ => {
                let end = rest.find(['<', '>', '/', '=', '"', '\'']);
                ("attribute", end.unwrap_or(rest.len()))
            }
        };
        let (part, following) = rest.split_at(length);
        emit(class, part);
        rest = following;
        if first == '>' {
            break;
        }
    }
    rest
}
