//! Code in colour, for the pages that the server renders.
//!
//! Syntaxes are Sublime Text's, which know hundreds of scopes; the page knows the few classes of `CLASSES`, and
//! `style/code.css` gives them their colours. What comes out is the code, escaped, with spans around its parts:
//! without them it is what went in.

use crate::domain::markdown::escape;
use moka::sync::Cache;
use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};
use syntect::{
    easy::ScopeRegionIterator,
    parsing::{ParseState, Scope, ScopeError, ScopeStack, ScopeStackOp, SyntaxReference, SyntaxSet},
    util::LinesWithEndings,
};

/// Longer code stays plain.
const CODE_BYTES: usize = 64 * 1024;

/// Longer lines stay plain: syntaxes are made for lines that people write.
const LINE_BYTES: usize = 2_000;

/// What takes longer goes on plain.
const TIME: Duration = Duration::from_millis(200);

const CACHE_BYTES: u64 = 8 * 1024 * 1024;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

static CACHE: LazyLock<Cache<String, Arc<str>>> = LazyLock::new(|| {
    let weight = |key: &String, html: &Arc<str>| u32::try_from(key.len() + html.len()).unwrap_or(u32::MAX);
    Cache::builder().max_capacity(CACHE_BYTES).weigher(weight).build()
});

/// What a reader is to see of the syntaxes' scopes, the more particular before the more general. The innermost scope
/// that is listed decides, and an empty class says that what is around it does not count.
const CLASSES: &[(&str, &str)] = &[
    ("comment", "comment"),
    ("string", "string"),
    ("constant.numeric", "number"),
    ("constant", "constant"),
    ("keyword.operator", "operator"),
    ("keyword", "keyword"),
    ("storage.type.numeric", "type"),
    ("storage", "keyword"),
    ("entity.name.function", "function"),
    ("entity.name.section", "keyword"),
    ("entity.name.tag", "tag"),
    ("entity.name", "type"),
    ("entity.other.attribute-name", "attribute"),
    ("entity.other.inherited-class", "type"),
    ("support.constant", "constant"),
    ("support.function", "function"),
    ("support.macro", "function"),
    ("support.type.property-name", "attribute"),
    ("support", "type"),
    ("variable.annotation", "attribute"),
    ("variable.function", "function"),
    ("variable.language", "constant"),
    ("variable", "variable"),
    ("markup.deleted", "deleted"),
    ("markup.heading", "keyword"),
    ("markup.inserted", "inserted"),
    ("punctuation.accessor", "punctuation"),
    ("punctuation.definition.block", "punctuation"),
    ("punctuation.definition.generic", "punctuation"),
    ("punctuation.definition.parameters", "punctuation"),
    ("punctuation.definition.tag", "punctuation"),
    ("punctuation.section", "punctuation"),
    ("punctuation.separator", "punctuation"),
    ("punctuation.terminator", "punctuation"),
    ("meta.brace", "punctuation"),
    ("meta.embedded", ""),
    ("meta.interpolation", ""),
    ("meta.template.expression", ""),
    ("source", ""),
];

static SCOPES: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    let scope = |(scope, class): &(&str, &'static str)| Some((Scope::new(scope).ok()?, *class));
    CLASSES.iter().filter_map(scope).collect()
});

/// The code as HTML with spans of classes `tok-…`, if the language is known and the code is not too long.
#[must_use]
pub fn highlight(language: &str, code: &str) -> Option<String> {
    if code.len() > CODE_BYTES {
        return None;
    }
    let syntax = syntax(language)?;
    let html = CACHE.get_with(key(language, code), || spans(syntax, code).into());
    Some(html.to_string())
}

/// The same, if somebody has asked for it before: for a page, which cannot wait for syntaxes to load and long
/// code to be read. What it lacks the browser asks for.
#[must_use]
pub fn highlighted(language: &str, code: &str) -> Option<String> {
    CACHE.get(&key(language, code)).map(|html| html.to_string())
}

fn key(language: &str, code: &str) -> String {
    format!("{}\0{code}", language.to_ascii_lowercase())
}

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    let language = language.to_ascii_lowercase();
    let token = match language.as_str() {
        "" | "text" | "txt" | "plain" | "plaintext" | "none" => return None,
        "c#" | "csharp" => "cs",
        "console" | "shell" | "shellscript" | "shell-session" | "zsh" => "sh",
        "docker" | "containerfile" => "dockerfile",
        "f#" | "fsharp" => "fs",
        "golang" => "go",
        "hcl" => "tf",
        "javascript" | "node" => "js",
        "json5" | "jsonc" | "jsonl" => "json",
        // The only syntax with elements in it that comes with the set.
        "jsx" | "typescriptreact" => "tsx",
        "make" => "makefile",
        "mysql" | "postgres" | "postgresql" | "psql" | "sqlite" => "sql",
        "objc" | "objectivec" => "objective-c",
        "patch" => "diff",
        "protobuf" => "proto",
        "python3" => "py",
        other => other,
    };
    SYNTAXES.find_syntax_by_token(token)
}

