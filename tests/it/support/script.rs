//! What a scripted upstream answers, step by step, down to the byte.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc, watch};

use super::wait::until;

/// One thing that an upstream does while it answers.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends bytes of the body, framed as the head has announced; in pieces of so many bytes each, or whole.
    Body(Vec<u8>, Option<usize>),
    /// Waits until the test opens the gate.
    Wait(Gate),
    /// Lets time pass, as a model does between two tokens.
    Pause(Duration),
    /// Does what the test feeds, until it drops the feed.
    Feed(Arc<Mutex<mpsc::UnboundedReceiver<Script>>>),
    /// Closes the connection in order, but without the end of the body.
    Close,
    /// Resets the connection.
    Reset,
    /// Does nothing more until the other side closes.
    Hold,
}

/// How the end of the body is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// In chunks, as streams are.
    Chunked,
    /// By a length in the head: the true one, or a lie.
    Length(usize),
}

/// The first line and the headers of an answer.
#[derive(Clone, Debug)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The headers, without those that frame the body.
    pub headers: Vec<(String, String)>,
    /// How the body ends.
    pub framing: Framing,
}

/// An answer: a head, if one is sent at all, and what is done then. Where no step says otherwise the body ends as
/// announced and the connection stays open for the next request.
#[derive(Clone, Debug)]
pub struct Script {
    /// What is sent first.
    pub head: Option<Head>,
    /// What is done after it.
    pub steps: Vec<Step>,
    style: Style,
}

/// How server-sent events are written. Every form here is one that the specification allows and some server sends.
#[derive(Clone, Copy, Debug)]
struct Style {
    line_end: &'static str,
    prefix: &'static str,
    pieces: Option<usize>,
}

const USUAL: Style = Style { line_end: "\n", prefix: "data: ", pieces: None };

impl Script {
    fn new(head: Option<Head>) -> Self {
        Self { head, steps: Vec::new(), style: USUAL }
    }

    /// Steps without a head of their own, to be fed into a running answer.
    pub fn more() -> Self {
        Self::new(None)
    }

    /// The beginning of a stream: its head, no event yet.
    pub fn stream() -> Self {
        let headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
        Self::new(Some(Head { status: 200, headers, framing: Framing::Chunked }))
    }

    /// A whole, faultless streamed answer.
    pub fn reply(text: &str) -> Self {
        Self::stream().role().text(text).finish("stop").usage(7, 5).done()
    }

    /// A body with its length.
    pub fn plain(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let script = Self::new(Some(Head { status, headers, framing: Framing::Length(body.len()) }));
        script.bytes(body)
    }

    /// An error in the form of OpenAI's API.
    pub fn error(status: u16, message: &str) -> Self {
        Self::plain(status, "application/json", error_object(message).to_string())
    }

