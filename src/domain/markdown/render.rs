//! A piece of text as HTML.

use super::{bare, code, definitions::Definitions, escape::push_escaped, links::Link, options, tables::Table};
use crate::texts::markdown as texts;
use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, TextMergeStream};
use std::mem;

/// Colours code: from the language and the code to HTML.
pub(super) type Highlight<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// How deep lists, quotes and emphasis are shown to nest. What is deeper keeps its text: no browser bears a page that
/// nests by the thousand, and 64 KB of `>` would make one.
const DEPTH: usize = 64;

/// What rendering hands on from one piece of a text to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carry {
    /// The levels of the headings that the text stands under, one bit a level.
    pub headings: u8,
    /// How many bytes of addresses were copied from definitions.
    pub copied: usize,
}

/// Adds the HTML of each top-level block of `piece` to `blocks`.
pub(super) fn render(
    piece: &str,
    definitions: &Definitions,
    carry: &mut Carry,
    highlight: Option<Highlight<'_>>,
    blocks: &mut Vec<String>,
) {
    // That a label is defined is enough for the parser; where it leads is for `Link` to say.
    let defined = |link: BrokenLink<'_>| {
        let nowhere = (CowStr::Borrowed(""), CowStr::Borrowed(""));
        definitions.address(&link.reference).map(|_| nowhere)
    };
    let mut writer = Writer {
        html: String::new(),
        carry,
        highlight,
        open: 0,
        depth: 0,
        heading: 0,
        code: None,
        link: Link::new(definitions),
        table: Table::default(),
    };
    // Merged, so that an address comes in one piece.
    for event in TextMergeStream::new(Parser::new_with_broken_link_callback(piece, options(), Some(defined))) {
        writer.write(event);
        if writer.open == 0 {
            let html = mem::take(&mut writer.html);
            blocks.push(html.trim_end().to_owned());
        }
    }
}

struct Writer<'a> {
    /// The top-level block in the making.
    html: String,
    carry: &'a mut Carry,
    highlight: Option<Highlight<'a>>,
    /// How many of the parser's tags are open.
    open: usize,
    /// How many of them count towards [`DEPTH`].
    depth: usize,
    /// The level that the open heading is shown at.
    heading: u32,
    /// The language and the text of the open code block.
    code: Option<(String, String)>,
    link: Link<'a>,
    table: Table,
}

impl Writer<'_> {
    fn write(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => {
                self.open += 1;
                self.start(tag);
            }
            Event::End(tag) => {
                self.end(tag);
                self.open = self.open.saturating_sub(1);
            }
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None if self.link.is_open() => push_escaped(&mut self.html, &text),
                None => bare::push(&mut self.html, &text),
            },
            Event::Code(text) => {
                self.html.push_str("<code>");
                push_escaped(&mut self.html, &text);
                self.html.push_str("</code>");
            }
            Event::Html(text) | Event::InlineHtml(text) => push_escaped(&mut self.html, &text),
            Event::SoftBreak => self.html.push('\n'),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::TaskListMarker(done) => self.tick(done),
            // Of options that are off.
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.html.push_str("<p>"),
            Tag::HtmlBlock => self.html.push_str("<p class=\"raw\">"),
            Tag::Heading { level, .. } => self.start_heading(level),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                self.code = Some((code::language(&info).to_owned(), String::new()));
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => self.code = Some(Default::default()),
            Tag::BlockQuote(_) => self.nest("<blockquote>\n"),
            Tag::List(None) => self.nest("<ul>\n"),
            Tag::List(Some(1)) => self.nest("<ol>\n"),
            Tag::List(Some(first)) => self.nest(&format!("<ol start=\"{first}\">\n")),
            Tag::Item if self.depth <= DEPTH => self.html.push_str("<li>"),
            Tag::Item => self.html.push('\n'),
            Tag::Emphasis => self.nest("<em>"),
            Tag::Strong => self.nest("<strong>"),
            Tag::Strikethrough => self.nest("<del>"),
            Tag::Link { link_type, dest_url, id, .. } | Tag::Image { link_type, dest_url, id, .. } => {
                self.link.start(&mut self.html, self.carry, link_type, &dest_url, &id);
            }
            Tag::Table(alignments) => self.table.start(&mut self.html, alignments),
            Tag::TableHead => self.table.start_head(&mut self.html),
            Tag::TableRow => self.table.start_row(&mut self.html),
            Tag::TableCell => self.table.start_cell(&mut self.html),
            // Of options that are off.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.close("</p>\n"),
            TagEnd::Heading(_) => self.close(&format!("</h{}>\n", self.heading)),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::BlockQuote(_) => self.unnest("</blockquote>\n"),
            TagEnd::List(false) => self.unnest("</ul>\n"),
            TagEnd::List(true) => self.unnest("</ol>\n"),
            TagEnd::Item if self.depth <= DEPTH => self.close("</li>\n"),
            TagEnd::Emphasis => self.unnest("</em>"),
            TagEnd::Strong => self.unnest("</strong>"),
            TagEnd::Strikethrough => self.unnest("</del>"),
            TagEnd::Link | TagEnd::Image => self.link.end(&mut self.html),
            TagEnd::Table => Table::end(&mut self.html),
            TagEnd::TableHead => self.table.end_head(&mut self.html),
            TagEnd::TableRow => self.table.end_row(&mut self.html),
            TagEnd::TableCell => self.table.end_cell(&mut self.html),
            _ => {}
        }
    }

    fn nest(&mut self, tag: &str) {
        self.depth += 1;
        if self.depth <= DEPTH {
            self.html.push_str(tag);
        }
    }

    fn unnest(&mut self, tag: &str) {
        if self.depth <= DEPTH {
            self.html.push_str(tag);
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// The box before a task, ticked if it is done.
    fn tick(&mut self, done: bool) {
        let (checked, name) = if done { (" checked", texts::DONE) } else { ("", texts::TO_DO) };
        self.html.push_str("<input type=\"checkbox\" disabled");
        self.html.push_str(checked);
        self.html.push_str(" aria-label=\"");
        push_escaped(&mut self.html, name);
        self.html.push_str("\"> ");
    }

    /// Closes an element whose text may end in a line break, which is not shown.
    fn close(&mut self, tag: &str) {
        let end = self.html.trim_end_matches('\n').len();
        self.html.truncate(end);
        self.html.push_str(tag);
    }

    /// Headings are shown from the third level, since the first two are the page's, and by their place rather than
    /// their number: models like to begin with `##` or `###`, and a screen reader would announce a level that is
    /// missing.
    fn start_heading(&mut self, level: HeadingLevel) {
        let bit = 1_u8 << (level as u8 - 1);
        let above = self.carry.headings & (bit - 1);
        self.carry.headings = above | bit;
        self.heading = (3 + above.count_ones()).min(6);
        self.html.push_str(&format!("<h{}>", self.heading));
    }

    fn end_code(&mut self) {
        let Some((language, text)) = self.code.take() else {
            return;
        };
        let highlighted = self.highlight.and_then(|highlight| highlight(&language, &text));
        // Code in a language that is not known is as marked as it will ever be.
        code::open(&mut self.html, &language, self.highlight.is_some());
        match highlighted {
            Some(spans) => self.html.push_str(&spans),
            None => push_escaped(&mut self.html, &text),
        }
        self.html.push_str(code::CLOSE);
    }
}
