//! Asks the model for one reply, and brings what it says into the buffer.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::info_span;

use super::{
    Engine, Shared, Terms,
    desk::Desk,
    fitting::Fitting,
    limits::{self, Limited},
    live::LiveReply,
    moderation, prepare, prompt,
    rounds::{self, Came},
    worker,
};
use crate::{
    domain::{message::Message, parameter::Parameter, reply::End},
    server::store::{self, contexts::Chosen, in_time, jobs::Job},
};

/// The wait before the database is asked again that did not answer.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Brings what the model says into the buffer. Returns how the reply ends, or that it has to wait for its provider.
pub(super) async fn answer(engine: &Engine, job: &Job, live: &LiveReply) -> Result<End, Limited> {
    let shared = &engine.shared;
    // Such a span is a clock that runs as long as it is there. Nothing enters it: the lines of the log are the reply's.
    let reading = info_span!("read the conversation");
    let (chosen, path, terms) = match conversation(shared, job).await {
        Ok(conversation) => conversation,
        Err(error) => {
            tracing::error!(%error, "the conversation could not be read");
            return Ok(worker::interrupted());
        }
    };
    drop(reading);
    let model = job.model.clone();
    tracing::info!(model, messages = path.len(), "the reply begins");
    let asking = info_span!("ask the model", model);
    let mut waiting = Some(info_span!(parent: &asking, "wait for the first word"));
    let newest = moderation::newest(&path);
    let called = path.last().map(|reply| reply.tool_calls.clone()).unwrap_or_default();
    let told = prompt::told(terms.settings.system_prompt.as_deref(), &chosen);
    let history = prompt::history(told, &path);
    let desk = Desk::open(shared, job, live, terms.known.as_ref(), &called).await;
    let fitting = Fitting::new(shared, job, history, terms.room(), &desk.offers());
    let question = prepare::question(job, &terms);
    let mut notes = prepare::Notes::of(shared, job, &terms);
    let mut on_event = |came, arrived| {
        let event = match came {
            Came::Dropped(parameter) => return notes.dropped(parameter),
            Came::Event(event) => event,
        };
        notes.keep();
        live.push_arrived(event, arrived);
        if waiting.take().is_some() {
            limits::lifted(engine, job);
            shared.metrics.first_token(since(shared, job.asked_at));
            if !shared.store.is_exclusive() {
                shared.writer.hurry();
            }
        }
    };
    let asked = async {
        let client = shared.providers.client(job.provider).await?;
        moderation::check(shared, job, &client, &newest).await?;
        if desk.leaves_out() {
            on_event(Came::Dropped(Parameter::Tools), Instant::now());
        }
        rounds::ask(&client, question, fitting, desk, live, on_event).await
    };
    let answered = asked.await;
    notes.keep();
    match answered {
        Ok(status) => Ok(End { status, failure: None }),
        Err(error) => {
            limits::waits(shared, job, live, &error)?;
            tracing::warn!(code = error.code(), "the model did not answer to the end");
            Ok(error.end())
        }
    }
}

/// What was chosen for the chat and how models are asked in it, as it is now, and the path that leads to the reply, as soon as the database has them to
/// give.
async fn conversation(shared: &Shared, job: &Job) -> store::Result<(Chosen, Vec<Message>, Terms)> {
    loop {
        let chosen = shared.store.chosen_for(job.chat);
        let path = shared.store.path_to(job.lease.reply);
        let terms = prepare::terms(shared, job);
        match in_time(async { Ok((chosen.await?, path.await?, terms.await?)) }).await {
            Err(error) if error.is_passing() => {
                tracing::warn!(%error, "the conversation cannot be read yet; trying again");
                sleep(AFTER_FAILURE).await;
            }
            outcome => return outcome,
        }
    }
}

/// The time since a moment by the database's clock, in microseconds since 1970 UTC.
pub(super) fn since(shared: &Shared, moment: i64) -> Duration {
    Duration::from_micros(u64::try_from(shared.store.now().saturating_sub(moment)).unwrap_or_default())
}
