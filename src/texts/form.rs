//! What is said about a request whose fields are not the ones that are expected.

/// A field that is not known, and the ones that are.
#[must_use]
pub fn unknown(field: &str, known: &[&str]) -> String {
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    format!("The request has a field that is not known here: {field}. Known are: {known}.")
}

/// A field that is there more than once.
#[must_use]
pub fn repeated(field: &str) -> String {
    format!("The request has the field {field} more than once. Send it once.")
}

/// A field that is not there.
#[must_use]
pub fn missing(field: &str) -> String {
    format!("The request lacks the field {field}. Fill it in and try again.")
}

/// A field with a value that it cannot have.
#[must_use]
pub fn unfit(field: &str) -> String {
    format!("The field {field} has a value that it cannot have. Correct it and try again.")
}

/// Bytes that are no text.
pub const NO_TEXT: &str = "The request holds something that is not UTF-8 text.";
