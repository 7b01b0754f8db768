use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const CLASSES: &[&str] = &[
    "attribute",
    "comment",
    "constant",
    "deleted",
    "function",
    "inserted",
    "keyword",
    "number",
    "string",
    "tag",
    "type",
    "variable",
];

/// The parts that say something: each class and its text.
fn seen(language: &str, code: &str) -> String {
    let mut seen = Vec::new();
    read(languages::named(language).unwrap(), code, &mut |class, text| {
        if !class.is_empty() {
            seen.push(format!("{class} {}", text.trim()));
        }
    });
    seen.join(", ")
}

/// The text that the page shows.
fn shown(html: &str) -> String {
    let mut text = String::new();
    for part in html.split("<span class=\"tok-") {
        let part = part.split_once("\">").map_or(part, |(class, part)| {
            assert!(CLASSES.contains(&class), "{class}");
            part
        });
        text.push_str(&part.replace("</span>", ""));
    }
    assert!(!text.contains(['<', '>']), "{html}");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

#[test]
fn code_is_written_in_spans() {
    assert_eq!(
        highlight("rust", "let a: u8 = f(1); // <\n").unwrap(),
        "<span class=\"tok-keyword\">let </span>a: <span class=\"tok-type\">u8 </span>= \
         <span class=\"tok-function\">f</span>(<span class=\"tok-number\">1</span>); \
         <span class=\"tok-comment\">// &lt;\n</span>"
    );
}

#[test]
fn words_are_told_apart_by_what_they_are_and_where_they_stand() {
    for (language, code, expected) in [
        (
            "rs",
            "#[test] fn f() -> Foo<'a> { A_B; x.y(); m!() }",
            "attribute #[, attribute test, keyword fn, function f, type Foo, attribute 'a, constant A_B, function y, \
             function m!",
        ),
        (
            "rs",
            r##"'\'' 'x' r#"a"b"# /* /* */ */ 1..2"##,
            r##"string '\'', string 'x', string r#"a"b"#, comment /* /* */ */, number 1, number 2"##,
        ),
        (
            "py",
            "@d\nclass A(B): return f'x' # it's",
            "attribute @d, keyword class, type A, type B, keyword return, string f'x', comment # it's",
        ),
        ("py", "\"\"\"a\n'b\"\"\" + 'c", "string \"\"\"a\n'b\"\"\", string 'c"),
        ("ts", "const a = `b ${`c` + {d: 1}} e` / 2 / g", "keyword const, string `b ${`c` + {d: 1}} e`, number 2"),
        ("js", "x = /[/\"]/g.test(y) // z", "string /[/\"]/g, function test, comment // z"),
        ("tsx", "return <A b=\"c\">don't</A>", "keyword return, tag <A, string \"c\", tag </A"),
        ("js", "x /* y", "comment /* y"),
        ("go", "var s = `a\\` // b", "keyword var, string `a\\`, comment // b"),
        ("c", "#include <a.h>\nint main(void)", "keyword #include, type int, function main, type void"),
        ("java", "@Override int f()", "attribute @Override, type int, function f"),
        (
            "sh",
            "echo \"$a\" ${b#c} a#b 'd\\' # e",
            "keyword echo, string \"$a\", variable ${b#c}, string 'd\\', comment # e",
        ),
        (
            "sql",
            "SELECT count(*) FROM a WHERE b = 'c''d' -- e",
            "keyword SELECT, function count, keyword FROM, keyword WHERE, string 'c', string 'd', comment -- e",
        ),
        (
            "json",
            "{\"a\": \"b: c\", \"d\": [true, -1.5e-3]}",
            "attribute \"a\", string \"b: c\", attribute \"d\", constant true, number 1.5e-3",
        ),
        ("yaml", "- a-b: don't # c\n  'd': no", "attribute a-b, comment # c, attribute 'd', constant no"),
        ("toml", "[a.b] # c\nd = 'e' # f", "type [a.b], comment # c, attribute d, string 'e', comment # f"),
        ("css", ".a:hover { --b: #fff; c: var(--d) }", "tag .a, attribute --b, number #fff, attribute c, function var"),
        (
            "html",
            "<!-- a --><p b='c' d>e</p><script>let f</script>",
            "comment <!-- a -->, tag <p, attribute b, string 'c', attribute d, tag >, tag </p, tag >, tag <script, tag >, \
             keyword let, tag </script, tag >",
        ),
        ("rb", "def a?(b) = {c: :d, @e => nil}", "keyword def, function a?, constant :d, variable @e, constant nil"),
        (
            "php",
            "<?php echo $a->b('c'); # d",
            "keyword php, keyword echo, variable $a, function b, string 'c', comment # d",
        ),
        ("hs", "f' :: Int {- a {- b -} c -}", "type Int, comment {- a {- b -} c -}"),
        ("latex", "\\section{a} % b", "keyword \\section, comment % b"),
        ("dockerfile", "FROM a AS b\nRUN c", "keyword FROM, keyword AS, keyword RUN"),
        ("makefile", "all: a.o\n\t$(CC) # b", "attribute all, comment # b"),
        ("diff", "@@ -1 +1 @@\n-a\n+b\n c\n", "function @@ -1 +1 @@, deleted -a, inserted +b"),
        ("md", "# a\n> b\nc", "keyword # a, comment > b"),
    ] {
        assert_eq!(seen(language, code), expected, "{language}: {code}");
    }
}

#[test]
fn the_names_that_people_use_are_known() {
    for language in [
        "bash",
        "c",
        "c#",
        "c++",
        "console",
        "cpp",
        "cs",
        "css",
        "dart",
        "diff",
        "docker",
        "dockerfile",
        "elixir",
        "go",
        "golang",
        "graphql",
        "haskell",
        "hcl",
        "html",
        "ini",
        "java",
        "javascript",
        "js",
        "json",
        "jsonc",
        "jsx",
        "julia",
        "kotlin",
        "kt",
        "latex",
        "lua",
        "make",
        "makefile",
        "markdown",
        "md",
        "nginx",
        "nix",
        "objc",
        "ocaml",
        "patch",
        "perl",
        "php",
        "postgresql",
        "powershell",
        "proto",
        "py",
        "python",
        "r",
        "rb",
        "rs",
        "ruby",
        "rust",
        "scala",
        "scss",
        "sh",
        "shell",
        "sql",
        "svelte",
        "swift",
        "tex",
        "toml",
        "ts",
        "tsx",
        "typescript",
        "vue",
        "xml",
        "yaml",
        "yml",
        "zig",
        "zsh",
        "Rust",
        "JSON",
    ] {
        assert!(highlight(language, "x").is_some(), "{language}");
    }
}

#[test]
fn other_languages_stay_plain() {
    for language in ["", " ", "text", "plaintext", "klingon", "\"><script>", "\0", "../x", "rust rs"] {
        assert_eq!(highlight(language, "x"), None, "{language}");
    }
}

#[test]
fn each_name_is_of_one_language() {
    let mut names: Vec<&str> = languages::all().flat_map(|language| language.names.split(' ')).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(names.iter().all(|name| !name.is_empty() && *name == name.to_lowercase()));
}

#[test]
fn very_long_code_stays_plain() {
    assert_eq!(highlight("rs", &"a".repeat(CODE_BYTES + 1)), None);
    assert!(highlight("rs", &"a".repeat(CODE_BYTES)).is_some());
}

#[test]
fn no_code_takes_long() {
    for pattern in [
        "a", "a ", "(", "/", "/[", "=/(", "'", "\"", "`", "${", "`${", "`${`", "{", "#", "#!", "#[", "#![", "r#", "/*",
        "*/ /*", "<", "<a ", "</", "<!--", "<!", "<script>", "--", "{-", "\\", "'\\", "@", "$", ":", "a:", "a :", "[",
        "1.", "1e", "é", "\n", "a\n", "\t", "\"\\", "'''", "f'", "%{", "((*", "a  ", "'a",
    ] {
        for language in languages::all() {
            let name = language.names.split(' ').next().unwrap();
            let code = pattern.repeat(8 * 1024 / pattern.len());
            let took = at_best(Duration::from_millis(500), || assert!(highlight(name, &code).is_some()));
            assert!(took < Duration::from_millis(500), "{name} {pattern:?} took {took:?}");
        }
    }
}

/// How long something takes that a machine with too much to do may interrupt: if it is not done in time, the least of
/// three tries.
fn at_best(in_time: Duration, work: impl Fn()) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed());
        if least < in_time {
            break;
        }
    }
    least
}

