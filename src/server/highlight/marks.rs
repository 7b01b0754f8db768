//! What is neither word nor number, and the words that a mark makes into something else.

use super::{
    languages::Trait,
    quotes,
    words::{Before, Part, Words, part},
};

impl Words<'_> {
    /// What a mark makes of the text behind it.
    pub(super) fn marked(&self, first: char) -> Option<Part> {
        let language = self.language;
        let behind = self.rest.get(first.len_utf8()..)?;
        let with_word = |class| {
            let word = self.word_length(behind);
            (word > 0).then(|| part(class, 1 + word, Before::Value))
        };
        match first {
            '$' | '%' | '@' if language.sigils.contains(first) && behind.starts_with('{') => {
                let end = behind.find(['}', '\n']).unwrap_or(behind.len());
                let brace = usize::from(behind.get(end..)?.starts_with('}'));
                Some(part("variable", 1 + end + brace, Before::Value))
            }
            '$' | '%' | '@' if language.sigils.contains(first) => with_word("variable"),
            '@' if !language.at.is_empty() => with_word(language.at),
            '#' if language.has(Trait::Directives) && self.before == Before::Line => with_word("keyword"),
            '#' if language.has(Trait::Attributes) => {
                let inner = usize::from(behind.starts_with('!'));
                let opens = behind.get(inner..)?.starts_with('[');
                opens.then(|| part("attribute", 2 + inner, Before::Attribute))
            }
            '#' | '.' if language.has(Trait::Selectors) => with_word(if self.depth == 0 { "tag" } else { "number" }),
            ':' if language.has(Trait::Symbols) && !self.glued => with_word("constant"),
            '\\' if language.has(Trait::Commands) => with_word("keyword"),
            '[' if language.has(Trait::Sections) && self.before == Before::Line => {
                let end = behind.find([']', '\n']).unwrap_or(behind.len());
                let bracket = usize::from(behind.get(end..)?.starts_with(']'));
                Some(part("type", 1 + end + bracket, Before::Value))
            }
            '/' if language.has(Trait::Patterns) && !self.follows_value() => {
                Some(part("string", quotes::pattern(self.rest)?, Before::Value))
            }
            '<' if language.has(Trait::Elements) => {
                let slash = usize::from(behind.starts_with('/'));
                let name = self.word_length(behind.get(slash..)?);
                let opens = name > 0 && (slash > 0 || !self.follows_value());
                opens.then(|| part("tag", 1 + slash + name, Before::Value))
            }
            _ => None,
        }
    }

    pub(super) fn mark(&mut self, first: char) -> Part {
        match first {
            '{' => self.depth += 1,
            '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        // Marks have no colour: they are many, and shape tells them from words.
        let leaves = match first {
            '.' => Before::Dot,
            ')' | ']' | '}' => Before::Value,
            '{' | ';' => Before::Statement,
            '-' if self.before == Before::Line => Before::Line,
            _ if first.is_ascii_punctuation() => Before::Operator,
            _ => Before::Value,
        };
        part("", first.len_utf8(), leaves)
    }
}
