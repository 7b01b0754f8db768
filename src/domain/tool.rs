//! Tools that a model calls while it writes a reply.

use serde::{Deserialize, Serialize};

use super::words::words;

words!(
    /// Where a call stands.
    CallStatus {
        /// A person has to allow it.
        Asked = "asked",
        /// A person allowed it.
        Allowed = "allowed",
        /// It is being carried out.
        Running = "running",
        /// It has a result.
        Done = "done",
        /// It could not be carried out; the result says why.
        Failed = "failed",
        /// A person did not allow it, or nobody was there to.
        Declined = "declined",
    }
);

impl CallStatus {
    /// Whether nothing more will become of it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Declined)
    }
}

/// A call, as far as it is known. In the log of a reply a later one of the same number replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Its place among the calls of the reply, from 0.
    pub number: u32,
    /// In which round of the reply it was made, from 0: calls of one round were made at once.
    pub round: u32,
    /// What the model calls it.
    pub call_id: String,
    /// The tool.
    pub name: String,
    /// What the tool is given: JSON, as the model wrote it.
    pub arguments: String,
    /// Where it stands.
    pub status: CallStatus,
    /// What came of it, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// Takes a call into those of a reply, which stand in the order of their numbers.
pub fn take(calls: &mut Vec<ToolCall>, call: ToolCall) {
    let place = calls.partition_point(|known| known.number < call.number);
    match calls.get_mut(place) {
        Some(known) if known.number == call.number => *known = call,
        _ => calls.insert(place, call),
    }
}

/// Nothing more becomes of the calls of a reply that has ended.
pub fn give_up(calls: &mut [ToolCall]) {
    calls.iter_mut().filter(|call| !call.status.is_over()).for_each(|call| call.status = CallStatus::Failed);
}

/// What a chat says of tools. They are named by their keys: that of a built-in one is its name, that of an MCP server's is
/// the server's id, a slash and its name there, so that another server never takes its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolSettings {
    /// Those that are switched on.
    pub on: Vec<String>,
    /// Those of them whose calls never wait for a person.
    pub allowed: Vec<String>,
    /// Whether every other call waits for a person, also of tools that need nobody's word.
    pub ask: bool,
}

impl ToolSettings {
    /// Switches one on or off. What was allowed before is not after.
    pub fn switch(&mut self, key: &str, on: bool) {
        self.allowed.retain(|known| known != key);
        let is_on = self.on.iter().any(|known| known == key);
        if on && !is_on {
            self.on.push(key.to_owned());
        } else if !on {
            self.on.retain(|known| known != key);
        }
    }

    /// Lets a tool that is on run without a person's word from now on.
    pub fn allow(&mut self, key: &str) {
        let is_in = |list: &[String]| list.iter().any(|known| known == key);
        if is_in(&self.on) && !is_in(&self.allowed) {
            self.allowed.push(key.to_owned());
        }
    }

    /// Whether every call waits for a person from now on. What was allowed before is not after.
    pub fn ask(&mut self, ask: bool) {
        self.ask = ask;
        if ask {
            self.allowed.clear();
        }
    }

    /// Whether a call of a tool that is on waits for a person; `usually` if it does where nobody said anything.
    #[must_use]
    pub fn waits(&self, key: &str, usually: bool) -> bool {
        (self.ask || usually) && !self.allowed.iter().any(|known| known == key)
    }
}

/// A tool, as something to be switched on in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolChoice {
    /// Its key.
    pub key: String,
    /// What the model calls it.
    pub name: String,
    /// What it does, as its maker says.
    pub description: String,
    /// The MCP server that it is of; none if it is built in.
    pub server: Option<String>,
    /// Whether it is switched on.
    pub on: bool,
    /// Whether its calls wait for a person.
    pub waits: bool,
}

/// The tools that a chat may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatTools {
    /// The built-in ones first, then those of each MCP server.
    pub tools: Vec<ToolChoice>,
    /// Whether every call waits for a person.
    pub ask: bool,
    /// Whether one may change this.
    pub may_change: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_waits_for_a_person_unless_its_tool_was_allowed_once_and_for_all() {
        let mut settings = ToolSettings::default();
        settings.allow("a");
        assert!(settings.waits("a", true) && !settings.waits("b", false), "what is off cannot be allowed");
        settings.switch("a", true);
        settings.allow("a");
        assert!(!settings.waits("a", true));
        settings.ask(true);
        assert!(settings.waits("a", true) && settings.waits("b", false));
        settings.allow("a");
        assert!(!settings.waits("a", true));
        settings.switch("a", false);
        settings.switch("a", true);
        assert!(settings.waits("a", true), "whoever switches it on anew is asked anew");
        assert_eq!(settings.on, ["a"]);
    }
}
