//! The line `data: [DONE]`, found in a stream cut anywhere.

/// What was read of a stream, line by line.
#[derive(Debug)]
pub(super) struct DoneFinder {
    /// The beginning of the line that is being read; longer ones cannot be the one.
    line: Vec<u8>,
    /// How long it is so far.
    pub length: u64,
    too_long: bool,
    /// Whether the last byte ended a line.
    pub at_line_start: bool,
}

impl Default for DoneFinder {
    fn default() -> Self {
        Self { line: Vec::new(), length: 0, too_long: false, at_line_start: true }
    }
}

impl DoneFinder {
    const LONGEST: usize = 24;

    /// Reads on; whether the line that ends it was among these.
    pub fn push(&mut self, piece: &[u8]) -> bool {
        let mut done = false;
        for part in piece.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let ended = matches!(part.last(), Some(b'\n' | b'\r'));
            self.length = self.length.saturating_add(part.len() as u64);
            if self.line.len() + part.len() > Self::LONGEST {
                self.too_long = true;
                self.line.clear();
            }
            if !self.too_long {
                self.line.extend_from_slice(part);
            }
            self.at_line_start = ended;
            if ended {
                done |= self.finish();
                self.line.clear();
                self.length = 0;
                self.too_long = false;
            }
        }
        done
    }

    /// Whether the line as it stands is the one.
    pub fn finish(&self) -> bool {
        let Some(rest) = self.line.strip_prefix(b"data:") else { return false };
        !self.too_long && rest.trim_ascii() == b"[DONE]"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(pieces: &[&[u8]]) -> bool {
        let mut finder = DoneFinder::default();
        let within = pieces.iter().fold(false, |done, piece| finder.push(piece) | done);
        within | finder.finish()
    }

    #[test]
    fn the_word_that_ends_an_answer_is_found_in_every_usual_form() {
        for text in ["data: [DONE]\n\n", "data:[DONE]\r\n\r\n", "data: {}\n\ndata: [DONE]", "data: [DONE]\r"] {
            assert!(found(&[text.as_bytes()]), "{text:?}");
        }
    }

    #[test]
    fn the_word_inside_of_a_text_ends_nothing() {
        for text in ["data: {\"content\":\"data: [DONE]\"}\n\n", "xdata: [DONE]\n", "data: [DONE] or not\n"] {
            assert!(!found(&[text.as_bytes()]), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_found_wherever_the_stream_is_cut(before in "[a-z:\\[\\]\n]{0,60}", cut in any::<prop::sample::Index>()) {
            let text = format!("{before}\ndata: [DONE]\n\n");
            let at = cut.index(text.len() + 1);
            prop_assert!(found(&[&text.as_bytes()[..at], &text.as_bytes()[at..]]));
        }
    }
}
