//! A panic is a line of the log, with the request or the reply in which it happened.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::{PanicHookInfo, set_hook},
};

/// Has panics logged, wherever they happen. Left alone they would be printed as they are, in lines that nobody escapes
/// and that are no JSON.
pub(super) fn log() {
    set_hook(Box::new(write));
}

fn write(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("of an unknown kind");
    let place = panic.location().map(tracing::field::display);
    // Where RUST_BACKTRACE asks for it.
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| tracing::field::display(backtrace));
    tracing::error!(place, panic = message, backtrace, "the program panicked");
}
