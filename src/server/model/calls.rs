//! The tools that a model calls, put together from the pieces in which servers send them.
//!
//! OpenAI sends a call's id and name first and its arguments in pieces after it, all under the call's index. Others send
//! whole calls, leave the id or the index out, give every call the index 0, send the arguments as an object, or the one call
//! of the time before there were several. All of that is understood; what makes no sense is passed over.

use serde_json::Value;

use crate::domain::text::without_nul;

/// The most calls that are taken from one answer: more are never carried out.
const MOST: usize = 128;

/// A call as a model made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestedCall {
    /// What the model calls it; may be empty.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What it is given, as text: JSON, if the model was careful.
    pub arguments: String,
}

/// Calls that are being put together.
#[derive(Debug, Default)]
pub(super) struct Calls {
    parts: Vec<(Option<u64>, RequestedCall)>,
}

impl Calls {
    /// Takes what a piece of an answer says of calls: the list of today, or the one call of before.
    pub(super) fn take(&mut self, list: &Value, old: &Value) {
        for piece in list.as_array().into_iter().flatten() {
            self.take_one(piece, piece.get("function").unwrap_or(piece));
        }
        if old.is_object() {
            self.take_one(&Value::Null, old);
        }
    }

    /// How many bytes they are so far.
    pub(super) fn length(&self) -> u64 {
        self.parts.iter().map(|(_, call)| (call.id.len() + call.name.len() + call.arguments.len()) as u64).sum()
    }

    fn take_one(&mut self, outer: &Value, function: &Value) {
        let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, name) = (word(outer, "id"), word(function, "name"));
        let index = outer.get("index").and_then(Value::as_u64);
        let arguments = match function.get("arguments") {
            Some(Value::String(text)) => text.clone(),
            Some(whole @ (Value::Object(_) | Value::Array(_))) => whole.to_string(),
            _ => String::new(),
        };
        let Some(call) = self.find_or_begin(index, &id, &name) else { return };
        if call.id.is_empty() {
            call.id = without_nul(&id).into_owned();
        }
        // Some servers send the name again with every piece, others in pieces.
        if call.name != name {
            call.name.push_str(&without_nul(&name));
        }
        call.arguments.push_str(&without_nul(&arguments));
    }

    /// The call that a piece belongs to. `None` if there are too many, or none that it could belong to.
    fn find_or_begin(&mut self, index: Option<u64>, id: &str, name: &str) -> Option<&mut RequestedCall> {
        let goes_on = |(known, call): &(Option<u64>, RequestedCall)| {
            let same_id = !id.is_empty() && call.id == id;
            let may_be = id.is_empty() || call.id.is_empty();
            let same_index = index.is_some() && *known == index;
            same_id || (may_be && same_index) || (may_be && index.is_none() && name.is_empty())
        };
        let place = match self.parts.iter().rposition(goes_on) {
            Some(place) => place,
            None if name.is_empty() || self.parts.len() >= MOST => return None,
            None => {
                self.parts.push((index, RequestedCall::default()));
                self.parts.len() - 1
            }
        };
        self.parts.get_mut(place).map(|(_, call)| call)
    }

    /// The calls, in the order in which they were begun.
    pub(super) fn whole(self) -> impl Iterator<Item = RequestedCall> {
        self.parts.into_iter().map(|(_, call)| call).filter(|call| !call.name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put_together(pieces: &[Value]) -> Vec<(String, String, String)> {
        let mut calls = Calls::default();
        for piece in pieces {
            calls.take(&piece["tool_calls"], &piece["function_call"]);
        }
        calls.whole().map(|call| (call.id, call.name, call.arguments)).collect()
    }

    fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
        (id.to_owned(), name.to_owned(), arguments.to_owned())
    }

    #[test]
    fn pieces_of_several_calls_are_put_together_by_their_index() {
        let pieces = [
            json!({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "one", "arguments": ""}}]}),
            json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"x\""}}]}),
            json!({"tool_calls": [{"index": 1, "id": "b", "function": {"name": "two", "arguments": "{}"}}]}),
            json!({"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]}),
        ];
        assert_eq!(put_together(&pieces), [call("a", "one", "{\"x\":1}"), call("b", "two", "{}")]);
    }

    #[test]
    fn whole_calls_without_index_or_id_and_with_arguments_as_an_object_are_understood() {
        let pieces = [
            json!({"tool_calls": [{"function": {"name": "one", "arguments": {"x": 1}}}]}),
            json!({"tool_calls": [{"function": {"name": "one", "arguments": {"x": 2}}}]}),
        ];
        assert_eq!(put_together(&pieces), [call("", "one", "{\"x\":1}"), call("", "one", "{\"x\":2}")]);
        let same_index = [json!({"tool_calls": [
            {"index": 0, "id": "a", "function": {"name": "one", "arguments": "{}"}},
            {"index": 0, "id": "b", "function": {"name": "two", "arguments": "{}"}},
        ]})];
        assert_eq!(put_together(&same_index), [call("a", "one", "{}"), call("b", "two", "{}")]);
        let without_index = [
            json!({"tool_calls": [{"id": "a", "function": {"name": "one", "arguments": "{\"x\""}}]}),
            json!({"tool_calls": [{"function": {"arguments": ":1}"}}]}),
        ];
        assert_eq!(put_together(&without_index), [call("a", "one", "{\"x\":1}")]);
    }

    #[test]
    fn the_one_call_of_before_and_a_name_that_comes_again_are_understood() {
        let old = [
            json!({"function_call": {"name": "one", "arguments": "{\"x\""}}),
            json!({"function_call": {"arguments": ":1}"}}),
        ];
        assert_eq!(put_together(&old), [call("", "one", "{\"x\":1}")]);
        let again = [
            json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "one", "arguments": "{"}}]}),
            json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "one", "arguments": "}"}}]}),
        ];
        assert_eq!(put_together(&again), [call("a", "one", "{}")]);
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let pieces = [
            json!({"tool_calls": null}),
            json!({"tool_calls": "one"}),
            json!({"tool_calls": [null, 7, {"index": "x"}, {"function": 7}, {"function": {"arguments": "{}"}}]}),
            json!({"function_call": "auto"}),
            json!({"tool_calls": [{"index": 0, "id": 7, "function": {"name": "o\u{0}ne", "arguments": 7}}]}),
        ];
        assert_eq!(put_together(&pieces), [call("", "o\u{fffd}ne", "")]);
    }
}
