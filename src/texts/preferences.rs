//! How a person likes it: the theme, the keys.

pub const THEME_SYSTEM: &str = "Theme: system";
pub const THEME_LIGHT: &str = "Theme: light";
pub const THEME_DARK: &str = "Theme: dark";

pub const SHORTCUTS: &str = "Keyboard shortcuts";
pub const SEND: &str = "Send";
pub const BREAK_LINE: &str = "Break the line";
pub const STOP: &str = "Stop the reply";
pub const SEARCH: &str = "Search chats";
pub const NEW: &str = "New chat";
pub const MOVE_ON: &str = "Move to the next part of the page";
pub const THIS_LIST: &str = "This list";
pub const CLOSE: &str = "Close";
