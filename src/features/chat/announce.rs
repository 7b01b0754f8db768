//! Reads a streaming reply to a screen reader by the sentence, not by the token.

use leptos::prelude::*;

use super::{conversation::Conversation, shown::Shown};
use crate::{
    domain::{id::MessageId, message::Role},
    ui::handler::effect,
};

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

/// How far a reply has been read out, in bytes.
#[derive(Clone, Copy)]
struct Heard {
    reply: MessageId,
    to: usize,
}

/// A region that is read out politely: each time, the sentences that have become whole, and at the end of a reply the
/// rest. It stands outside of the message, which is busy, and a busy region is not read.
#[component]
pub(super) fn Announcer(conversation: Conversation) -> impl IntoView {
    let sentences = RwSignal::new(String::new());
    let mut heard: Option<Heard> = None;
    let mut is_first = true;
    effect(move || {
        let is_reply = |shown: &&Shown| shown.role == Role::Assistant;
        let last = conversation.messages.with(|all| all.iter().rev().find(is_reply).cloned());
        let is_new_page = std::mem::take(&mut is_first);
        let Some(last) = last else { return };
        last.open.track();
        last.closed.track();
        let ended = last.status.get().is_terminal();
        last.with_text(|text| {
            let before = heard.filter(|heard| heard.reply == last.id).map(|heard| heard.to);
            // What was there when the page opened, or had ended before it was shown, is read as part of the page.
            let from = before.unwrap_or(if is_new_page || ended { text.len() } else { 0 }).min(text.len());
            let to = if ended { text.len() } else { whole_sentences(text, from) };
            heard = Some(Heard { reply: last.id, to });
            if to > from {
                sentences.set(text.get(from..to).unwrap_or_default().trim().to_owned());
            }
        });
    });
    view! {
        <div class="visually-hidden" aria-live="polite" data-announced="">
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
