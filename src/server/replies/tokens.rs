//! How many tokens a text is.

use tiktoken_rs::o200k_base_singleton;

/// Texts are counted in pieces of so many bytes: the time that one takes grows with the square of its longest word, which
/// may be as long as the text. A cut costs a token at most.
const PIECE: usize = 2 * 1024;

/// How many tokens a text is to the newest models of OpenAI; to others, about as many. Reads some megabytes the first time:
/// not for a thread that others wait for.
#[must_use]
pub fn count(text: &str) -> u64 {
    let tokens = o200k_base_singleton();
    let mut rest = text;
    let mut sum = 0;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        sum += tokens.count_ordinary(piece) as u64;
        rest = after;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_about_a_token_each_and_a_text_of_one_word_is_counted_too() {
        assert_eq!(count(""), 0);
        assert_eq!(count("Hello, world!"), 4);
        let long = "a".repeat(256 * 1024);
        assert!((1..=long.len() as u64).contains(&count(&long)));
        assert!(count(&"語".repeat(10_000)) >= 5_000);
    }
}
