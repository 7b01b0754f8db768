//! What text has to be to be kept.

use std::borrow::Cow;

/// The text with U+FFFD in place of NUL, as pages show it: PostgreSQL has no way to keep a NUL in a text.
#[must_use]
pub fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}
