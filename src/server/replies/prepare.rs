//! Prepares the question for a reply, on the terms that hold by now, and keeps what the model does not take of it.

use std::mem;

use super::{Shared, Terms};
use crate::{
    domain::{id::MessageId, model::ModelRef, parameter::Parameter},
    server::{
        model::Question,
        store::{Result, in_time, jobs::Job},
    },
};

/// The terms of a reply that is about to be written: the model is the one that it was asked for with, the rest as its
/// chat and its workspace say by now.
///
/// # Errors
/// If the database fails.
pub(super) async fn terms(shared: &Shared, job: &Job) -> Result<Terms> {
    let (workspace, settings) = shared.store.settings_for(job.chat).await?;
    let catalogue = shared.providers.catalogue(workspace).await?;
    let model = ModelRef { provider: job.provider, model: job.model.clone() };
    Ok(Terms { reserved: job.max_tokens, ..Terms::kept(model, settings, &catalogue) })
}

/// The question for a reply, but for what of the conversation is sent.
pub(super) fn question(job: &Job, terms: &Terms) -> Question {
    Question {
        model: job.model.clone(),
        turns: Vec::new(),
        parameters: terms.parameters(),
        tools: Vec::new(),
        written: 0,
    }
}

/// What a model does not take of what somebody chose, as it said itself or as is known of it, on its way to the reply.
pub(super) struct Notes<'a> {
    shared: &'a Shared,
    reply: MessageId,
    terms: &'a Terms,
    dropped: Vec<Parameter>,
    /// Whether all of it is kept.
    kept: bool,
}

impl<'a> Notes<'a> {
    pub fn of(shared: &'a Shared, job: &Job, terms: &'a Terms) -> Self {
        Self { shared, reply: job.lease.reply, terms, dropped: Vec::new(), kept: true }
    }

    /// Takes what is to be noted, once, whichever round it comes from. What nobody chose nobody misses.
    pub fn dropped(&mut self, parameter: Parameter) {
        if self.terms.chose(parameter) && !self.dropped.contains(&parameter) {
            self.dropped.push(parameter);
            self.kept = false;
        }
    }

    /// Keeps it, beside the answer: nobody waits for that. With the first piece of the answer it is known whole.
    pub fn keep(&mut self) {
        if mem::replace(&mut self.kept, true) {
            return;
        }
        let (store, reply, dropped) = (self.shared.store.clone(), self.reply, self.dropped.clone());
        self.shared.tasks.spawn(async move {
            if let Err(error) = in_time(store.note_dropped(reply, &dropped)).await {
                tracing::warn!(%error, "what a model did not take could not be noted");
            }
        });
    }
}
