//! Languages that are made of words, numbers, quotes and comments: nearly all of them.

use super::{
    Emit,
    languages::{Keys, Language, Trait},
    quotes,
};

pub(super) fn read_words(language: &Language, code: &str, emit: &mut Emit<'_>) {
    let mut words = Words { language, rest: code, before: Before::Line, glued: false, depth: 0 };
    while let Some(first) = words.rest.chars().next() {
        let part = words.part(first);
        // Never on the spot, and never into a character.
        let length = words.rest.ceil_char_boundary(part.length.max(1));
        let (text, rest) = words.rest.split_at(length);
        emit(part.class, text);
        words.rest = rest;
        words.before = part.leaves;
        words.glued = !first.is_whitespace();
    }
}

/// What stands before a part, comments and blanks aside.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Before {
    /// The start of a line.
    Line,
    /// The start of a statement within a line.
    Statement,
    /// What a value follows.
    Operator,
    /// What a member follows.
    Dot,
    /// A word that stands for a value.
    Word,
    /// Another value, or the end of one.
    Value,
    /// What makes the next word an attribute.
    Attribute,
}

/// A part of the code: its class, its bytes, and what it is to the next part.
pub(super) struct Part {
    class: &'static str,
    length: usize,
    leaves: Before,
}

pub(super) fn part(class: &'static str, length: usize, leaves: Before) -> Part {
    Part { class, length, leaves }
}

pub(super) struct Words<'a> {
    pub(super) language: &'a Language,
    pub(super) rest: &'a str,
    pub(super) before: Before,
    /// Whether no blank precedes.
    pub(super) glued: bool,
    /// How many braces are open.
    pub(super) depth: usize,
}

impl Words<'_> {
    fn part(&mut self, first: char) -> Part {
        if first.is_whitespace() {
            return self.blank();
        }
        if let Some(length) = self.comment() {
            return part("comment", length, self.before);
        }
        if first == '\'' && self.language.has(Trait::Lifetimes) {
            let (class, length) = quotes::character(self.rest);
            return part(class, length, Before::Value);
        }
        if let Some(length) = self.quote(first) {
            let class = if self.is_key(length) { "attribute" } else { "string" };
            return part(class, length, Before::Value);
        }
        if first.is_ascii_digit() {
            return part("number", number(self.rest), Before::Value);
        }
        if first.is_alphabetic() || first == '_' || self.language.word_starts.contains(first) {
            return self.word();
        }
        self.marked(first).unwrap_or_else(|| self.mark(first))
    }

    fn blank(&self) -> Part {
        let end = self.rest.find(|c: char| !c.is_whitespace() || c == '\n').unwrap_or(self.rest.len());
        let line = self.rest.as_bytes().get(end) == Some(&b'\n');
        match line {
            true => part("", end + 1, Before::Line),
            false => part("", end, self.before),
        }
    }

    fn comment(&self) -> Option<usize> {
        let (open, close) = self.language.comments.iter().find(|(open, _)| self.rest.starts_with(open))?;
        if *close != "\n" {
            return Some(quotes::block(self.rest, open, close, self.language.has(Trait::NestedComments)));
        }
        let within_word = self.glued && self.language.has(Trait::SpacedComments);
        (!within_word).then(|| self.rest.find('\n').unwrap_or(self.rest.len()))
    }

    fn quote(&self, first: char) -> Option<usize> {
        // An apostrophe, or a mark of mathematics.
        if first == '\'' && self.glued && self.before == Before::Word {
            return None;
        }
        let quote = self.language.quotes.iter().find(|quote| self.rest.starts_with(quote.open))?;
        Some(quotes::quoted(self.rest, quote))
    }

    fn word(&self) -> Part {
        let length = self.word_length(self.rest);
        let (word, following) = self.rest.split_at(length);
        if let Some(quoted) = quotes::prefixed(self.language, word, following) {
            return part("string", length + quoted, Before::Value);
        }
        if following.starts_with('!') && self.language.has(Trait::Macros) && !following.starts_with("!=") {
            return part("function", length + 1, Before::Operator);
        }
        let class = self.word_class(word, following);
        let leaves = if class == "keyword" { Before::Operator } else { Before::Word };
        part(class, length, leaves)
    }

    fn word_class(&self, word: &str, following: &str) -> &'static str {
        let language = self.language;
        if self.before == Before::Attribute {
            return "attribute";
        }
        if self.is_key(word.len()) {
            return "attribute";
        }
        let is_call = language.has(Trait::Calls) && following.trim_start_matches(' ').starts_with('(');
        if self.before != Before::Dot {
            if language.lists(language.keywords, word) {
                return "keyword";
            }
            if language.lists(language.constants, word) {
                return "constant";
            }
            if language.lists(language.types, word) {
                return "type";
            }
        }
        let is_capital = language.has(Trait::Capitals) && word.starts_with(char::is_uppercase);
        match (is_call, is_capital) {
            (true, false) => "function",
            // What is called by a capital name is made, unless it is a member.
            (true, true) if self.before == Before::Dot => "function",
            (false, true) if word.len() > 1 && !word.contains(char::is_lowercase) => "constant",
            (_, true) => "type",
            (false, false) => "",
        }
    }

    /// Whether what is so long names what follows, as in `name: value`.
    fn is_key(&self, length: usize) -> bool {
        let following = self.rest.get(length..).unwrap_or_default().trim_start_matches(' ');
        let after = |mark: char| following.strip_prefix(mark).and_then(|rest| rest.chars().next());
        match self.language.keys {
            Keys::None => false,
            Keys::Anywhere(mark) => after(mark).is_some(),
            Keys::OfLine(':') => self.before == Before::Line && after(':').is_some_and(char::is_whitespace),
            Keys::OfLine(mark) => self.before == Before::Line && after(mark).is_some_and(|next| next != mark),
            Keys::OfBlock(mark) => {
                let starts = matches!(self.before, Before::Line | Before::Statement);
                self.depth > 0 && starts && after(mark).is_some_and(|next| next != mark)
            }
        }
    }

    pub(super) fn follows_value(&self) -> bool {
        matches!(self.before, Before::Word | Before::Value)
    }

    pub(super) fn word_length(&self, text: &str) -> usize {
        let within = |c: char| c.is_alphanumeric() || c == '_' || self.language.word_parts.contains(c);
        text.find(|c: char| !within(c)).unwrap_or(text.len())
    }
}

fn number(text: &str) -> usize {
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next_is_digit = characters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        let goes_on = match c {
            '.' => next_is_digit,
            '+' | '-' => matches!(before, 'e' | 'E') && next_is_digit && !text.starts_with("0x"),
            _ => c.is_alphanumeric() || c == '_',
        };
        if !goes_on {
            return at;
        }
        before = c;
    }
    text.len()
}
