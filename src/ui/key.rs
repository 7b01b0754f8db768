//! Keys of the keyboard.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::handler::effect;
use crate::texts::keys as texts;

/// Whether the keyboard is Apple's, whose commands go with ⌘ where others' go with Ctrl.
fn is_apple() -> bool {
    let agent = window().navigator().user_agent().unwrap_or_default();
    ["Mac", "iPhone", "iPad"].iter().any(|name| agent.contains(name))
}

/// Whether the key that goes with commands is held.
#[must_use]
pub fn is_command(event: &KeyboardEvent) -> bool {
    if is_apple() { event.meta_key() } else { event.ctrl_key() }
}

/// Whether the key belongs to an input method: the Enter that ends the choice of a character sends nothing, the Esc that
/// leaves it stops nothing. Safari tells of the end before the key, which it then gives the code 229.
#[must_use]
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// How a command is written on this keyboard: `⌘K`, `Ctrl K`. The server does not know the keyboard, so it
/// is written the one way first and the other once the page is alive.
#[must_use]
pub fn command(key: &'static str) -> Signal<String> {
    let apple = RwSignal::new(false);
    effect(move || apple.set(is_apple()));
    Signal::derive(move || if apple.get() { texts::apple_command(key) } else { texts::command(key) })
}
