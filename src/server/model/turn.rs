//! A turn of a conversation, as chat APIs want it.

use serde::{Serialize, Serializer};

use crate::domain::message::Role;

/// What somebody says, calls or gives back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said; of a tool, what came of its call. Without a word, as a turn that only calls tools is, it travels as
    /// null: some servers take no empty text.
    #[serde(serialize_with = "null_if_empty")]
    pub content: String,
    /// The tools that the model calls: the turns that follow hold what came of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<TurnCall>,
    /// Of a tool, the id of the call that this answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// A call of a tool in a turn of the model's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TurnCall {
    /// What the model calls it.
    pub id: String,
    /// What is called; there are only functions.
    #[serde(rename = "type")]
    pub kind: CallKind,
    /// The function.
    pub function: CalledFunction,
}

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// A function.
    Function,
}

/// A function that the model calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalledFunction {
    /// The tool.
    pub name: String,
    /// What it is given: JSON, as the model wrote it.
    pub arguments: String,
}

impl Turn {
    /// What somebody says.
    #[must_use]
    pub fn said(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), tool_calls: Vec::new(), tool_call_id: None }
    }

    /// What the model says while it calls tools, each by its id, its name and its arguments.
    #[must_use]
    pub fn calling(content: impl Into<String>, calls: impl IntoIterator<Item = (String, String, String)>) -> Self {
        let call = |(id, name, arguments)| TurnCall {
            id,
            kind: CallKind::Function,
            function: CalledFunction { name, arguments },
        };
        Self { tool_calls: calls.into_iter().map(call).collect(), ..Self::said(Role::Assistant, content) }
    }

    /// What came of a call.
    #[must_use]
    pub fn result(call: impl Into<String>, content: impl Into<String>) -> Self {
        Self { tool_call_id: Some(call.into()), ..Self::said(Role::Tool, content) }
    }

    /// The texts in it that a model reads.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let calls = self.tool_calls.iter().map(|call| &call.function);
        let called = calls.flat_map(|function| [function.name.as_str(), function.arguments.as_str()]);
        [self.content.as_str()].into_iter().chain(called)
    }

    /// How many bytes its texts are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.texts().map(|text| text.len() as u64).sum()
    }
}

fn null_if_empty<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    if text.is_empty() { to.serialize_none() } else { to.serialize_str(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn turns_travel_as_the_api_wants_them() {
        let turns = [
            Turn::said(Role::User, "Hello"),
            Turn::calling("", [("c1".to_owned(), "clock".to_owned(), "{}".to_owned())]),
            Turn::result("c1", "noon"),
        ];
        let called = json!([{"id": "c1", "type": "function", "function": {"name": "clock", "arguments": "{}"}}]);
        assert_eq!(
            serde_json::to_value(turns).unwrap(),
            json!([
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": null, "tool_calls": called},
                {"role": "tool", "content": "noon", "tool_call_id": "c1"},
            ])
        );
    }
}
