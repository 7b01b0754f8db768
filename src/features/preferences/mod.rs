//! How a person likes it: the theme, the keys.

mod shortcuts;
mod theme;

pub use shortcuts::{Shortcuts, ShortcutsButton, ShortcutsDialog};
pub use theme::{THEME_SCRIPT, ThemeButton};
