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

fn start_cut(lines: &str, block: &Block) -> Option<usize> {
    let before = lines.get(..block.range.start)?;
    let line = before.rfind('\n')? + 1;
    let indent = before.get(line..)?;
    // A lone carriage return ends a line too, but nothing is cut there.
    if !indent.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
        return None;
    }
    if block.interrupts {
        return Some(line);
    }
    let above = before.get(..line - 1)?;
    let above = above.rsplit_once('\n').map_or(above, |(_, above)| above);
    is_blank(above).then_some(line)
}

fn end_cut(lines: &str, block: &Block) -> Option<usize> {
    let end = block.range.end;
    let has_line_break = lines.get(..end)?.ends_with('\n');
    let next = if has_line_break { end } else { blank_line_end(lines, end)? };
    match block.end {
        End::OwnLine => Some(next),
        // Code that has met its closing fence ends there, before the line break; other code ends with the text.
        End::Fence => (!has_line_break).then_some(next),
        End::BlankLine => blank_line_end(lines, next),
        End::NextBlock => None,
    }
}

/// The end of the line, if nothing but blanks stands between `from` and there.
fn blank_line_end(lines: &str, from: usize) -> Option<usize> {
    let line = lines.get(from..)?.split_once('\n')?.0;
    is_blank(line).then_some(from + line.len() + 1)
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}
