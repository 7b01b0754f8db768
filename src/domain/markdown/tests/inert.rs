//! Nothing in a text becomes more than text: neither script, nor style, nor a request, nor a way out of its place.

use super::super::{Document, render, render_with};

/// The elements that may appear, with their attributes.
const ALLOWED: &[(&str, &[&str])] = &[
    ("a", &["href", "rel", "target"]),
    ("blockquote", &[]),
    ("br", &[]),
    ("button", &["type", "class", "aria-label", "data-copy"]),
    ("code", &["data-language"]),
    ("del", &[]),
    ("div", &["class", "tabindex", "role", "aria-label"]),
    ("em", &[]),
    ("figcaption", &["data-language"]),
    ("figure", &["class"]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("hr", &[]),
    ("input", &["type", "disabled", "checked", "aria-label"]),
    ("li", &[]),
    ("ol", &["start"]),
    ("p", &["class"]),
    ("pre", &["tabindex"]),
    ("span", &[]),
    ("strong", &[]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["class", "colspan"]),
    ("th", &["scope", "class"]),
    ("thead", &[]),
    ("tr", &[]),
    ("ul", &[]),
];

const VOID: &[&str] = &["br", "hr", "input"];

const PHRASING: &[&str] = &["a", "br", "code", "del", "em", "input", "strong"];

/// Texts that try.
const VECTORS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example></SCRIPT>",
    "a <script>alert(1)</script> b",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<style>@import 'https://evil.example'</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example>",
    "<form action=//evil.example><button>x</button></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<?php echo 1 ?><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "</p></div></article><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>\n\n**x**\n\n</details>",
    "<div\nonclick=alert(1)>\n",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](<\x01javascript:alert(1)>)",
    "[x](< javascript:alert(1)>)",
    "[x](\u{a0}javascript:alert(1))",
    "[x](\u{2028}javascript:alert(1))",
    "[x](\u{feff}javascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](javascript://example.com/%0aalert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](DATA:text/html,<script>alert(1)</script>)",
    "[x](blob:https://example.com/1)",
    "[x](file:///etc/passwd)",
    "[x](filesystem:https://example.com/1)",
    "[x](view-source:https://example.com)",
    "[x](ms-settings:privacy)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](https:evil)",
    "[x](https:///evil)",
    "[x](http:\\\\evil.example)",
    "[x](<https://a\nb>)",
    "[x](<https://a\tb>)",
    "[x](https://a\"onmouseover=alert(1)//)",
    "[x](https://a'onmouseover=alert(1)//)",
    "[x](<https://a\"><script>alert(1)</script>>)",
    "[x](https://a&quot;&gt;&lt;script&gt;)",
    "[x](https://a \"title\\\" onmouseover=alert(1)\")",
    "[x](https://a '\"><script>alert(1)</script>')",
    "[<script>alert(1)</script>](https://a)",
    "[x](mailto:a@b?subject=<script>)",
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)>",
    "<data:text/html,x>",
    "<https://a\"onclick=alert(1)>",
    "<https://a'onclick=alert(1)>",
    "<vbscript:x>",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x]: javascript:alert(1)\n\n[x][] [y][x] ![x]",
    "[x]\n\n[x]: <java\tscript:alert(1)>",
    "[x]\n\n[x]: https://a\"onclick=alert(1)",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/?track)",
    "![x\" onerror=\"alert(1)](https://a)",
    "![x](https://a\"onerror=\"alert(1))",
    "![<img src=x onerror=alert(1)>](https://a)",
    "[![x](javascript:alert(1))](https://a)",
    "[![x](https://a)](javascript:alert(1))",
    "![[x](javascript:alert(1))](https://a)",
    "`</code><script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "    </code></pre><script>alert(1)</script>",
    "```\"><script>alert(1)</script>\nx\n```",
    "```x\"onclick=alert(1)\nx\n```",
    "```x'onclick='alert(1)\nx\n```",
    "~~~</span><img/src=x/onerror=alert(1)>\nx\n~~~",
    "```&quot;onclick=alert(1)\nx\n```",
    "| <script> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | `</td>` |",
    "1\"onclick=alert(1). x",
    "# <script>alert(1)</script>",
    "- [x] <input autofocus onfocus=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\0<scr\0ipt>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<a href=\"https://a\" onclick=\"alert(1)\">**x**</a>",
    "{{constructor.constructor('alert(1)')()}}",
    "<template><script>alert(1)</script></template>",
    "<x-y is=\"script\">",
    "\u{2028}<script>\u{2029}alert(1)</script>",
];

