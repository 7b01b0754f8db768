//! Where the calls of a reply's tools are dealt with: looked at, shown to a person where one has to allow them, carried out.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::future::join_all;
use serde_json::{Map, Value};
use tokio::time::{sleep, timeout};

use super::{Shared, live::LiveReply, result};
use crate::{
    domain::{
        id::MessageId,
        limits::{TOOL_CALLS, TOOL_RESULT_BYTES, TOOL_RESULTS_BYTES},
        model::{Capability, Model},
        reply::Event,
        tool::{CallStatus, ToolCall},
    },
    server::{
        model::{Offer, RequestedCall},
        store::{Result, in_time, jobs::Job, tools::ToolGround},
        tools::{Tool, arguments},
    },
    texts::tools as texts,
};

/// How often it is looked for an answer of which no word came.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The longest name and id of a call that are kept, in characters.
const NAME_CHARS: usize = 200;

/// The desk of one reply.
pub(super) struct Desk<'a> {
    shared: &'a Shared,
    live: &'a LiveReply,
    reply: MessageId,
    tools: Vec<Tool>,
    /// Whether the chat's tools are left out, since the model is known to call none.
    leaves_out: bool,
    /// How many calls there were.
    calls: usize,
    ids: HashSet<String>,
    round: u32,
    /// How many bytes tools may still give.
    room: AtomicUsize,
}

/// What carries a call out, if it can be.
struct Ready {
    tool: Tool,
    arguments: Map<String, Value>,
    ground: ToolGround,
}

