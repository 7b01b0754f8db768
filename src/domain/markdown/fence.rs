//! An open code block at the end of a growing text.
//!
//! It may well be the longest block of a reply, and the only one that is cheap to extend: each line that does not
//! close it is one more line of code.

use super::{code, escape::push_escaped};

/// Code whose fence has not been closed yet.
pub(super) struct Fence {
    marker: char,
    /// How many markers close it.
    length: usize,
    /// Up to where its lines have been written.
    read: usize,
    /// How much of the HTML is for ever; the unfinished line and the end follow.
    written: usize,
}

impl Fence {
    /// The open code that all of `text` from `start` on is, with its HTML in `html`.
    pub(super) fn open(text: &str, start: usize, html: &mut String) -> Option<Self> {
        let piece = text.get(start..)?;
        let blank = blank_lines(piece);
        let (line, _) = piece.get(blank..)?.split_once('\n')?;
        let marker = line.chars().next().filter(|first| matches!(first, '`' | '~'))?;
        let info = line.trim_start_matches(marker);
        let length = line.len() - info.len();
        if length < 3 || (marker == '`' && info.contains('`')) {
            return None;
        }
        html.clear();
        code::open(html, code::language(info), false);
        let fence = Self { marker, length, read: start + blank + line.len() + 1, written: html.len() };
        fence.grow(text, html)
    }

    /// Goes on to the end of `text`, unless there may be a fence that closes the code.
    pub(super) fn grow(mut self, text: &str, html: &mut String) -> Option<Self> {
        html.truncate(self.written);
        let mut rest = text.get(self.read..)?;
        while let Some((line, following)) = rest.split_once('\n') {
            if self.may_close(line) {
                return None;
            }
            push_escaped(html, line.strip_suffix('\r').unwrap_or(line));
            html.push('\n');
            rest = following;
        }
        self.read = text.len() - rest.len();
        self.written = html.len();
        // What may become the closing fence does not flicker up as code first.
        if !rest.trim().chars().all(|c| c == self.marker) {
            push_escaped(html, rest);
        }
        html.push_str(code::CLOSE.trim_end());
        Some(self)
    }

    /// Whether the line may be a closing fence. One that looks like it and is none is for the parser to tell.
    fn may_close(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.marker)
    }
}

/// How many bytes of `piece` are blank lines before its first line.
fn blank_lines(piece: &str) -> usize {
    let blank = piece.len() - piece.trim_start_matches([' ', '\t', '\r', '\n']).len();
    piece.get(..blank).and_then(|blank| blank.rfind('\n')).map_or(0, |newline| newline + 1)
}
