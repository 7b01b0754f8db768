//! A text that grows shows what it will have been.

use super::{
    super::{Carry, Definitions, Document, render, render::render as render_piece},
    corpus::{FRAGMENTS, TEXTS},
    inert::assert_inert,
};
use proptest::prelude::*;

fn grown<'a>(parts: impl IntoIterator<Item = &'a str>) -> (String, Vec<String>) {
    let mut document = Document::default();
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
        document.update(&text);
    }
    document.finish();
    assert_eq!(document.open(), "");
    (text, document.closed().iter().map(ToString::to_string).collect())
}

fn characters(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()])
}

/// A text in parts, from fragments.
fn parts(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..most)
}

#[test]
fn every_prefix_of_the_corpus_renders_and_is_inert() {
    for text in TEXTS {
        let mut document = Document::default();
        for (at, c) in text.char_indices() {
            let prefix = &text[..at + c.len_utf8()];
            render(prefix).iter().for_each(|block| assert_inert(block));
            document.update(prefix);
            assert_inert(document.open());
            document.closed().iter().for_each(|block| assert_inert(block));
        }
    }
}

#[test]
fn the_corpus_reads_the_same_live_and_after_a_reload() {
    for text in TEXTS {
        assert_eq!(grown(characters(text)).1, render(text));
        assert_eq!(grown(text.split_inclusive('\n')).1, render(text));
        assert_eq!(grown([*text]).1, render(text));
    }
}

#[test]
fn a_closed_block_stays_closed() {
    let text = TEXTS[0].split("See [1]").next().unwrap();
    let mut document = Document::default();
    let mut before = Vec::new();
    for (at, _) in text.char_indices() {
        document.update(&text[..at]);
        assert!(document.closed().starts_with(&before));
        before = document.closed().to_vec();
    }
    assert!(before.len() > 5);
}

#[test]
fn what_is_not_closed_yet_is_shown_as_far_as_it_goes() {
    let mut document = Document::default();
    document.update("One\n\nTwo **b");
    assert_eq!(document.closed(), ["<p>One</p>".into()]);
    assert_eq!(document.open(), "<p>Two **b</p>");
    document.update("One\n\nTwo **bold**\n# He");
    assert_eq!(document.open(), "<p>Two <strong>bold</strong></p>\n<h3>He</h3>");
}

#[test]
fn open_code_is_shown_while_it_grows() {
    let mut document = Document::default();
    let mut text = "Look:\n\n```rs\n".to_owned();
    document.update(&text);
    for line in ["fn a() {\n", "    1 < 2\r\n", "``", "`"] {
        text.push_str(line);
        document.update(&text);
    }
    let code = "<code data-language=\"rs\">fn a() {\n    1 &lt; 2\n</code></pre></figure>";
    assert!(document.open().ends_with(code), "{}", document.open());
    assert_eq!(document.closed().len(), 1);
    text.push('\n');
    document.update(&text);
    assert!(document.closed()[1].ends_with(code));
    assert_eq!(document.open(), "");
}

#[test]
fn a_definition_changes_the_blocks_that_waited_for_it_and_no_others() {
    let mut document = Document::default();
    let text = "See [a].\n\nMore [b].\n\nNone.\n\n";
    document.update(text);
    let before = document.closed().to_vec();
    document.update(&format!("{text}[a]: https://example.com\n"));
    let after = document.closed();
    assert!(after[0].contains("href=\"https://example.com\""));
    assert!(std::ptr::eq(&*before[1], &*after[1]));
    assert!(std::ptr::eq(&*before[2], &*after[2]));
}

#[test]
fn how_often_an_address_was_copied_is_counted_anew_with_each_definition() {
    let long = format!("https://example.com/{}", "x".repeat(30_000));
    let text = format!("[a]\n\n[b]\n\n[a]: {long}\n\n[c]\n\n[b]: https://b\n\n[c]: https://c\n\n[a]\n\n[a]\n\n[a]\n");
    let (_, live) = grown(text.split_inclusive('\n'));
    assert_eq!(live, render(&text));
    assert_eq!(live.iter().filter(|block| block.contains(&long)).count(), 3);
}

#[test]
fn a_text_that_does_not_go_on_from_the_last_one_is_a_new_one() {
    let mut document = Document::default();
    document.update("One\n\nTwo\n\n");
    document.update("One\n\nThree");
    assert_eq!(document.closed(), ["<p>One</p>".into()]);
    assert_eq!(document.open(), "<p>Three</p>");
    document.finish();
    document.update("One\n\nThree and\n\nfour");
    document.finish();
    assert_eq!(document.closed().len(), 3);
}

#[test]
fn to_finish_twice_changes_nothing() {
    let mut document = Document::default();
    document.update("a");
    document.finish();
    document.update("a");
    document.finish();
    assert_eq!(document.closed(), ["<p>a</p>".into()]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn live_equals_reload(parts in parts(24)) {
        let (text, live) = grown(parts);
        prop_assert_eq!(live, render(&text));
    }

    #[test]
    fn live_equals_reload_by_characters(parts in parts(16)) {
        let text = parts.concat();
        prop_assert_eq!(grown(characters(&text)).1, render(&text));
    }

    #[test]
    fn whatever_stands_there_is_inert(parts in parts(24)) {
        let mut document = Document::default();
        let text = parts.concat();
        for (at, _) in text.char_indices() {
            document.update(&text[..at]);
            assert_inert(document.open());
        }
        document.finish();
        document.closed().iter().for_each(|block| assert_inert(block));
    }

    /// So nothing is lost by reading a text in pieces. Labels that differ in more than the case of their letters,
    /// such as ß and SS, match within a piece alone.
    #[test]
    fn the_pieces_read_as_the_whole_does(parts in parts(24)) {
        let text = parts.concat().replace('ß', "s");
        let mut definitions = Definitions::default();
        definitions.read(&[&text], "");
        let mut whole = Vec::new();
        render_piece(&text, &definitions, &mut Carry::default(), None, &mut whole);
        prop_assert_eq!(whole, render(&text));
    }
}