impl<'a> Desk<'a> {
    /// The desk of a reply that begins, with the tools of its chat; `model` is what is known of the one that writes it, and
    /// `before` are the calls with which it goes on. A model that is known to call no tools gets none. If the tools cannot
    /// be read, the reply does without.
    pub(super) async fn open(
        shared: &'a Shared,
        job: &Job,
        live: &'a LiveReply,
        model: Option<&Model>,
        before: &[ToolCall],
    ) -> Self {
        let reply = job.lease.reply;
        let mut tools = tools_of(shared, reply).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the tools of the chat could not be read; going on without them");
            Vec::new()
        });
        let leaves_out = !tools.is_empty() && model.is_some_and(|model| model.capabilities.lacks(Capability::Tools));
        if leaves_out {
            tracing::info!("the model is known to call no tools; asking without them");
            tools.clear();
        }
        let ids = before.iter().map(|call| call.call_id.clone()).collect();
        let round = before.last().map_or(0, |call| call.round + 1);
        let given = before.iter().filter_map(|call| call.result.as_ref()).map(String::len).sum();
        let room = AtomicUsize::new(TOOL_RESULTS_BYTES.saturating_sub(given));
        Self { shared, live, reply, tools, leaves_out, calls: before.len(), ids, round, room }
    }

    /// What the model may call.
    pub(super) fn offers(&self) -> Vec<Offer> {
        self.tools.iter().map(Tool::offer).collect()
    }

    /// Whether tools are switched on in the chat of which the model is offered none, since it is known to call none.
    pub(super) fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    /// Whether no more calls are carried out.
    pub(super) fn is_full(&self) -> bool {
        self.calls >= TOOL_CALLS
    }

    /// Offers nothing from now on.
    pub(super) fn close(&mut self) {
        self.tools.clear();
    }

    /// Carries out the calls of a round, all at once, as far as there is room for them. Returns them as they ended.
    pub(super) async fn carry_out(
        &mut self,
        requested: Vec<RequestedCall>,
        mut show: impl FnMut(Event) + Send,
    ) -> Vec<ToolCall> {
        let ground = self.ground().await;
        let room = TOOL_CALLS.saturating_sub(self.calls);
        let mut prepared = Vec::new();
        for requested in requested.into_iter().take(room) {
            let (call, ready) = self.prepare(requested, &ground);
            show(Event::Tool(call.clone()));
            prepared.push((call, ready));
        }
        self.round += 1;
        let desk = &*self;
        join_all(prepared.into_iter().map(|(call, ready)| desk.finish(call, ready))).await
    }

    /// As it is now: somebody may have allowed a tool, or switched one off, since the last round.
    async fn ground(&self) -> Result<ToolGround> {
        in_time(self.shared.store.tool_ground(self.reply)).await
    }

    /// Looks at a call: which tool it is of, whether its arguments fit, whether a person has to allow it. If nothing can
    /// become of it, what is wrong is its result.
    fn prepare(&mut self, requested: RequestedCall, ground: &Result<ToolGround>) -> (ToolCall, Option<Ready>) {
        let number = u32::try_from(self.calls).unwrap_or(u32::MAX);
        self.calls += 1;
        let shortened = |text: String| text.chars().take(NAME_CHARS).collect::<String>();
        let mut call_id = shortened(requested.id);
        // Some servers name none, or all the same.
        if call_id.is_empty() || self.ids.contains(&call_id) {
            call_id = format!("call_{number}_{}", self.reply.0.simple());
        }
        self.ids.insert(call_id.clone());
        let name = shortened(requested.name);
        let found = self.look_up(&name, &requested.arguments, ground);
        let kept = requested.arguments.floor_char_boundary(arguments::ARGUMENT_BYTES);
        let mut arguments = requested.arguments;
        arguments.truncate(kept);
        let mut call =
            ToolCall { number, round: self.round, call_id, name, arguments, status: CallStatus::Running, result: None };
        match found {
            Ok(ready) => {
                if ready.ground.settings.waits(&ready.tool.key, ready.tool.usually_waits()) {
                    call.status = CallStatus::Asked;
                }
                (call, Some(ready))
            }
            Err(wrong) => {
                (call.status, call.result) = (CallStatus::Failed, Some(self.fit(&wrong)));
                (call, None)
            }
        }
    }

    fn look_up(&self, name: &str, given: &str, ground: &Result<ToolGround>) -> std::result::Result<Ready, String> {
        let tool = self.tools.iter().find(|tool| tool.name == name).ok_or_else(|| texts::NOT_THERE.to_owned())?;
        let ground = ground.as_ref().map_err(|_| texts::BROKEN.to_owned())?;
        if !ground.settings.on.contains(&tool.key) {
            return Err(texts::NOT_THERE.to_owned());
        }
        let arguments = arguments::read(given, &tool.parameters).map_err(|error| error.to_string())?;
        Ok(Ready { tool: tool.clone(), arguments, ground: ground.clone() })
    }

    /// Waits for a person where one has to allow the call, then carries it out.
    async fn finish(&self, mut call: ToolCall, ready: Option<Ready>) -> ToolCall {
        let Some(Ready { tool, arguments, mut ground }) = ready else { return call };
        if call.status == CallStatus::Asked {
            let answer = self.answer(call.number).await;
            if answer != Some(CallStatus::Allowed) {
                let said = if answer.is_some() { texts::DECLINED } else { texts::UNANSWERED };
                return self.show(call, CallStatus::Declined, Some(said.to_owned()));
            }
            // Whoever asked may have left while it waited, or somebody may have switched the tool off.
            ground = match self.ground().await {
                Ok(ground) => ground,
                Err(error) => {
                    tracing::warn!(%error, "it is not known any more for whom a tool is called");
                    return self.show(call, CallStatus::Failed, Some(texts::BROKEN.to_owned()));
                }
            };
            if !ground.settings.on.contains(&tool.key) {
                return self.show(call, CallStatus::Failed, Some(texts::NOT_THERE.to_owned()));
            }
            call = self.show(call, CallStatus::Running, None);
        }
        let Some(asker) = ground.asker else {
            return self.show(call, CallStatus::Failed, Some(texts::ASKER_GONE.to_owned()));
        };
        let running = self.shared.tools.run(&tool, arguments, &asker, self.reply);
        let outcome = timeout(self.shared.tools.patience().call, running)
            .await
            .unwrap_or_else(|_| Err(texts::TOO_SLOW.to_owned()));
        let (status, result) = match outcome {
            Ok(result) => (CallStatus::Done, result),
            Err(wrong) => (CallStatus::Failed, wrong),
        };
        tracing::info!(number = call.number, tool = tool.key, status = status.as_str(), "a tool was called");
        self.show(call, status, Some(self.fit(&result)))
    }

    /// What a tool gave, as far as there is room for it.
    fn fit(&self, given: &str) -> String {
        let room = self.room.load(Ordering::Relaxed);
        let kept = result::fit(given, room.min(TOOL_RESULT_BYTES));
        // All calls of a reply are carried out by one task: nobody takes of it between the two.
        self.room.store(room.saturating_sub(kept.len()), Ordering::Relaxed);
        kept
    }

    /// The call as it stands now, which is written and shown.
    fn show(&self, call: ToolCall, status: CallStatus, result: Option<String>) -> ToolCall {
        let call = ToolCall { status, result, ..call };
        self.live.push(Event::Tool(call.clone()));
        call
    }

    /// What a person answers; `None` if nobody does.
    async fn answer(&self, number: u32) -> Option<CallStatus> {
        let mut changed = self.live.subscribe();
        let answered = async {
            loop {
                // Before the look, so that what comes after it is not slept through.
                changed.mark_unchanged();
                match in_time(self.shared.store.call_status(self.reply, number)).await {
                    Ok(Some(status @ (CallStatus::Allowed | CallStatus::Declined))) => return status,
                    // Not written yet, or not answered yet.
                    Ok(_) => {}
                    Err(error) => tracing::debug!(%error, "an answer to a call cannot be looked for"),
                }
                tokio::select! {
                    // It fails only if the buffer is gone, which is held here.
                    _ = changed.changed() => {}
                    () = sleep(LOOK_EVERY) => {}
                }
            }
        };
        timeout(self.shared.tools.patience().answer, answered).await.ok()
    }
}

/// The tools that are switched on in the reply's chat.
async fn tools_of(shared: &Shared, reply: MessageId) -> Result<Vec<Tool>> {
    let ground = in_time(shared.store.tool_ground(reply)).await?;
    let Some(asker) = ground.asker else { return Ok(Vec::new()) };
    in_time(shared.tools.switched_on(asker.workspace, &ground.settings)).await
}
