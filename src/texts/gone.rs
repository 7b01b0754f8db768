//! What is said where something goes while somebody uses it.

/// What a change refers to is not there any more.
pub const MEANWHILE: &str = "Something that was chosen here has been deleted meanwhile. Load the page again, choose another one, and try again.";
