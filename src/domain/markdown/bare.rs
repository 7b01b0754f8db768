//! Addresses that stand in a text as they are.

use super::{
    escape::push_escaped,
    links::{allowed, open},
};

/// Adds a text to `html`, its addresses as links. What begins and ends one is what the extended autolinks of GitHub
/// Flavored Markdown say; full-width punctuation ends one too, since no space stands before it.
pub(super) fn push(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some((before, address, after)) = next(rest) {
        push_escaped(html, before);
        open(html, address);
        push_escaped(html, address);
        html.push_str("</a>");
        rest = after;
    }
    push_escaped(html, rest);
}

/// What stands before the next address, the address, and what stands after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find("http")?;
        let (before, rest) = text.split_at_checked(at)?;
        let begins = before.chars().next_back().is_none_or(|last| !last.is_ascii_alphanumeric());
        let has_scheme = rest.starts_with("http://") || rest.starts_with("https://");
        if begins && has_scheme {
            let (address, after) = rest.split_at_checked(length(rest))?;
            if allowed(address) {
                return Some((before, address, after));
            }
        }
        from = at + "http".len();
    }
}

/// How far the address at the beginning of a text reaches: not over what ends the sentence around it.
fn length(text: &str) -> usize {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '<' | '。' | '，' | '、' | '）' | '」' | '』' | '！' | '？' | '；');
    let mut address = text.split(ends).next().unwrap_or_default();
    let mut unopened = address.matches(')').count().saturating_sub(address.matches('(').count());
    while let Some(last) = address.chars().next_back() {
        match last {
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | '"' | ']' | '}' => {}
            ')' if unopened > 0 => unopened -= 1,
            _ => break,
        }
        address = address.get(..address.len() - last.len_utf8()).unwrap_or_default();
    }
    address.len()
}

#[cfg(test)]
mod tests {
    use super::next;

    fn addresses(text: &str) -> Vec<&str> {
        let (mut rest, mut found) = (text, Vec::new());
        while let Some((_, address, after)) = next(rest) {
            found.push(address);
            rest = after;
        }
        found
    }

    #[test]
    fn an_address_ends_where_the_sentence_around_it_goes_on() {
        assert_eq!(addresses("See https://a.example/b_c?d=e#f, or not."), ["https://a.example/b_c?d=e#f"]);
        assert_eq!(
            addresses("(at http://a.example/x_(y)) and \"https://b.example\"."),
            ["http://a.example/x_(y)", "https://b.example"]
        );
        assert_eq!(addresses("见https://a.example/文。好"), ["https://a.example/文"]);
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        for text in ["http", "https://", "xhttps://a.example", "https:///a", "http:a.example", "http://a\\b"] {
            assert_eq!(addresses(text), Vec::<&str>::new(), "{text}");
        }
    }
}
