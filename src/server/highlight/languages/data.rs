//! Languages of data, settings, builds, pages and styles.

use super::{BRACES, HASHES, Keys, LINE, LINES, Language, SINGLE, SINGLE_RAW, Shape, TRIPLE, TRIPLE_SINGLE, Trait::*};

pub(super) const ALL: &[Language] = &[
    Language {
        names: "json jsonc json5 jsonl ndjson geojson",
        quotes: &[LINE, SINGLE],
        keys: Keys::Anywhere(':'),
        traits: &[],
        ..BRACES
    },
    Language {
        names: "yaml yml",
        constants: "true false null yes no on off",
        word_parts: "-./",
        quotes: &[LINES, SINGLE_RAW],
        keys: Keys::OfLine(':'),
        traits: &[SpacedComments],
        ..HASHES
    },
    Language {
        names: "toml ini cfg conf dotenv env properties editorconfig systemd",
        comments: &[("#", "\n"), (";", "\n")],
        word_parts: "-.",
        quotes: &[TRIPLE, TRIPLE_SINGLE, LINE, SINGLE_RAW],
        keys: Keys::OfLine('='),
        traits: &[Sections, SpacedComments],
        ..HASHES
    },
    Language {
        names: "hcl terraform tf",
        comments: &[("#", "\n"), ("//", "\n"), ("/*", "*/")],
        keywords: "data dynamic for for_each if in locals module moved output provider removed resource terraform variable",
        word_parts: "-",
        keys: Keys::OfLine('='),
        traits: &[Calls],
        ..BRACES
    },
    Language {
        names: "dockerfile docker containerfile",
        keywords: "add arg as cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal \
            user volume workdir",
        word_parts: "-",
        sigils: "$",
        traits: &[IgnoresCase, SpacedComments],
        ..HASHES
    },
    Language {
        names: "makefile make mk cmake just justfile",
        keywords: "add_executable add_library cmake_minimum_required define else elseif endef endforeach endfunction endif \
            export find_package foreach function if ifdef ifeq ifndef ifneq include message override project set \
            target_link_libraries unexport",
        word_parts: "-.",
        sigils: "$",
        keys: Keys::OfLine(':'),
        traits: &[SpacedComments],
        ..HASHES
    },
    Language {
        names: "nginx apache apacheconf caddy caddyfile",
        keywords: "allow deny events http if include listen location map proxy_pass return rewrite root server server_name set \
            upstream",
        constants: "on off",
        word_parts: "-",
        sigils: "$",
        quotes: &[LINES, SINGLE],
        traits: &[SpacedComments],
        ..HASHES
    },
    Language {
        names: "css scss sass less stylus",
        comments: &[("/*", "*/"), ("// ", "\n")],
        constants: "auto inherit initial none unset",
        word_parts: "-%",
        word_starts: "-",
        sigils: "$",
        at: "keyword",
        keys: Keys::OfBlock(':'),
        traits: &[Calls, Selectors],
        ..BRACES
    },
    Language {
        names: "html htm xml xhtml svg vue svelte rss plist jinja jinja2 handlebars hbs",
        shape: Shape::Elements,
        ..BRACES
    },
    Language { names: "diff patch", shape: Shape::Patch, ..BRACES },
    Language { names: "markdown md mdx", shape: Shape::Markdown, ..BRACES },
];
