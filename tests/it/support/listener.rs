//! Someone who listens to changes of chats, as the list at the side does.

use parlance::domain::change::{CHANGE_BYTES, Change};

use super::wait::soon;

/// How often the server may say that it is still there before what is waited for is not to come.
const SILENCES: usize = 2;

/// A connection that brings changes.
pub struct Listener {
    answer: reqwest::Response,
    pending: Vec<u8>,
}

impl Listener {
    /// Takes what an answer brings, once it has begun to.
    pub async fn new(answer: reqwest::Response) -> Self {
        let mut listener = Self { answer, pending: Vec::new() };
        assert!(listener.any().await.is_some(), "the server says at first whether there was anything");
        listener
    }

    /// The next change; `None` when the connection ends.
    ///
    /// # Panics
    /// If the server does nothing but say that it is still there.
    pub async fn next(&mut self) -> Option<Change> {
        for _ in 0..SILENCES {
            match self.any().await? {
                Change::Nothing => {}
                change => return Some(change),
            }
        }
        panic!("nothing changes, and the connection stays open");
    }

    /// Goes on to the end of the connection.
    pub async fn until_close(mut self) {
        while self.next().await.is_some() {}
    }

    async fn any(&mut self) -> Option<Change> {
        while self.pending.len() < CHANGE_BYTES {
            let piece = soon("the next change", self.answer.chunk()).await.ok()??;
            self.pending.extend_from_slice(&piece);
        }
        let change = self.pending.drain(..CHANGE_BYTES).collect::<Vec<_>>();
        Some(Change::from_bytes(change.try_into().expect("as many bytes as asked for")))
    }
}
