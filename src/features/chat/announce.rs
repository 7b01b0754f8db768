//! Reads a streaming reply to a screen reader by the sentence, not by the token.

use leptos::prelude::*;

use super::conversation::Shown;
use crate::ui::handler::effect;

/// How far the text up to the last whole sentence reaches, in bytes, beginning at `from`.
fn whole_sentences(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let breaks_after = chars.peek().is_some_and(|(_, next)| next.is_whitespace());
        if c == '\n' || (matches!(c, '.' | '!' | '?' | '。' | '！' | '？') && (breaks_after || !c.is_ascii())) {
            end = at + c.len_utf8();
        }
    }
    from + end
}

/// A region that is read out politely: each time, the sentences that have become whole.
#[component]
pub(super) fn Announcer(shown: Shown) -> impl IntoView {
    let announced = StoredValue::new(None::<usize>);
    let sentences = RwSignal::new(String::new());
    effect(move || {
        shown.open.track();
        shown.closed.track();
        shown.with_text(|text| {
            // What was there when the page opened is read as part of the page.
            let from = announced.get_value().unwrap_or(text.len());
            let to = whole_sentences(text, from.min(text.len()));
            announced.set_value(Some(to.max(from)));
            if to > from {
                sentences.set(text.get(from..to).unwrap_or_default().trim().to_owned());
            }
        });
    });
    view! {
        <div class="visually-hidden" aria-live="polite">
            {sentences}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::whole_sentences;

    #[test]
    fn only_whole_sentences_are_read_out() {
        assert_eq!(whole_sentences("One. Two", 0), 4);
        assert_eq!(whole_sentences("One. Two.", 4), 4);
        assert_eq!(whole_sentences("One. Two. ", 4), 9);
        assert_eq!(whole_sentences("3.14 is", 0), 0);
        assert_eq!(whole_sentences("- item\nnext", 0), 7);
        assert_eq!(whole_sentences("はい。次", 0), 9);
    }
}