/// Code of parts that languages give a meaning to.
fn code() -> impl Strategy<Value = String> {
    let parts = vec![
        "a", "Bc", "DE", "é", "漢", "👍", "\0", " ", "\n", "\r\n", "\t", "1", "0x", ".5", "e-", "'", "\"", "`",
        "\"\"\"", "'''", "${", "$", "@", "#", "#!", "[", "]", "{", "}", "(", ")", "<", "</", "/>", ">", "<!--", "-->",
        "<?", "?>", "<script", "/", "//", "/*", "*/", "--", "{-", "-}", "(*", "*)", "[[", "]]", "=", ":", "::", ";",
        ",", ".", "!", "?", "\\", "%", "&", "|", "r", "r#", "f", "let", "return", "SELECT", "+", "-", "@@",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_code_it_is_shown_as_it_is(code in code()) {
        for language in languages::all() {
            let name = language.names.split(' ').next().unwrap();
            let html = highlight(name, &code).unwrap();
            prop_assert_eq!(shown(&html), code.replace('\0', "\u{fffd}"), "{}", name);
        }
    }

    #[test]
    fn whatever_is_given_nothing_panics(language in ".{0,20}", code in "(?s).{0,200}") {
        let _ = highlight(&language, &code);
        for name in ["rs", "js", "html", "css", "sh", "yaml"] {
            let html = highlight(name, &code).unwrap();
            prop_assert_eq!(shown(&html), code.replace('\0', "\u{fffd}"), "{}", name);
        }
    }
}
