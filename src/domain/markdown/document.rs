//! A text that grows.

use super::{
    blocks, complete_lines,
    definitions::Definitions,
    fence::Fence,
    plain,
    render::{Carry, render},
};
use std::{ops::Range, slice, sync::Arc};

/// A text that grows at its end, and its HTML so far.
///
/// An update costs what the open part costs, not what the whole text does. Closed blocks are left alone, except for
/// those with brackets when a link definition arrives, which may be the one that they have waited for.
#[derive(Default)]
pub struct Document {
    text: String,
    /// Where the last line begins.
    last_line: usize,
    /// Where the open part begins.
    cut: usize,
    closed: Vec<Arc<str>>,
    open: String,
    definitions: Definitions,
    /// What the closed part hands on to the open one.
    carry: Carry,
    /// The closed pieces with brackets.
    bracketed: Vec<Piece>,
    /// The open part while it is nothing but open code.
    fence: Option<Fence>,
    /// Whether the open part is too much to read as markdown.
    plain: bool,
    finished: bool,
}

/// A closed piece that a definition may change.
struct Piece {
    source: Range<usize>,
    first_block: usize,
    headings: u8,
}

impl Document {
    /// Takes the text as it is now. If it does not start with what it was before, it is a new one.
    pub fn update(&mut self, text: &str) {
        let added = text.strip_prefix(self.text.as_str());
        if added == Some("") {
            return;
        }
        let Some(added) = added.filter(|_| !self.finished) else {
            *self = Self::default();
            return self.update(text);
        };
        self.text.push_str(added);
        if added.contains('\n') {
            self.read_lines();
        } else if !self.plain {
            self.fence = self.fence.take().and_then(|fence| fence.grow(&self.text, &mut self.open));
        }
        if self.plain {
            self.open = plain::render(part(&self.text, self.cut..));
        } else if self.fence.is_none() {
            self.render_open();
        }
    }

    /// The HTML of the blocks that nothing changes any more, but for the definition of a link in them.
    #[must_use]
    pub fn closed(&self) -> &[Arc<str>] {
        &self.closed
    }

    /// The HTML of the rest, as far as it can be told by now: nothing, a block, or several.
    #[must_use]
    pub fn open(&self) -> &str {
        &self.open
    }

    /// Closes the rest, since the text is complete.
    pub fn finish(&mut self) {
        if self.finished {
            return;
        }
        self.finished = true;
        self.fence = None;
        self.open.clear();
        let end = self.text.len();
        self.look_for_plain(end);
        if self.plain {
            let rest = plain::render(part(&self.text, self.cut..));
            self.closed.push(rest.into());
        } else {
            let rest = self.cut..end;
            self.close(slice::from_ref(&rest), end);
        }
    }

    /// Goes on to the end of the last complete line.
    fn read_lines(&mut self) {
        let end = complete_lines(&self.text).len();
        self.look_for_plain(end);
        self.fence = self.fence.take().and_then(|fence| fence.grow(&self.text, &mut self.open));
        if self.plain || self.fence.is_some() {
            return;
        }
        self.close_blocks(end);
        self.fence = Fence::open(&self.text, self.cut, &mut self.open);
    }

    fn look_for_plain(&mut self, end: usize) {
        let from = self.last_line;
        self.last_line = end;
        if self.plain {
            return;
        }
        if let Some(at) = plain::start(part(&self.text, from..end)) {
            self.close_blocks(from + at);
            let rest = self.cut..from + at;
            self.close(slice::from_ref(&rest), from + at);
            self.plain = true;
            self.fence = None;
        }
    }

    /// Closes what can be closed of the text before `end`.
    fn close_blocks(&mut self, end: usize) {
        let mut start = self.cut;
        let mut pieces = Vec::new();
        for cut in blocks::cuts(complete_lines(part(&self.text, self.cut..end))) {
            pieces.push(start..self.cut + cut);
            start = self.cut + cut;
        }
        self.close(&pieces, end);
    }

    /// Closes the pieces, which stand where the open part begins.
    fn close(&mut self, pieces: &[Range<usize>], end: usize) {
        self.cut = pieces.last().map_or(self.cut, |last| last.end);
        let sources: Vec<&str> = pieces.iter().map(|piece| part(&self.text, piece.clone())).collect();
        let open = complete_lines(part(&self.text, self.cut..end));
        if self.definitions.read(&sources, open) {
            self.render_bracketed();
        }
        for piece in pieces {
            self.close_piece(piece.clone());
        }
    }

    fn close_piece(&mut self, source: Range<usize>) {
        let text = part(&self.text, source.clone());
        let headings = self.carry.headings;
        let mut blocks = Vec::new();
        render(text, &self.definitions, &mut self.carry, None, &mut blocks);
        if text.contains('[') {
            self.bracketed.push(Piece { source, first_block: self.closed.len(), headings });
        }
        self.closed.extend(blocks.into_iter().map(Arc::from));
    }

    fn render_bracketed(&mut self) {
        self.carry.copied = 0;
        for piece in &self.bracketed {
            let mut carry = Carry { headings: piece.headings, ..self.carry };
            let mut blocks = Vec::new();
            render(part(&self.text, piece.source.clone()), &self.definitions, &mut carry, None, &mut blocks);
            self.carry.copied = carry.copied;
            for (closed, html) in self.closed.iter_mut().skip(piece.first_block).zip(blocks) {
                // Who compares by address sees no change where there is none.
                if **closed != *html {
                    *closed = html.into();
                }
            }
        }
    }

    fn render_open(&mut self) {
        let mut blocks = Vec::new();
        let mut carry = self.carry;
        render(part(&self.text, self.cut..), &self.definitions, &mut carry, None, &mut blocks);
        self.open = blocks.join("\n");
    }
}

fn part(text: &str, range: impl slice::SliceIndex<str, Output = str>) -> &str {
    text.get(range).unwrap_or_default()
}
