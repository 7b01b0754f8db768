//! What keys are called.

pub const ENTER: &str = "Enter";
pub const SHIFT_ENTER: &str = "Shift Enter";
pub const ESC: &str = "Esc";
pub const TAB: &str = "Tab";
pub const QUESTION_MARK: &str = "?";

// Those that go with the key for commands.

pub const K: &str = "K";
pub const SHIFT_O: &str = "Shift O";

/// A command on Apple's keyboards: `⌘K`, `⌘⇧O`.
#[must_use]
pub fn apple_command(key: &str) -> String {
    format!("⌘{}", key.replace("Shift ", "⇧"))
}

/// A command on all others: `Ctrl K`, `Ctrl Shift O`.
#[must_use]
pub fn command(key: &str) -> String {
    format!("Ctrl {key}")
}