fn spans(syntax: &SyntaxReference, code: &str) -> String {
    let started = Instant::now();
    let mut spans = Spans::default();
    let mut state = ParseState::new(syntax);
    let mut scopes = ScopeStack::new();
    let mut plain = false;
    for line in LinesWithEndings::from(code) {
        // A syntax that fails on a line has lost its place in the lines that follow.
        plain |= started.elapsed() > TIME;
        if plain || line.len() > LINE_BYTES {
            spans.push("", line);
            continue;
        }
        match state.parse_line(line, &SYNTAXES) {
            Ok(changes) => plain |= spans.push_line(line, &changes, &mut scopes).is_err(),
            Err(_) => {
                spans.push("", line);
                plain = true;
            }
        }
    }
    spans.end();
    spans.html
}

/// HTML in the making. Neighbours of one class share a span.
#[derive(Default)]
struct Spans {
    html: String,
    class: &'static str,
}

impl Spans {
    /// Adds the whole line, whatever becomes of its scopes.
    fn push_line(
        &mut self,
        line: &str,
        changes: &[(usize, ScopeStackOp)],
        scopes: &mut ScopeStack,
    ) -> Result<(), ScopeError> {
        let mut result = Ok(());
        for (text, change) in ScopeRegionIterator::new(changes, line) {
            result = result.and(scopes.apply(change));
            self.push(class(scopes), text);
        }
        result
    }

    fn push(&mut self, class: &'static str, text: &str) {
        if text.is_empty() {
            return;
        }
        // White space has no colour, and does not end a span.
        if class != self.class && !text.trim().is_empty() {
            self.end();
            if !class.is_empty() {
                self.html.push_str("<span class=\"tok-");
                self.html.push_str(class);
                self.html.push_str("\">");
            }
            self.class = class;
        }
        self.html.push_str(&escape(text));
    }

    fn end(&mut self) {
        if !self.class.is_empty() {
            self.html.push_str("</span>");
        }
        self.class = "";
    }
}

fn class(scopes: &ScopeStack) -> &'static str {
    let class = |scope: &Scope| SCOPES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope));
    scopes.scopes.iter().rev().find_map(class).map_or("", |(_, class)| class)
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text that the page shows.
    fn text(html: &str) -> String {
        let mut text = String::new();
        for part in html.split("<span class=\"tok-") {
            let part = part.split_once("\">").map_or(part, |(class, part)| {
                assert!(CLASSES.iter().any(|(_, known)| *known == class), "{class}");
                part
            });
            text.push_str(&part.replace("</span>", ""));
        }
        assert!(!text.contains(['<', '>']), "{html}");
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
        text.replace("&amp;", "&")
    }

    #[test]
    fn code_is_coloured_by_what_it_means() {
        assert_eq!(
            highlight("rust", "let a: u8 = f(1); // <\n").unwrap(),
            "<span class=\"tok-keyword\">let</span> a<span class=\"tok-punctuation\">: </span>\
             <span class=\"tok-keyword\">u8 </span><span class=\"tok-operator\">= </span>\
             <span class=\"tok-function\">f</span><span class=\"tok-punctuation\">(</span>\
             <span class=\"tok-number\">1</span><span class=\"tok-punctuation\">); </span>\
             <span class=\"tok-comment\">// &lt;\n</span>"
        );
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
        for language in ["", "text", "plaintext", "klingon", "\"><script>", "\0", "../x"] {
            assert_eq!(highlight(language, "x"), None, "{language}");
        }
    }

    #[test]
    fn very_long_code_stays_plain() {
        assert_eq!(highlight("rs", &"a\n".repeat(CODE_BYTES)), None);
        let line = format!("let a = \"{}\";\nlet b;\n", "x".repeat(LINE_BYTES));
        let html = highlight("rs", &line).unwrap();
        assert!(html.starts_with("let a"));
        assert!(html.ends_with("<span class=\"tok-keyword\">let</span> b<span class=\"tok-punctuation\">;\n</span>"));
    }

    #[test]
    fn every_syntax_gives_the_code_back() {
        let code = "<a b='c'>d</a> \"e\" &f; /* g */ # h\n\tif (i > 1) { return `${j}`; }\r\n-- k\n%l\n\n- m: 2";
        for syntax in SYNTAXES.syntaxes() {
            assert_eq!(text(&spans(syntax, code)), code, "{}", syntax.name);
        }
    }

    #[test]
    fn the_cache_is_bounded() {
        for line in 0..2_000 {
            let code = format!("{line}\n{}", "let a = 1;\n".repeat(500));
            CACHE.insert(code.clone(), code.into());
        }
        CACHE.run_pending_tasks();
        assert!(CACHE.weighted_size() <= CACHE_BYTES);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn whatever_the_code_it_is_given_back(code in "(?s).{0,200}", language in 0..300_usize) {
            let syntax = SYNTAXES.syntaxes().iter().cycle().nth(language).unwrap();
            let expected = code.replace('\0', "\u{fffd}");
            prop_assert_eq!(text(&spans(syntax, &code)), expected);
        }

        #[test]
        fn whatever_is_given_nothing_panics(language in ".{0,20}", code in "(?s).{0,200}") {
            let _ = highlight(&language, &code);
        }
    }
}
