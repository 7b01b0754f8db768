//! A turn of a conversation, as chat APIs want it.

use std::{borrow::Cow, collections::HashMap};

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

/// A conversation without calls of tools: what came of each is told in words, as whoever asks would tell it. Some APIs,
/// Anthropic's among them, refuse calls where no tools are offered.
///
/// The model is not shown as the one who tells of them: it would go on to write such words instead of calling. Turns of
/// whoever asks that come to stand side by side become one, since some models want the two sides to take turns.
pub(super) fn in_words(turns: &[Turn]) -> Cow<'_, [Turn]> {
    if turns.iter().all(|turn| turn.tool_calls.is_empty() && turn.role != Role::Tool) {
        return Cow::Borrowed(turns);
    }
    let mut called: HashMap<&str, &CalledFunction> = HashMap::new();
    let mut told: Vec<Turn> = Vec::with_capacity(turns.len());
    for turn in turns {
        called.extend(turn.tool_calls.iter().map(|call| (call.id.as_str(), &call.function)));
        let (role, said) = if turn.role == Role::Tool {
            let function = turn.tool_call_id.as_deref().and_then(|id| called.get(id));
            (Role::User, result_in_words(function.copied(), &turn.content))
        } else {
            (turn.role, turn.content.clone())
        };
        match told.last_mut() {
            // Who called without a word said nothing.
            _ if said.is_empty() => {}
            Some(last) if role == Role::User && last.role == role => {
                last.content.push_str("\n\n");
                last.content.push_str(&said);
            }
            _ => told.push(Turn::said(role, said)),
        }
    }
    Cow::Owned(told)
}

fn result_in_words(called: Option<&CalledFunction>, result: &str) -> String {
    match called {
        Some(CalledFunction { name, arguments }) => {
            format!("[You called the tool {name} with {arguments}. It gave:]\n{result}")
        }
        None => format!("[You called a tool. It gave:]\n{result}"),
    }
}

fn null_if_empty<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    if text.is_empty() { to.serialize_none() } else { to.serialize_str(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn calling(said: &str, id: &str, arguments: &str) -> Turn {
        Turn::calling(said, [(id.to_owned(), "clock".to_owned(), arguments.to_owned())])
    }

    #[test]
    fn a_conversation_without_tools_tells_in_words_what_came_of_calls_and_its_sides_take_turns() {
        let turns = [
            Turn::said(Role::System, "Be brief."),
            Turn::said(Role::User, "When?"),
            calling("Let me see.", "c1", "{}"),
            Turn::result("c1", "noon"),
            calling("", "c2", "{\"zone\":1}"),
            Turn::result("c2", "one"),
            Turn::said(Role::Assistant, "At one."),
            Turn::said(Role::User, "And now?"),
            // An id that comes again is of the newest call.
            calling("", "c1", "{\"zone\":2}"),
            Turn::result("c1", "two"),
            Turn::result("c9", "three"),
        ];
        let told = in_words(&turns);
        let said: Vec<(Role, &str)> = told.iter().map(|turn| (turn.role, turn.content.as_str())).collect();
        let first = "[You called the tool clock with {}. It gave:]\nnoon\n\n\
                     [You called the tool clock with {\"zone\":1}. It gave:]\none";
        let second = "And now?\n\n[You called the tool clock with {\"zone\":2}. It gave:]\ntwo\n\n\
                      [You called a tool. It gave:]\nthree";
        assert_eq!(
            said,
            [
                (Role::System, "Be brief."),
                (Role::User, "When?"),
                (Role::Assistant, "Let me see."),
                (Role::User, first),
                (Role::Assistant, "At one."),
                (Role::User, second),
            ]
        );
        assert!(told.iter().all(|turn| turn.tool_calls.is_empty() && turn.tool_call_id.is_none()));
    }

    #[test]
    fn a_conversation_in_which_nothing_was_called_stays_as_it_is() {
        let turns = [Turn::said(Role::User, "a"), Turn::said(Role::User, "b"), Turn::said(Role::Assistant, "")];
        assert!(matches!(in_words(&turns), Cow::Borrowed(same) if same == turns));
    }

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
