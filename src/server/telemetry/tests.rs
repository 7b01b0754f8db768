//! The lines of the log, as they come out.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tracing_subscriber::{Registry, layer::SubscriberExt};

use super::{LogFormat, lines};

/// A line that is none, a colour, a line of the terminal taken back, C1's way to a command, text that is read backwards,
/// and other breaks of lines.
const FORGED: &str =
    "no\n2026-11-21T00:00:00Z ERROR forged\r\x1b[31mred\u{9b}32m\u{202e}drawkcab\u{2066}\u{2028}end\x07";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(format: LogFormat, colours: bool, log: impl FnOnce()) -> String {
    let written = Written::default();
    let to = written.clone();
    let layer = lines::<Registry, _>(format, colours, move || to.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    let bytes = written.0.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8(bytes.clone()).unwrap()
}

/// The text in every place in which it can be logged.
fn everywhere() {
    let error = io::Error::other(FORGED);
    let span = tracing::info_span!("request", path = FORGED, shown = %FORGED, late = tracing::field::Empty);
    span.record("late", tracing::field::display(FORGED));
    let _entered = span.enter();
    tracing::warn!(shown = %FORGED, debug = ?FORGED, text = FORGED, error = &error as &dyn std::error::Error, "{FORGED}");
}

#[track_caller]
fn is_one_harmless_line(log: &str) {
    let line = log.strip_suffix('\n').expect("a whole line");
    let is_dangerous = |c: &char| c.is_control() || "\u{202e}\u{2066}\u{2028}".contains(*c);
    assert_eq!(line.chars().find(is_dangerous), None, "{log:?}");
}

#[test]
fn a_line_for_people_stays_one_and_says_everything() {
    let log = logged(LogFormat::Pretty, false, everywhere);
    is_one_harmless_line(&log);
    let harmless = r"no\n2026-11-21T00:00:00Z ERROR forged\r\u{1b}[31mred\u{9b}32m\u{202e}drawkcab\u{2066}\u{2028}end";
    assert_eq!(log.matches(harmless).count(), 8, "{log}");
}

#[test]
fn a_line_for_programs_stays_one_and_says_everything() {
    let log = logged(LogFormat::Json, false, everywhere);
    is_one_harmless_line(&log);
    let line: Value = serde_json::from_str(&log).unwrap();
    for value in
        [&line["message"], &line["shown"], &line["text"], &line["error"], &line["span"]["path"], &line["span"]["shown"]]
    {
        assert_eq!(value, FORGED);
    }
    assert_eq!(line["level"], "WARN");
}

#[test]
fn in_a_terminal_only_our_own_colours_are_shown() {
    let log = logged(LogFormat::Pretty, true, everywhere);
    assert!(log.contains("\x1b[3mshown\x1b[0m") && !log.contains("\x1b[31m"), "{log:?}");
    assert_eq!(log.lines().count(), 1, "{log:?}");
}

#[test]
fn what_is_harmless_is_left_as_it_is() {
    let log = logged(LogFormat::Pretty, false, || tracing::info!(name = %"Zoë 語 👩‍💻 C:\\temp", count = 3, "Héllo"));
    assert!(log.trim_end().ends_with(r"INFO Héllo name=Zoë 語 👩‍💻 C:\temp count=3"), "{log}");
}