    /// A page for people, as a proxy in front of a model sends it.
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>nginx</h1></body></html>";
        Self::plain(status, "text/html; charset=utf-8", page)
    }

    /// The answer of a server that does not know streaming: one completion.
    pub fn completion(text: &str) -> Self {
        let body = json!({
            "id": "chatcmpl-test", "object": "chat.completion", "created": 1, "model": "test-model",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
        });
        Self::plain(200, "application/json", body.to_string())
    }

    /// No answer at all: the request is read, and nothing happens until the other side closes.
    pub fn silence() -> Self {
        Self::new(None).hold()
    }

    /// No answer at all: the request is read and the connection reset.
    pub fn refusal() -> Self {
        Self::new(None).reset()
    }

    /// With another header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.as_mut().expect("an answer with a head").headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a length in the head that is not the body's.
    pub fn claiming_length(mut self, length: usize) -> Self {
        self.head.as_mut().expect("an answer with a head").framing = Framing::Length(length);
        self
    }

    /// From here on lines end in CR LF.
    pub fn with_crlf(mut self) -> Self {
        self.style.line_end = "\r\n";
        self
    }

    /// From here on there is no space after `data:`.
    pub fn without_space(mut self) -> Self {
        self.style.prefix = "data:";
        self
    }

    /// From here on everything is sent in pieces of so many bytes, wherever that cuts.
    pub fn in_pieces_of(mut self, bytes: usize) -> Self {
        self.style.pieces = Some(bytes);
        self
    }

    /// Sends bytes of the body as they are.
    pub fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Body(bytes.into(), self.style.pieces));
        self
    }

    /// Sends an event with this data.
    pub fn data(self, data: &str) -> Self {
        let Style { line_end, prefix, .. } = self.style;
        self.bytes(format!("{prefix}{data}{line_end}{line_end}"))
    }

    /// Sends an event with this JSON.
    pub fn event(self, value: &Value) -> Self {
        self.data(&value.to_string())
    }

    /// Sends a comment, as servers do to keep a connection open.
    pub fn comment(self, text: &str) -> Self {
        let line_end = self.style.line_end;
        self.bytes(format!(": {text}{line_end}{line_end}"))
    }

    /// Sends a change of the message.
    pub fn delta(self, delta: Value) -> Self {
        self.event(&chunk(&json!([{"index": 0, "delta": delta, "finish_reason": null}])))
    }

    /// Sends the first change, as OpenAI does: who speaks, and no text yet.
    pub fn role(self) -> Self {
        self.delta(json!({"role": "assistant", "content": ""}))
    }

    /// Sends more text.
    pub fn text(self, text: &str) -> Self {
        self.delta(json!({"content": text}))
    }

    /// Sends more text, a token at a time, with a pause after each.
    pub fn tokens<'a>(mut self, tokens: impl IntoIterator<Item = &'a str>, pause: Duration) -> Self {
        for token in tokens {
            self = self.text(token).pause(pause);
        }
        self
    }

    /// Sends more reasoning, under the name that DeepSeek and vLLM use.
    pub fn reasoning_content(self, text: &str) -> Self {
        self.delta(json!({"reasoning_content": text}))
    }

    /// Sends more reasoning, under the name that OpenRouter and Ollama use.
    pub fn reasoning(self, text: &str) -> Self {
        self.delta(json!({"reasoning": text}))
    }

    /// Sends a whole call of a tool, as its first piece and the rest.
    pub fn call(self, index: u32, id: &str, name: &str, arguments: &Value) -> Self {
        let arguments = arguments.to_string();
        let (first, rest) = arguments.split_at(1);
        let function = json!({"name": name, "arguments": first});
        self.delta(json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]}))
            .delta(json!({"tool_calls": [{"index": index, "function": {"arguments": rest}}]}))
    }

    /// A whole answer that does nothing but call a tool.
    pub fn calling(id: &str, name: &str, arguments: &Value) -> Self {
        Self::stream().role().call(0, id, name, arguments).finish("tool_calls").usage(7, 5).done()
    }

    /// Says why the model stopped.
    pub fn finish(self, reason: &str) -> Self {
        self.event(&chunk(&json!([{"index": 0, "delta": {}, "finish_reason": reason}])))
    }

    /// Says what was used, as OpenAI does: in an event without choices.
    pub fn usage(self, prompt: u64, completion: u64) -> Self {
        let mut event = chunk(&json!([]));
        event["usage"] = json!({
            "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt.saturating_add(completion),
        });
        self.event(&event)
    }

    /// Says that the stream is over.
    pub fn done(self) -> Self {
        self.data("[DONE]")
    }

    /// Waits until the test opens the gate.
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Wait(gate.clone()));
        self
    }

    /// Sends nothing of its body until the test opens the gate.
    pub fn held(mut self, gate: &Gate) -> Self {
        self.steps.insert(0, Step::Wait(gate.clone()));
        self
    }

    /// Breaks the connection off once what was sent has been read: a reset takes with it what was not.
    pub fn reset_once_read(self) -> Self {
        self.pause(Duration::from_millis(100)).reset()
    }

    /// Lets time pass.
    pub fn pause(mut self, time: Duration) -> Self {
        self.steps.push(Step::Pause(time));
        self
    }

    /// Does what the test feeds; goes on once the feed is dropped. One answer takes a feed; one given to two takes turns.
    pub fn feed(mut self) -> (Feed, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.steps.push(Step::Feed(Arc::new(Mutex::new(receiver))));
        (Feed { sender }, self)
    }

    /// Closes the connection in order, but without the end of the body.
    pub fn close(mut self) -> Self {
        self.steps.push(Step::Close);
        self
    }

    /// Resets the connection.
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Does nothing more until the other side closes.
    pub fn hold(mut self) -> Self {
        self.steps.push(Step::Hold);
        self
    }

    /// The same body, cut at these places, each a share of its length in thousandths, into writes of their own.
    pub fn cut_at(self, places: &[usize]) -> Self {
        let mut cut = self.in_one_write();
        let Some(Step::Body(whole, _)) = cut.steps.pop() else { return cut };
        let mut places: Vec<usize> = places.iter().map(|place| whole.len() * (place % 1000) / 1000).collect();
        places.extend([0, whole.len()]);
        places.sort_unstable();
        cut.steps.extend(places.windows(2).map(|pair| Step::Body(whole[pair[0]..pair[1]].to_vec(), None)));
        cut
    }

    /// Everything that is sent in the body, put into one write.
    pub fn in_one_write(mut self) -> Self {
        let mut whole = Vec::new();
        self.steps.retain(|step| match step {
            Step::Body(bytes, _) => {
                whole.extend_from_slice(bytes);
                false
            }
            _ => true,
        });
        self.steps.insert(0, Step::Body(whole, None));
        self
    }
}

/// An error in the form of OpenAI's API.
pub fn error_object(message: &str) -> Value {
    json!({"error": {"message": message, "type": "test_error", "param": null, "code": "test"}})
}

/// An event of a stream with these choices.
pub fn chunk(choices: &Value) -> Value {
    json!({
        "id": "chatcmpl-test", "object": "chat.completion.chunk", "created": 1, "model": "test-model",
        "choices": choices,
    })
}

/// A place at which an answer waits for the test.
#[derive(Clone, Debug)]
pub struct Gate {
    state: Arc<watch::Sender<GateState>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct GateState {
    arrived: usize,
    open: bool,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self { state: Arc::new(watch::Sender::new(GateState::default())) }
    }

    /// Lets through whoever waits, and whoever comes.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Waits until an answer has come as far as this gate.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until so many answers have come as far as this gate.
    pub async fn reached_by(&self, answers: usize) {
        let what = format!("{answers} upstream answers to reach a gate");
        until(what, &self.state, |state| state.arrived >= answers).await;
    }

    /// Arrives at the gate, and goes on when it is open.
    pub async fn pass(&self) {
        self.state.send_modify(|state| state.arrived += 1);
        // Without the patience of a test: the answer ends with the upstream anyway.
        self.state.subscribe().wait_for(|state| state.open).await.ok();
    }
}

/// The hand of a test in a running answer.
#[derive(Clone, Debug)]
pub struct Feed {
    sender: mpsc::UnboundedSender<Script>,
}

impl Feed {
    /// Has the answer do this next.
    pub fn then(&self, script: Script) {
        // If nobody takes it any more the test sees that in what the server does.
        self.sender.send(script).ok();
    }

    /// Sends more text.
    pub fn text(&self, text: &str) {
        self.then(Script::more().text(text));
    }

    /// Ends the answer as a model does that has said everything.
    pub fn finish(self) {
        self.then(Script::more().finish("stop").usage(7, 5).done());
    }
}
