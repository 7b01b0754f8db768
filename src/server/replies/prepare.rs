//! Makes the question for a reply: on the terms that hold by now, with as much of the conversation as the model can read.

use std::mem;

use super::{
    Shared, Terms,
    prompt::{self, History, Said},
    room::{Prompt, TooLong, assemble},
    tokens,
};
use crate::{
    domain::{
        id::MessageId,
        message::{Message, Status},
        model::ModelRef,
        parameter::Parameter,
        reply::{End, Failure},
    },
    server::{
        model::Question,
        store::{Result, contexts::Chosen, in_time, jobs::Job},
    },
    texts::asking as texts,
};

/// How many bytes are about a token, where nothing has to be counted: of English and of code.
const BYTES_PER_TOKEN: u64 = 4;

/// The terms of a reply that is about to be written: the model is the one that it was asked for with, the rest as its
/// chat and its workspace say by now.
///
/// # Errors
/// If the database fails.
pub(super) async fn terms(shared: &Shared, job: &Job) -> Result<Terms> {
    let (workspace, settings) = shared.store.settings_for(job.chat).await?;
    let catalogue = shared.providers.catalogue(workspace).await?;
    let model = ModelRef { provider: job.provider, model: job.model.clone() };
    let mut terms = Terms::kept(model, settings, &catalogue);
    // No longer than what budgets were asked for.
    terms.settings.max_tokens = job.max_tokens.map(|most| terms.max_tokens().min(most)).or(terms.settings.max_tokens);
    Ok(terms)
}

/// The question for a reply. How much it is, and what of the conversation was left out, is noted with the reply.
///
/// # Errors
/// How the reply ends, if the model could not read the question.
pub(super) async fn question(
    shared: &Shared,
    job: &Job,
    terms: &Terms,
    chosen: &Chosen,
    path: Vec<Message>,
) -> std::result::Result<Question, End> {
    let told = prompt::told(terms.settings.system_prompt.as_deref(), chosen);
    let history = prompt::history(told, &path);
    let prompt = fitted(shared, job, terms, history).await.ok_or_else(|| too_long(terms))?;
    if let Err(error) = in_time(shared.store.note_prompt(job.lease.reply, prompt.tokens, prompt.left_out)).await {
        tracing::warn!(%error, "what a reply is asked with could not be noted");
    }
    Ok(Question {
        model: job.model.clone(),
        turns: prompt.turns,
        parameters: terms.parameters(),
        tools: Vec::new(),
        retries: true,
        written: 0,
    })
}

/// The prompt. It is counted only if it might not fit; `None` if it does not, whatever is left out.
async fn fitted(shared: &Shared, job: &Job, terms: &Terms, history: History) -> Option<Prompt> {
    let room = terms.room().filter(|room| history.most_tokens() > *room);
    let Some(room) = room else {
        return assemble(history, None, |said| said.turn.bytes().div_ceil(BYTES_PER_TOKEN)).ok();
    };
    let known = in_time(shared.store.tokens_in(job.chat)).await.unwrap_or_default();
    let counting = tokio::task::spawn_blocking(move || {
        let mut counted = Vec::new();
        let prompt = assemble(history, Some(room), |said| {
            let kept = said.message.and_then(|message| known.get(&message)).copied();
            kept.unwrap_or_else(|| count(said, &mut counted))
        });
        (prompt, counted)
    });
    // It fails only if the counting panics: better to say that it does not fit than to send what might not.
    let (prompt, counted) = counting.await.unwrap_or((Err(TooLong), Vec::new()));
    if !counted.is_empty()
        && let Err(error) = in_time(shared.store.keep_tokens(&counted)).await
    {
        tracing::warn!(%error, "what was counted could not be kept; it will be counted again");
    }
    prompt.ok()
}

/// How many tokens a turn is; noted if it is a message's.
fn count(said: &Said, counted: &mut Vec<(MessageId, u64)>) -> u64 {
    let tokens = said.turn.texts().map(tokens::count).sum();
    counted.extend(said.message.map(|message| (message, tokens)));
    tokens
}

/// How a reply ends whose question the model cannot read.
fn too_long(terms: &Terms) -> End {
    let message = texts::prompt_too_long(terms.room().unwrap_or_default());
    End { status: Status::Failed, failure: Some(Failure { code: "prompt_too_long".to_owned(), message }) }
}

/// What a model did not take, on its way to the reply.
pub(super) struct Notes<'a> {
    shared: &'a Shared,
    reply: MessageId,
    dropped: Vec<Parameter>,
}

impl<'a> Notes<'a> {
    pub fn of(shared: &'a Shared, job: &Job) -> Self {
        Self { shared, reply: job.lease.reply, dropped: Vec::new() }
    }

    /// Takes what is to be noted.
    pub fn dropped(&mut self, parameter: Parameter) {
        self.dropped.push(parameter);
    }

    /// Keeps it, beside the answer: nobody waits for that. With the first piece of the answer it is known whole.
    pub fn keep(&mut self) {
        if self.dropped.is_empty() {
            return;
        }
        let (store, reply, dropped) = (self.shared.store.clone(), self.reply, mem::take(&mut self.dropped));
        self.shared.tasks.spawn(async move {
            if let Err(error) = in_time(store.note_dropped(reply, &dropped)).await {
                tracing::warn!(%error, "what a model did not take could not be noted");
            }
        });
    }
}
