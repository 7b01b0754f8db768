//! What stands in a message beside its text.

pub const COPY_CODE: &str = "Copy code";
/// Code of which no language is named.
pub const CODE: &str = "Code";
pub const TABLE: &str = "Table";
pub const DONE: &str = "Done";
pub const TO_DO: &str = "To do";
