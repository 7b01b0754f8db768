//! What the words and marks of each language are.

mod compiled;
mod data;
mod scripts;

/// A language, as far as a reader sees it.
pub(super) struct Language {
    /// The names that it goes by, in lower case.
    pub(super) names: &'static str,
    pub(super) shape: Shape,
    /// How comments begin and end.
    pub(super) comments: &'static [(&'static str, &'static str)],
    /// What quotes there are, longer ones first.
    pub(super) quotes: &'static [Quote],
    /// Words that a quote may follow at once and that belong to it.
    pub(super) prefixes: &'static str,
    pub(super) keywords: &'static str,
    pub(super) constants: &'static str,
    pub(super) types: &'static str,
    /// What else may be in a word, and what else may begin one.
    pub(super) word_parts: &'static str,
    pub(super) word_starts: &'static str,
    /// What variables begin with.
    pub(super) sigils: &'static str,
    /// The class of `@word`.
    pub(super) at: &'static str,
    pub(super) keys: Keys,
    traits: &'static [Trait],
}

/// How a text is read.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Words,
    Elements,
    Patch,
    Markdown,
}

/// What is quoted.
#[derive(Clone, Copy)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// Whether it may have more than one line.
    pub(super) lines: bool,
    /// Whether a backslash takes the next character along.
    pub(super) escapes: bool,
}

/// Where a word names the value behind a mark.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    None,
    Anywhere(char),
    /// At the start of a line.
    OfLine(char),
    /// At the start of a statement between braces.
    OfBlock(char),
}

/// What some languages have.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Trait {
    /// `#[attribute]`
    Attributes,
    /// `function(`
    Calls,
    /// Words with capitals are types and constants.
    Capitals,
    /// `\command`
    Commands,
    /// `#directive`
    Directives,
    /// `<Element>` among other code.
    Elements,
    /// `SELECT` and `select` are one.
    IgnoresCase,
    /// `'lifetime`
    Lifetimes,
    /// `macro!`
    Macros,
    /// A comment ends where as many have ended as have begun.
    NestedComments,
    /// `/pattern/`
    Patterns,
    /// `[section]`
    Sections,
    /// `.class` and `#id`
    Selectors,
    /// A comment needs a blank before it.
    SpacedComments,
    /// `:symbol`
    Symbols,
}

/// The language of this name.
pub(super) fn named(name: &str) -> Option<&'static Language> {
    let name = name.to_lowercase();
    all().find(|language| language.names.split(' ').any(|known| known == name))
}

pub(super) fn all() -> impl Iterator<Item = &'static Language> {
    compiled::ALL.iter().chain(scripts::ALL).chain(data::ALL)
}

impl Language {
    pub(super) fn has(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }

    /// Whether the list of words has this one.
    pub(super) fn lists(&self, words: &str, word: &str) -> bool {
        match self.has(Trait::IgnoresCase) {
            true => words.split(' ').any(|listed| listed.eq_ignore_ascii_case(word)),
            false => words.split(' ').any(|listed| listed == word),
        }
    }
}

const LINE: Quote = Quote { open: "\"", close: "\"", lines: false, escapes: true };
const LINES: Quote = Quote { lines: true, ..LINE };
const SINGLE: Quote = Quote { open: "'", close: "'", lines: false, escapes: true };
const SINGLE_LINES: Quote = Quote { lines: true, ..SINGLE };
const SINGLE_RAW: Quote = Quote { lines: true, escapes: false, ..SINGLE };
const TRIPLE: Quote = Quote { open: "\"\"\"", close: "\"\"\"", lines: true, escapes: true };
const TRIPLE_SINGLE: Quote = Quote { open: "'''", close: "'''", lines: true, escapes: true };
const TEMPLATE: Quote = Quote { open: "`", close: "`", lines: true, escapes: true };
const RAW: Quote = Quote { open: "`", close: "`", lines: true, escapes: false };

/// The family of C.
const BRACES: Language = Language {
    names: "",
    shape: Shape::Words,
    comments: &[("//", "\n"), ("/*", "*/")],
    quotes: &[LINE, SINGLE],
    prefixes: "",
    keywords: "",
    constants: "true false null",
    types: "",
    word_parts: "",
    word_starts: "",
    sigils: "",
    at: "attribute",
    keys: Keys::None,
    traits: &[Trait::Calls, Trait::Capitals],
};

/// The family of the shell.
const HASHES: Language = Language { comments: &[("#", "\n")], constants: "true false", ..BRACES };
