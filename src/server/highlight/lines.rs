//! Texts whose lines have a class as a whole.

use super::Emit;

/// A patch.
pub(super) fn read_patch(code: &str, emit: &mut Emit<'_>) {
    for line in code.split_inclusive('\n') {
        let class = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'd', b'i', b'f', b'f', ..] => "keyword",
            [b'@', b'@', ..] => "function",
            [b'+', ..] => "inserted",
            [b'-', ..] => "deleted",
            _ => "",
        };
        emit(class, line);
    }
}

/// Markdown.
pub(super) fn read_markdown(code: &str, emit: &mut Emit<'_>) {
    for line in code.split_inclusive('\n') {
        let class = match line.trim_start().as_bytes() {
            [b'#', ..] => "keyword",
            [b'>', ..] => "comment",
            [b'`', b'`', b'`', ..] | [b'~', b'~', b'~', ..] => "string",
            _ => "",
        };
        emit(class, line);
    }
}
