//! Tools of a chat, as people switch them on and answer their calls.

use parlance::domain::{
    id::{ChatId, MessageId},
    tool::{ChatTools, ToolCall},
};
use serde_json::Value;

use super::{
    client::{Client, Refusal, Started},
    script::Script,
    upstream::{Request, Upstream},
};

impl Client {
    /// The tools of a chat.
    pub async fn tools(&self, chat: ChatId) -> ChatTools {
        self.call("chat_tools", &[("chat", &chat.to_string())]).await.expect("the tools of a chat")
    }

    /// Switches a tool on or off.
    pub async fn switch_tool(&self, chat: ChatId, key: &str, on: bool) -> Result<(), Refusal> {
        self.order("switch_tool", &[("chat", &chat.to_string()), ("tool", key), ("on", &on.to_string())]).await
    }

    /// Has every call wait, or not.
    pub async fn ask_before_tools(&self, chat: ChatId, ask: bool) -> Result<(), Refusal> {
        self.order("ask_before_tools", &[("chat", &chat.to_string()), ("ask", &ask.to_string())]).await
    }

    /// Allows a call.
    pub async fn allow(&self, reply: MessageId, number: u32, always: bool) -> Result<(), Refusal> {
        let fields = [("reply", reply.to_string()), ("number", number.to_string()), ("always", always.to_string())];
        self.order("allow_tool_call", &fields.each_ref().map(|(name, value)| (*name, value.as_str()))).await
    }

    /// Declines a call.
    pub async fn decline(&self, reply: MessageId, number: u32) -> Result<(), Refusal> {
        self.order("decline_tool_call", &[("reply", &reply.to_string()), ("number", &number.to_string())]).await
    }

    /// The calls of a reply as its chat shows them.
    pub async fn calls(&self, chat: ChatId, reply: MessageId) -> Vec<ToolCall> {
        self.message(chat, reply).await.tool_calls
    }

    /// A chat with these tools switched on, which has had one exchange.
    pub async fn chat_with_tools(&self, upstream: &Upstream, keys: &[&str]) -> Started {
        upstream.answer(Script::reply("Hello."));
        let (started, _) = self.ask("Hello").await;
        for key in keys {
            self.switch_tool(started.chat, key, true).await.expect("a tool to be switched on");
        }
        started
    }
}

/// The names of the tools that a model was offered.
pub fn offered(request: &Request) -> Vec<String> {
    let tools = request.body["tools"].as_array().into_iter().flatten();
    tools.map(|tool| tool["function"]["name"].as_str().expect("a name").to_owned()).collect()
}

/// The results that a model was given, by the id of the call.
pub fn results(request: &Request) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let turns = request.body["messages"].as_array().expect("messages").iter();
    turns
        .filter(|turn| turn["role"] == "tool")
        .map(|turn| (word(&turn["tool_call_id"]), word(&turn["content"])))
        .collect()
}
