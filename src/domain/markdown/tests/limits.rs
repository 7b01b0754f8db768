//! No text is too much: not for the stack, not for the clock, not for the page.

use super::super::{Document, render};
use std::{
    thread,
    time::{Duration, Instant},
};

const BYTES: usize = 256 * 1024;

fn repeated(pattern: &str) -> String {
    pattern.repeat(BYTES / pattern.len())
}

/// `deep`, and below it lines that each would have to be compared with all of its levels.
fn then_lines(deep: &str, line: &str) -> String {
    format!("{}a\n{}", deep.repeat(BYTES / 2 / deep.len()), line.repeat(BYTES / 2 / line.len()))
}

fn hard_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        ">",
        "> ",
        "[",
        "![",
        "]",
        "- ",
        "1. ",
        "-\n",
        "> - ",
        "# ",
        "#\n",
        "*a **a ",
        "**a *a",
        "*_",
        "a**b",
        "`",
        "`a``",
        "```\n",
        "<",
        "<a ",
        "<a\n",
        "<!--",
        "<?",
        "</",
        "&",
        "\\",
        "[a](",
        "[a](<b",
        "[a][",
        "[a]",
        "[a]: b\n",
        "[a]: b '\n",
        "[a\n",
        "![a](",
        "|\n",
        "| a ",
        "|-",
        "- a\n",
        "a\r",
        "\r# ",
        "\t",
        "\0",
        "é",
        "<http://a.b>",
    ]
    .map(repeated)
    .into();
    let quotes = (1..700).map(|depth| "> ".repeat(depth) + "a\n").collect::<String>();
    let lists = (1..500).map(|depth| "  ".repeat(depth) + "- a\n").collect::<String>();
    texts.extend([quotes.clone() + &"a\n".repeat(9_000), lists.clone() + &"a\n".repeat(9_000), quotes, lists]);
    texts.extend([
        then_lines("> ", "a\n"),
        then_lines("- ", "a\n"),
        then_lines("- ", "\n"),
        then_lines("- ", "\n a\n"),
    ]);
    texts.extend([then_lines("|a", "a\n"), format!("{}|\n{}", then_lines("|a", "|-"), "a\n".repeat(999))]);
    texts.push(format!("{}|\n{}|\n{}", "|a".repeat(4_000), "|-".repeat(4_000), "a\n".repeat(9_000)));
    texts.push(repeated("[a]\n\n").replacen("[a]", &format!("[a]: https://{}", "b".repeat(50_000)), 1));
    texts
}

#[test]
fn no_text_is_too_much() {
    for text in hard_texts() {
        let opening: String = text.chars().take(20).collect();
        let start = Instant::now();
        let bytes: usize = render(&text).iter().map(String::len).sum();
        assert!(start.elapsed() < Duration::from_secs(5), "{opening:?} took {:?}", start.elapsed());
        assert!(bytes < 64 * BYTES, "{opening:?} made {bytes} bytes");
    }
}

#[test]
fn no_text_is_too_much_while_it_grows() {
    for text in hard_texts() {
        let opening: String = text.chars().take(20).collect();
        let mut document = Document::default();
        for third in 1..=3 {
            let end = text.floor_char_boundary(text.len() * third / 3);
            let start = Instant::now();
            document.update(&text[..end]);
            assert!(start.elapsed() < Duration::from_secs(5), "{opening:?} took {:?}", start.elapsed());
        }
        document.finish();
        assert!(document.closed().iter().map(ToString::to_string).eq(render(&text)), "{opening:?}");
    }
}

#[test]
fn nesting_needs_no_stack() {
    let small = thread::Builder::new().stack_size(256 * 1024);
    let nested = || hard_texts().iter().map(|text| render(text).len()).sum::<usize>();
    assert!(small.spawn(nested).unwrap().join().unwrap() > 0);
}

#[test]
fn a_page_nests_only_so_deep() {
    for pattern in ["> ", "- ", "1. ", "*a **a "] {
        let html = render(&pattern.repeat(150)).concat();
        let deepest = html.split('<').fold((0_i32, 0), |(depth, deepest), tag| {
            let depth = depth + if tag.starts_with('/') { -1 } else { 1 };
            (depth, deepest.max(depth))
        });
        assert!(deepest.1 < 140, "{pattern}: {}", deepest.1);
    }
}

#[test]
fn what_is_too_much_is_shown_as_it_is() {
    let text = format!("# A\n\n{}b < c\n# D\n", "> ".repeat(300));
    let blocks = render(&text);
    assert_eq!(blocks[0], "<h3>A</h3>");
    assert!(blocks[1].starts_with("<p class=\"raw\">&gt; &gt; "));
    assert!(blocks[1].ends_with("b &lt; c\n# D</p>"));
}

#[test]
fn a_table_is_too_much_beyond_64_columns() {
    let table = |columns: usize| format!("{}\n{}\n", "|a".repeat(columns), "|-".repeat(columns));
    assert!(render(&table(64)).concat().contains("<table>"));
    assert!(!render(&table(66)).concat().contains("<table>"));
}

#[test]
fn long_lines_are_not_too_much() {
    for line in ["-".repeat(900), "=".repeat(900), " ".repeat(900), format!("| {} |", "a".repeat(900))] {
        assert!(!render(&format!("a\n\n{line}\n\nb")).concat().contains("raw"), "{line}");
    }
}
