//! The check of what people write, before it is sent to a model.

pub const NO_CHECK: &str = "The provider of this model has no check that could be asked.";
pub const KEY_REFUSED: &str = "The provider refuses the key of this server for its check.";
pub const USED_UP: &str = "The account at the provider is used up: an admin of the workspace, or whoever runs this \
     server, has to add credit to it.";
pub const BROKEN: &str = "The provider's check does not answer.";

/// How many categories are named.
const NAMED: usize = 4;
/// The longest category of the provider's own that is named, in characters.
const CATEGORY_CHARS: usize = 40;

/// Why a message was not sent, by the provider's names of what it found.
#[must_use]
pub fn flagged(found: &[String]) -> String {
    let words: Vec<String> = found.iter().filter_map(|name| category(name)).take(NAMED).collect();
    let what = if words.is_empty() { "something".to_owned() } else { words.join(", ") };
    format!(
        "This message was not sent to the model: the provider's check found {what} in it. Edit it and send it again."
    )
}

/// Why a message was not sent that could not be checked.
#[must_use]
pub fn not_checked(why: &str) -> String {
    let why = if why.is_empty() { BROKEN } else { why };
    format!(
        "This message was not sent to the model, since messages are checked first here and it could not be. {why} Try \
         again; if it stays, an admin can switch the check off on the workspace's page."
    )
}

/// A category in words; nothing for one without a name.
fn category(name: &str) -> Option<String> {
    let known = match name {
        "harassment/threatening" => "threatening harassment",
        "hate/threatening" => "threatening hate",
        "illicit" => "advice on wrongdoing",
        "illicit/violent" => "advice on violent wrongdoing",
        "self-harm" => "self-harm",
        "self-harm/intent" => "an intent of self-harm",
        "self-harm/instructions" => "instructions for self-harm",
        "sexual" => "sexual content",
        "sexual/minors" => "sexual content about minors",
        "violence/graphic" => "graphic violence",
        _ => "",
    };
    if !known.is_empty() {
        return Some(known.to_owned());
    }
    let spaced = name.replace(['/', '_', '-'], " ");
    let words = spaced.chars().filter(|c| c.is_alphanumeric() || *c == ' ').take(CATEGORY_CHARS).collect::<String>();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_named_in_words() {
        let said = flagged(&["self-harm/intent".to_owned(), "violence".to_owned(), "jail_break".to_owned()]);
        assert!(said.contains("found an intent of self-harm, violence, jail break in it."), "{said}");
        assert!(flagged(&[String::new()]).contains("found something in it."));
        assert!(!flagged(&["<b>\u{202e}x</b>".to_owned()]).contains(['<', '\u{202e}']));
    }
}
