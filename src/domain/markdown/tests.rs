use super::*;
use proptest::prelude::*;

const FRAGMENTS: &[&str] = &[
 "a", "foo bar", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\r", "\t", "    ", "# ", "## h\n", "#", "---\n", "===\n","***\n", "-", "- ", "* ", "+ x\n", "1. ", "2) ", "> ", ">", "```", "~~~", "```rust\n","````", "`", "**", "*", "_", "~~", "~", "[", "]", "(", ")", "]: /u", "]:", "[a]", "[b][a]", "[a]: http://x.y/z\n", "[A]: mailto:q@w.e \"t\"\n", "[ss]: /2\n", "[SS]", "[a]:", "'title", "'", "\"title\"\n", "![", "![x](http://y.z)", "<", ">", "<div>\n", "</div>\n", "<!-- ", "-->", "<b>", "<custom-x>\n", "<pre>", "</pre>", "<?", "<![CDATA[", "]]>", "|", "| a | b |\n", "|---|---|\n", "a | b\n", "---|---\n", "\\", "&amp;", "&#0;", "\0", "é", "漢字", "👩‍👩‍👧", "- [ ] x\n", "[x] ", "<http://a.b>", "<q@w.e>", "  \n", "\\\n", "\u{feff}", "\x0c", "\u{b}", "(http://a.b/c)", "(<x y>)", "\n\n\n", "\n    code\n", "\n- a\n\n  b\n", "-\n", "0123456789. ", ".",
];

fn joined() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 20000, ..ProptestConfig::default() })]
    #[test]
    fn live_equals_reload(parts in joined()) {
        let mut document = Document::default();
        let mut text = String::new();
        for part in parts {
            text.push_str(part);
            document.update(&text);
        }
        document.finish();
        let live: Vec<&str> = document.closed().iter().map(AsRef::as_ref).collect();
        prop_assert_eq!(live, render(&text));
    }

    #[test]
    fn pieces_equal_the_whole(parts in joined()) {
        let text = parts.concat();
        let mut definitions = Definitions::default();
        definitions.read(&[&text], "");
        let mut blocks = Vec::new();
        render::render(&text, &definitions, &mut Carry::default(), None, &mut blocks);
        prop_assert_eq!(blocks, render(&text));
    }

    #[test]
    fn chars(parts in joined()) {
        let whole = parts.concat();
        let mut document = Document::default();
        for (at, c) in whole.char_indices() {
            document.update(&whole[..at + c.len_utf8()]);
        }
        document.finish();
        let live: Vec<&str> = document.closed().iter().map(AsRef::as_ref).collect();
        prop_assert_eq!(live, render(&whole));
    }
}