#[test]
fn every_vector_is_inert_wherever_it_stands() {
    for vector in VECTORS {
        let indented = vector.replace('\n', "\n  ");
        let cell = vector.replace('\n', " ").replace('|', "\\|");
        for text in [
            (*vector).to_owned(),
            format!("- {indented}"),
            vector.lines().map(|line| format!("> {line}\n")).collect(),
            format!("| a |\n|---|\n| {cell} |\n"),
            format!("## {cell}\n"),
            format!("**{cell}**"),
            format!("[{cell}](https://example.com)"),
            format!("![{cell}](https://example.com)"),
            format!("[x](<{cell}>)"),
            format!("[x]({cell})"),
            format!("<{cell}>"),
            format!("[x]\n\n[x]: <{cell}>"),
            format!("```{cell}\n{vector}\n```"),
            format!("<div>\n{vector}\n</div>\n\n{vector}"),
        ] {
            render(&text).iter().for_each(|block| assert_inert(block));
            let mut document = Document::default();
            for (at, _) in text.char_indices() {
                document.update(&text[..at]);
                assert_inert(document.open());
            }
        }
    }
}

#[test]
fn the_language_that_the_highlighter_is_asked_for_is_inert_in_the_page() {
    for vector in VECTORS {
        let text = format!("~~~{}\nx\n~~~", vector.replace('\n', " "));
        let blocks = render_with(&text, &|_, _| Some(String::new()));
        blocks.iter().for_each(|block| assert_inert(&block.replace(" data-highlighted>", ">")));
    }
}

/// Reads HTML as strictly as it is written, and fails on all that has no business in it.
pub(super) fn assert_inert(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some((text, tag)) = rest.split_once('<') {
        assert_text(text, html);
        let (tag, following) = tag.split_once('>').unwrap_or_else(|| panic!("an open tag in {html}"));
        rest = following;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "in {html}");
            continue;
        }
        let name = assert_tag(tag, html);
        let parent = open.last().copied();
        if parent == Some("p") || PHRASING.iter().any(|phrasing| parent == Some(phrasing)) {
            assert!(PHRASING.contains(&name), "<{name}> in <{parent:?}> in {html}");
        }
        assert!(name != "a" || !open.contains(&"a"), "a link in a link in {html}");
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert_text(rest, html);
    assert!(open.is_empty(), "{open:?} are open in {html}");
}

fn assert_tag<'a>(tag: &'a str, html: &str) -> &'a str {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let allowed = ALLOWED.iter().find(|(allowed, _)| *allowed == name);
    let (_, attributes) = allowed.unwrap_or_else(|| panic!("<{tag}> in {html}"));
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (attribute, following) = rest.split_at(end);
        assert!(attributes.contains(&attribute), "{attribute} of <{tag}> in {html}");
        rest = following;
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (value, following) = quoted.split_once('"').unwrap_or_else(|| panic!("<{tag}> in {html}"));
            assert_text(value, html);
            assert_value(attribute, &unescape(value), html);
            rest = following;
        }
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    if name == "a" {
        assert!(tag.ends_with("\" rel=\"noopener noreferrer nofollow\" target=\"_blank\""), "<{tag}> in {html}");
    }
    if name == "input" {
        assert!(tag.starts_with("input type=\"checkbox\" disabled "), "<{tag}> in {html}");
    }
    name
}

fn assert_value(attribute: &str, value: &str, html: &str) {
    let fine = match attribute {
        "href" => {
            let scheme = value.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
            let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
            matches!(scheme.as_deref(), Some("http" | "https" | "mailto")) && !value.contains(odd)
        }
        "class" => ["center", "code", "copy", "raw", "right", "table-scroll"].contains(&value),
        "aria-label" => ["Copy code", "Done", "Table", "To do"].contains(&value),
        "colspan" | "start" => value.parse::<u64>().is_ok(),
        _ => true,
    };
    assert!(fine, "{attribute}={value:?} in {html}");
}

fn assert_text(text: &str, html: &str) {
    assert!(!text.contains(['<', '>', '\0']), "{text:?} in {html}");
    for entity in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|known| entity.starts_with(known));
        assert!(known, "&{entity:.9} in {html}");
    }
}

fn unescape(value: &str) -> String {
    let value = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    value.replace("&#39;", "'").replace("&amp;", "&")
}
