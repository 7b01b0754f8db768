//! What people, models and other programs write cannot become more than a part of its line of the log.
//!
//! Everything that is logged passes through here, whoever logs it and however: a break of the line would begin another
//! one, which might say anything; ESC and its like are commands for the terminal that shows the log; and marks of
//! direction let a line be read in another order than the one in which it stands.

use std::fmt::{self, Write};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{
        FmtContext,
        format::{FormatEvent, FormatFields, Writer},
    },
    registry::LookupSpan,
};

/// Control characters, breaks of lines, and marks of direction ("Trojan Source", CVE-2021-42574).
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Hands on a text with every dangerous character written by `escape`.
fn write_escaped(out: &mut dyn Write, text: &str, escape: impl Fn(&mut dyn Write, char) -> fmt::Result) -> fmt::Result {
    for piece in text.split_inclusive(is_dangerous) {
        let last = piece.chars().next_back().filter(|c| is_dangerous(*c));
        out.write_str(piece.strip_suffix(is_dangerous).unwrap_or(piece))?;
        if let Some(dangerous) = last {
            escape(out, dangerous)?;
        }
    }
    Ok(())
}

/// Writes text as it may stand in a line for people: with `\n`, `\u{1b}`.
struct ForPeople<'a>(&'a mut dyn Write);

impl Write for ForPeople<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_escaped(self.0, text, |out, c| write!(out, "{}", c.escape_default()))
    }
}

/// Writes a line of JSON, in which dangerous characters are in strings alone, but for the break at its end.
struct ForPrograms<'a>(&'a mut dyn Write);

impl Write for ForPrograms<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_escaped(self.0, text, |out, c| match c {
            // JSON has escaped those of the text itself.
            '\n' => out.write_char(c),
            c => write!(out, "\\u{:04x}", u32::from(c)),
        })
    }
}

/// The fields of spans and events in lines for people: the message, then `name=value` with blanks between them.
#[derive(Debug)]
pub(super) struct Fields;

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line { writer, is_empty: true, outcome: Ok(()) };
        fields.record(&mut line);
        line.outcome
    }
}

struct Line<'writer> {
    writer: Writer<'writer>,
    is_empty: bool,
    outcome: fmt::Result,
}

impl Line<'_> {
    fn write(&mut self, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
        if !self.is_empty {
            self.writer.write_char(' ')?;
        }
        self.is_empty = false;
        match name {
            "message" => {}
            name if self.writer.has_ansi_escapes() => write!(self.writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m")?,
            name => write!(self.writer, "{name}=")?,
        }
        ForPeople(&mut self.writer).write_fmt(value)
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.record_debug(field, &format_args!("{value}")),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // What the `log` crate notes about its own lines is no field of them.
        if self.outcome.is_ok() && !field.name().starts_with("log.") {
            self.outcome = self.write(field.name(), format_args!("{value:?}"));
        }
    }
}

/// Lines for programs, as another formatter makes them.
#[derive(Debug)]
pub(super) struct JsonLines<F>(pub(super) F);

impl<S, N, F> FormatEvent<S, N> for JsonLines<F>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        self.0.format_event(context, Writer::new(&mut ForPrograms(&mut writer)), event)
    }
}
