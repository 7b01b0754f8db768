//! Texts as models write them, and texts that are hard to cut.

/// Whole texts.
pub(super) const TEXTS: &[&str] = &[
    // An answer with a bit of everything.
    "Sure! Here is **how** it works:\n\n## Steps\n1. Install it:\n\n   ```bash\n   cargo install --locked foo\n   ```\n\n\
     2. Run `foo`.\n   - with *care*\n   - or [read on](https://example.com/a_(b)?c=d&e)\n\n\
     | Option | Meaning |\n|:-------|--------:|\n| `-v` | more \\| words |\n| | |\n\n> **Note**\n> it is\nlazy\n\n---\n\n\
     - [x] done\n- [ ] not yet\n\nSee [1] and [two][2].\n\n[1]: https://example.com/1\n[2]: <https://example.com/2> \"Two\"\n",
    // Code that quotes markdown, and code that never ends.
    "````markdown\n```rust\nfn main() {}\n```\n````\n\nafter\n\n~~~\n```\n~~~\n```py\nprint('<b>')\n\n\n# no heading\n",
    "- item\n\n  ```\n  code\n\n  more\n  ```\n- next\n\n      indented\n\n\n  text\n\nout\n\n    code\n\n    code\n\n\nout",
    // Definitions that take their time.
    "[a] and [b] and [c d]\n\n[a]:\n  https://example.com/a\n  'a\n  title'\n[b]: https://example.com/b\n'no title\n\n\
     # [C\nD]: x\n\n[c\nd]: https://example.com/c\n",
    "# H\n[a]: https://example.com\n\"x\"\npara\n===\n[a]: https://example.org\n    code?\n[a]\n---\n2. two\n",
    "> [q]: https://example.com\n> text\n\n[q]\n- [q]\n\n      [q]: https://example.org\n",
    "### A [c]\n## B\n# C [c]\ntext\n\n[c]: https://example.com/c\n\n## D\n",
    // Paragraphs that turn out to be something else.
    "title\n=====\nnext\n-----\n***\ntext\n| a | b |\n|---|---|\n| c | d |\nrow\n\na | b\n--|--\nc\n# end",
    "text\n* not empty\n*\n\n  continued?\n-\n\n  no\n+ a\n  + b\n    + c\n\n        code\n1) x\n2. y\n",
    // HTML of all kinds.
    "<details>\n<summary>x</summary>\n\n- a\n\n</details>\n<!-- a\n\nb -->\ntext <b>bold</b>\n<pre>\n\n</pre>\n<custom-x>\n\n<br/>\n",
    // Line breaks of all kinds, and characters of all lengths.
    "a\r\n\r\n- b\r\n  c\r\n\r\n```x\r\ncode\r\n```\r\nd\r# e\r\r\nf\n\r\n\tg\n",
    "Größe 漢字 👩‍👩‍👧‍👦 \u{202e}abc\u{feff}\n\n- **ñ**ñ\n\n| é | 漢 |\n|---|---|\n| 👍 | \u{0} |\n",
    // Nothing, and next to nothing.
    "",
    "\n",
    " ",
    "#",
    "-",
    ">",
    "```",
    "[",
    "|",
    "\\",
    "&",
    "<",
    "\u{feff}",
    "\t",
    "\r",
];

/// What texts are made of, for those that chance writes.
pub(super) const FRAGMENTS: &[&str] = &[
    "a",
    "foo bar",
    "é",
    "漢字",
    "👩‍👩‍👧",
    "\u{feff}",
    "\0",
    ".",
    "\\",
    "&amp;",
    "&#0;", //
    " ",
    "  ",
    "   ",
    "    ",
    "\t",
    "\x0c",
    "\u{b}",
    "\n",
    "\n\n",
    "\n\n\n",
    "\r\n",
    "\r",
    "  \n",
    "\\\n", //
    "# ",
    "## h\n",
    "#",
    "---\n",
    "===\n",
    "***\n",
    "-",
    "- ",
    "* ",
    "+ x\n",
    "-\n",
    "1. ",
    "2) ",
    "0123456789. ", //
    "> ",
    ">",
    "\n- a\n\n  b\n",
    "- [ ] x\n",
    "[x] ",
    "\n    code\n", //
    "```",
    "````",
    "~~~",
    "```rust\n",
    "\n```\n",
    "`",
    "**",
    "*",
    "_",
    "~~",
    "~", //
    "[",
    "]",
    "(",
    ")",
    "![",
    "[a]",
    "[b][a]",
    "[SS]",
    "]:",
    "]: /u",
    "[a]:",
    "[a]: http://x.y/z\n", //
    "[A]: mailto:q@w.e \"t\"\n",
    "[ß]: http://x.y/1\n",
    "[ss]: http://x.y/2\n",
    "'title",
    "'",
    "\"title\"\n", //
    "![x](http://y.z)",
    "(http://a.b/c)",
    "(<x y>)",
    "<http://a.b>",
    "<q@w.e>", //
    "<",
    ">",
    "<div>\n",
    "</div>\n",
    "<!-- ",
    "-->",
    "<b>",
    "<custom-x>\n",
    "<pre>",
    "</pre>",
    "<?",
    "<![CDATA[",
    "]]>", //
    "|",
    "| a | b |\n",
    "|---|---|\n",
    "a | b\n",
    "---|---\n",
];
