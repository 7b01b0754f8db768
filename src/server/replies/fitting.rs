//! A conversation, fitted into what a model can read: once before it is asked, and again each time tools have given something.

use super::{
    Shared,
    prompt::{History, Said},
    room::{Prompt, TooLong, assemble},
    tokens,
};
use crate::{
    domain::id::MessageId,
    server::{
        model::{ModelError, Offer, Turn},
        store::{in_time, jobs::Job},
    },
    texts::asking as texts,
};

/// How many bytes are about a token, where nothing has to be counted: of English and of code.
const BYTES_PER_TOKEN: u64 = 4;

/// The conversation for one reply.
pub(super) struct Fitting<'a> {
    shared: &'a Shared,
    job: &'a Job,
    history: History,
    /// How many tokens the model can read, if that is known.
    room: Option<u64>,
    /// The tools that it may call, which it reads too.
    offered: String,
}

impl<'a> Fitting<'a> {
    /// The conversation for a reply whose model can read so many tokens and may call these tools.
    pub fn new(shared: &'a Shared, job: &'a Job, history: History, room: Option<u64>, offers: &[Offer]) -> Self {
        Self { shared, job, history, room, offered: offers.iter().map(Offer::text).collect() }
    }

    /// Takes what was said and done since: it is newer than all the rest.
    pub fn add(&mut self, turns: Vec<Turn>) {
        self.history.newest.extend(turns.into_iter().map(|turn| Said { message: None, turn }));
    }

    /// What the model is sent. How much it is, and what of the conversation was left out, is noted with the reply.
    ///
    /// # Errors
    /// `PromptTooLong` if it does not fit, whatever is left out.
    pub async fn prompt(&self) -> Result<Prompt, ModelError> {
        let prompt = self
            .fit()
            .await
            .map_err(|TooLong| ModelError::PromptTooLong(texts::prompt_too_long(self.room.unwrap_or_default())))?;
        let noted = self.shared.store.note_prompt(self.job.lease.reply, prompt.tokens, prompt.left_out);
        if let Err(error) = in_time(noted).await {
            tracing::warn!(%error, "what a reply is asked with could not be noted");
        }
        Ok(prompt)
    }

    /// It is counted only if it might not fit: a token is a byte at least.
    async fn fit(&self) -> Result<Prompt, TooLong> {
        let offered = self.offered.len() as u64;
        let most = self.history.most_tokens().saturating_add(offered);
        let Some(room) = self.room.filter(|room| most > *room) else {
            let prompt = assemble(self.history.clone(), None, |said| said.turn.bytes().div_ceil(BYTES_PER_TOKEN))?;
            return Ok(Prompt { tokens: prompt.tokens.saturating_add(offered.div_ceil(BYTES_PER_TOKEN)), ..prompt });
        };
        let known = in_time(self.shared.store.tokens_in(self.job.chat)).await.unwrap_or_default();
        let (mut history, offered) = (self.history.clone(), self.offered.clone());
        let counting = tokio::task::spawn_blocking(move || {
            let mut counted = Vec::new();
            let mut tokens_of = |said: &Said| {
                let kept = said.message.and_then(|message| known.get(&message)).copied();
                kept.unwrap_or_else(|| count(said, &mut counted))
            };
            let taken = tokens::count(&offered);
            let room = room.saturating_sub(taken);
            history.shorten_results(room, &mut tokens_of);
            let prompt = assemble(history, Some(room), tokens_of);
            (prompt.map(|prompt| Prompt { tokens: prompt.tokens.saturating_add(taken), ..prompt }), counted)
        });
        // It fails only if the counting panics: better to say that it does not fit than to send what might not.
        let (prompt, counted) = counting.await.unwrap_or((Err(TooLong), Vec::new()));
        if !counted.is_empty()
            && let Err(error) = in_time(self.shared.store.keep_tokens(&counted)).await
        {
            tracing::warn!(%error, "what was counted could not be kept; it will be counted again");
        }
        prompt
    }
}

/// How many tokens a turn is; noted if it is a message's.
fn count(said: &Said, counted: &mut Vec<(MessageId, u64)>) -> u64 {
    let tokens = said.turn.texts().map(tokens::count).sum();
    counted.extend(said.message.map(|message| (message, tokens)));
    tokens
}
