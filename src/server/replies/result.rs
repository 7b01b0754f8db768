//! What a tool gave, as it is kept and sent.

use crate::{
    domain::{limits::TOOL_RESULT_LEAST, text::without_nul},
    texts::tools as texts,
};

/// Something, no longer than so many bytes, and text that a database takes. It says so if it was cut; what is short is not.
#[must_use]
pub(super) fn fit(result: &str, most: usize) -> String {
    let result = without_nul(result);
    if result.trim().is_empty() {
        return texts::NOTHING.to_owned();
    }
    let most = most.max(TOOL_RESULT_LEAST);
    if result.len() <= most {
        return result.into_owned();
    }
    let note = texts::cut(result.len());
    let room = result.floor_char_boundary(most.saturating_sub(note.len()));
    format!("{}{note}", result.get(..room).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::TOOL_RESULT_BYTES;

    #[test]
    fn a_result_is_something_and_never_too_long() {
        assert_eq!(fit(" \n", TOOL_RESULT_BYTES), texts::NOTHING);
        assert_eq!(fit("a\0b", TOOL_RESULT_BYTES), "a\u{fffd}b");
        assert_eq!(fit(&"x".repeat(TOOL_RESULT_BYTES), TOOL_RESULT_BYTES).len(), TOOL_RESULT_BYTES);
        let cut = fit(&"ü".repeat(TOOL_RESULT_BYTES), TOOL_RESULT_BYTES);
        assert!(cut.len() <= TOOL_RESULT_BYTES && cut.contains("cut here") && cut.starts_with("üü"));
    }

    #[test]
    fn what_is_short_is_whole_where_there_is_no_room() {
        let short = "x".repeat(TOOL_RESULT_LEAST);
        assert_eq!(fit(&short, 0), short);
        assert_eq!(fit(&"x".repeat(1_000), 0).len(), TOOL_RESULT_LEAST);
    }
}
