//! A chat's title as a model makes it.

use super::chat::{clean_title, cut_at_word};

/// The most characters of one: what the list at the side shows.
const CHARS: usize = 60;

/// What models put before a title although they were asked for it alone.
const LABELS: [&str; 3] = ["title:", "chat title:", "conversation title:"];

/// What may stand around a title and is not of it.
const AROUND: [char; 15] = ['"', '\'', '`', '*', '_', '“', '”', '„', '‘', '’', '«', '»', '「', '」', ' '];

/// The title in what a model answered: its first line that says something, without what is around it. `None` if there is
/// none in it.
#[must_use]
pub fn title_of(answer: &str) -> Option<String> {
    let mut line = said(answer)?.lines().map(bare).find(|line| line.chars().any(char::is_alphanumeric))?;
    for label in LABELS {
        let is_label = line.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label));
        if let Some(rest) = line.get(label.len()..).filter(|_| is_label) {
            line = bare(rest);
        }
    }
    let line = clean_title(line)?;
    line.chars().any(char::is_alphanumeric).then(|| cut_at_word(&line, CHARS))
}

/// What is said after what was thought aloud; `None` if it was only thought.
fn said(answer: &str) -> Option<&str> {
    let answer = answer.trim_start();
    if !answer.starts_with("<think") {
        return Some(answer);
    }
    answer.split_once("</think>").map(|(_, said)| said)
}

/// A line without what is around it: marks, and a stop at its end. A question keeps its mark.
fn bare(line: &str) -> &str {
    let mut line = line.trim();
    loop {
        let inner = line.trim_matches(AROUND).trim();
        let inner = inner.strip_prefix("- ").unwrap_or(inner).trim_start_matches('#').trim();
        // Three stops are no end of a sentence.
        let is_stop = !inner.ends_with("..") && (inner.ends_with('.') || inner.ends_with('。'));
        let inner = if is_stop { inner.trim_end_matches(['.', '。']) } else { inner };
        if inner == line {
            return line;
        }
        line = inner;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn title(answer: &str) -> String {
        title_of(answer).unwrap_or_default()
    }

    #[test]
    fn what_is_around_a_title_is_taken_off() {
        for answer in [
            "Planning a trip",
            " \"Planning a trip.\"\n",
            "**Title: \"Planning a trip\"**",
            "# Planning a trip",
            "\n\n„Planning a trip“.",
            "<think>\nThey want a trip.\n</think>\n\nPlanning a trip",
            "- Planning a trip\n- Going away",
            "title: Planning a trip\nIt is about a trip.",
        ] {
            assert_eq!(title(answer), "Planning a trip", "{answer:?}");
        }
    }

    #[test]
    fn what_is_of_the_title_stays() {
        assert_eq!(title("What is C++?"), "What is C++?");
        assert_eq!(title("# Learning C#"), "Learning C#");
        assert_eq!(title("Wait..."), "Wait...");
        assert_eq!(title("旅行の計画。"), "旅行の計画");
        assert_eq!(title("The \"Difference\" Engine"), "The \"Difference\" Engine");
        assert_eq!(title("L’état, c’est moi"), "L’état, c’est moi");
    }

    #[test]
    fn an_answer_without_a_title_is_none() {
        for answer in ["", " \n ", "\"\"", "...", "<think>They want", "<think>a</think> ", "Title:", "***"] {
            assert_eq!(title_of(answer), None, "{answer:?}");
        }
    }

    #[test]
    fn a_long_one_is_cut() {
        let long = title(&"wonderful ".repeat(20));
        assert!(long.ends_with("wonderful…") && long.chars().count() <= CHARS + 1, "{long}");
    }

    proptest! {
        #[test]
        fn whatever_a_model_says_a_title_is_one_short_line(answer in "(\\PC|[\n\r\t\"'*#. ]){0,200}") {
            if let Some(title) = title_of(&answer) {
                prop_assert!(!title.is_empty() && title.chars().count() <= CHARS + 1);
                prop_assert!(!title.chars().any(char::is_control));
                prop_assert_eq!(title.trim(), &title);
            }
        }
    }
}
