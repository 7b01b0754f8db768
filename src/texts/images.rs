//! What is said about pictures that cannot be taken.

use crate::domain::limits::PICTURE_BYTES;

pub const NO_FILE: &str = "Choose a picture first.";
pub const NO_PICTURE: &str = "This is no picture that can be shown here. Take a PNG, JPEG or WebP file.";
pub const BROKEN: &str = "The picture is broken or breaks off. Save it anew, or take another one.";

/// A file that is too long.
#[must_use]
pub fn too_many_bytes() -> String {
    format!(
        "The picture is too large: at most {} MB. Make it smaller, or take another one.",
        PICTURE_BYTES / 1024 / 1024
    )
}

/// A picture with too many points.
#[must_use]
pub fn too_many_points(most: u64) -> String {
    format!(
        "The picture has too many points: at most {} million. Make it smaller, or take another one.",
        most / 1_000_000
    )
}
