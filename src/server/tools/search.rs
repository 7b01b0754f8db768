//! Searches the chats that the person who asked may see.

use crate::{
    domain::{actor::Actor, day::written, id::MessageId, message::Role, text::without_nul},
    server::store::{Result, Store, in_time, tool_search::Hit},
};

/// The most that is found at a time.
const HITS: usize = 10;
/// The most words that are looked for: what has all of them is found.
const WORDS: usize = 8;
/// The longest word, in characters.
const WORD_CHARS: usize = 60;
/// How much stands around what was found, in characters on each side.
const AROUND: usize = 160;

/// What was found, for the model; with links for people.
///
/// # Errors
/// If the database fails.
pub async fn search(store: &Store, asker: &Actor, asking: MessageId, query: &str) -> Result<String> {
    let query = without_nul(query);
    let words: Vec<String> =
        query.split_whitespace().take(WORDS).map(|word| word.chars().take(WORD_CHARS).collect()).collect();
    if words.is_empty() {
        return Ok("There are no words to look for.".to_owned());
    }
    let hits = in_time(store.search_chats(asker, asking, &words, HITS)).await?;
    if hits.is_empty() {
        return Ok("Nothing was found. Try fewer or other words: only what has all of them is found.".to_owned());
    }
    let found: Vec<String> = hits.iter().map(|hit| told(hit, &words)).collect();
    Ok(found.join("\n\n"))
}

fn told(hit: &Hit, words: &[String]) -> String {
    let head = format!("[{}](/chats/{})", hit.title.replace(['[', ']'], " "), hit.chat);
    match &hit.said {
        None => format!("{head}, a chat last used {} UTC", written(hit.at)),
        Some((role, text)) => {
            let who = if *role == Role::User { "a person" } else { "the assistant" };
            format!("{head}, {who} on {} UTC: {}", written(hit.at), snippet(text, words))
        }
    }
}

/// The place in a text at which the first of the words stands, with what is around it, as one line.
fn snippet(text: &str, words: &[String]) -> String {
    let lower: Vec<char> = text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
    let find = |word: &String| {
        let word: Vec<char> = word.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
        lower.windows(word.len().max(1)).position(|window| window == word.as_slice())
    };
    let at = words.iter().filter_map(find).min().unwrap_or(0);
    let from = at.saturating_sub(AROUND);
    let part: String = text.chars().skip(from).take(2 * AROUND).collect();
    let line = part.split_whitespace().collect::<Vec<_>>().join(" ");
    let ends = from + 2 * AROUND >= lower.len();
    format!("{}{line}{}", if from > 0 { "…" } else { "" }, if ends { "" } else { "…" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_place_that_was_found() {
        let text = format!("{} Grüße aus ROM {}", "a ".repeat(500), "z ".repeat(500));
        let shown = snippet(&text, &["rom".to_owned()]);
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("Grüße aus ROM"), "{shown}");
        assert!(shown.chars().count() <= 2 * AROUND + 2);
        assert_eq!(snippet("short\ntext", &["nothing".to_owned()]), "short text");
        assert_eq!(snippet("", &["x".to_owned()]), "");
    }
}
