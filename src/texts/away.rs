//! The page that stands in place of all others while the server cannot make them.

pub const HEADING: &str = "Not available";
pub const AGAIN: &str = "Try again";
