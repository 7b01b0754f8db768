//! Where a growing text can be cut.
//!
//! A cut is a line start at which a parser that has read everything before is in the state of one that has read
//! nothing. So each piece between two cuts can be rendered by itself, and nothing that comes later changes what is
//! before a cut: there, and only there, a growing text is closed.
//!
//! Not every block begins at a cut. A paragraph on the line after a link definition may turn out to be its title,
//! and would not always be read as a paragraph by itself; it goes into one piece with what precedes it.

use super::options;
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};
use std::ops::Range;

const BLANK: [char; 3] = [' ', '\t', '\r'];

/// What ends a block for ever.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// A last line of its own.
    OwnLine,
    /// A fence like the one that it began with.
    Fence,
    /// A blank line.
    BlankLine,
    /// Only the start of another block.
    NextBlock,
}

/// A top-level block.
struct Block {
    range: Range<usize>,
    /// Whether its first line begins a block whatever stands on the line before.
    interrupts: bool,
    end: End,
}

/// The cuts in a text of complete lines, in their order.
pub(super) fn cuts(lines: &str) -> Vec<usize> {
    let mut cuts = Vec::new();
    for block in top_level(lines) {
        let found = [start_cut(lines, &block), end_cut(lines, &block)];
        cuts.extend(found.into_iter().flatten().filter(|cut| *cut > 0));
    }
    cuts.dedup();
    cuts
}

fn top_level(lines: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(lines, options()).into_offset_iter() {
        if depth == 0
            && let Some((interrupts, end)) = nature(&event)
        {
            blocks.push(Block { range, interrupts, end });
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    blocks
}

/// Whether the block that starts here interrupts a paragraph, and what ends it.
fn nature(event: &Event<'_>) -> Option<(bool, End)> {
    let tag = match event {
        Event::Rule => return Some((true, End::OwnLine)),
        Event::Start(tag) => tag,
        _ => return None,
    };
    Some(match tag {
        Tag::CodeBlock(CodeBlockKind::Fenced(_)) => (true, End::Fence),
        // Those with hashes do interrupt, but those that are underlined start as a paragraph.
        Tag::Heading { .. } => (false, End::OwnLine),
        Tag::BlockQuote(_) | Tag::HtmlBlock => (true, End::BlankLine),
        Tag::Paragraph | Tag::Table(_) => (false, End::BlankLine),
        Tag::List(_) => (true, End::NextBlock),
        _ => (false, End::NextBlock),
    })
}

/// The start of the block's first line, unless what precedes it has a say in how it is read.
fn start_cut(lines: &str, block: &Block) -> Option<usize> {
    let before = lines.get(..block.range.start)?.trim_end_matches([' ', '\t']);
    // A lone carriage return ends a line for the parser, but nothing is cut there.
    let above = before.strip_suffix('\n')?.trim_end_matches(BLANK);
    let after_blank_line = above.is_empty() || above.ends_with('\n');
    (block.interrupts || after_blank_line).then_some(before.len())
}

/// The end of the last line that can belong to the block, if it is known.
fn end_cut(lines: &str, block: &Block) -> Option<usize> {
    let end = block.range.end;
    let with_line_break = lines.get(..end)?.ends_with('\n');
    let next = if with_line_break { end } else { blank_line_end(lines, end)? };
    match block.end {
        End::OwnLine => Some(next),
        // Code that met its closing fence ends before the line break, other code with the text.
        End::Fence => (!with_line_break).then_some(next),
        End::BlankLine => blank_line_end(lines, next),
        End::NextBlock => None,
    }
}

/// The end of the line, if nothing but blanks stands between `from` and there.
fn blank_line_end(lines: &str, from: usize) -> Option<usize> {
    let rest = lines.get(from..)?.trim_start_matches(BLANK).strip_prefix('\n')?;
    Some(lines.len() - rest.len())
}
