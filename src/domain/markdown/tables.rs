//! Tables.

use pulldown_cmark::Alignment;

use super::escape::push_escaped;
use crate::texts::markdown as texts;

/// The table that is being written.
#[derive(Default)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    in_head: bool,
    column: usize,
    /// Where the open cell begins, and where its text does.
    cell: (usize, usize),
    /// Where the empty cells at the end of the row begin, and at which column.
    filled: (usize, usize),
}

impl Table {
    pub(super) fn start(&mut self, html: &mut String, alignments: Vec<Alignment>) {
        *self = Self { alignments, ..Self::default() };
        // Wide tables scroll within themselves; the name and the tab stop are for those who scroll by keyboard. No
        // region: landmarks need names of their own, and a page has many tables.
        html.push_str("<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"");
        push_escaped(html, texts::TABLE);
        html.push_str("\"><table>\n");
    }

    pub(super) fn end(html: &mut String) {
        html.push_str("</tbody></table></div>\n");
    }

    pub(super) fn start_head(&mut self, html: &mut String) {
        html.push_str("<thead><tr>");
        self.in_head = true;
        self.column = 0;
    }

    pub(super) fn end_head(&mut self, html: &mut String) {
        html.push_str("</tr></thead><tbody>\n");
        self.in_head = false;
    }

    pub(super) fn start_row(&mut self, html: &mut String) {
        html.push_str("<tr>");
        self.column = 0;
        self.filled = (html.len(), 0);
    }

    /// Ends the row with one cell in place of the empty ones at its end: the parser fills short rows, and 64 KB of
    /// short rows under a wide head would come to 20 MB.
    pub(super) fn end_row(&mut self, html: &mut String) {
        let (end, column) = self.filled;
        html.truncate(end);
        match self.column.saturating_sub(column) {
            0 => {}
            1 => html.push_str("<td></td>"),
            empty => html.push_str(&format!("<td colspan=\"{empty}\"></td>")),
        }
        html.push_str("</tr>\n");
    }

    pub(super) fn start_cell(&mut self, html: &mut String) {
        let start = html.len();
        html.push_str(if self.in_head { "<th scope=\"col\"" } else { "<td" });
        html.push_str(match self.alignments.get(self.column) {
            Some(Alignment::Center) => " class=\"center\">",
            Some(Alignment::Right) => " class=\"right\">",
            _ => ">",
        });
        self.cell = (start, html.len());
        self.column += 1;
    }

    pub(super) fn end_cell(&mut self, html: &mut String) {
        let (start, text) = self.cell;
        let empty = html.get(text..).is_none_or(|text| text.trim().is_empty());
        if self.in_head && empty {
            // It heads nothing, and is not announced as if it did.
            html.truncate(start);
            html.push_str("<td></td>");
            return;
        }
        html.push_str(if self.in_head { "</th>" } else { "</td>" });
        if !empty {
            self.filled = (html.len(), self.column);
        }
    }
}
