//! Calls of tools and what they gave, as turns of a conversation.

use serde_json::Value;

use crate::{domain::tool::ToolCall, server::model::Turn};

/// What stands for the name of a tool that no API takes: one that a model made up.
const NO_NAME: &str = "unknown";

/// Calls in the order of their numbers as turns: those of a round with one turn of the model, each followed by what it
/// gave. `said` is what the model said before the first of them.
#[must_use]
pub(super) fn turns(calls: &[ToolCall], said: String) -> Vec<Turn> {
    let mut turns = Vec::with_capacity(2 * calls.len());
    let mut said = Some(said);
    for round in calls.chunk_by(|a, b| a.round == b.round) {
        turns.push(Turn::calling(said.take().unwrap_or_default(), round.iter().map(wire)));
        turns.extend(round.iter().map(|call| {
            let result = call.result.clone().filter(|result| !result.is_empty());
            // Of one that was given up nothing is known.
            let result = result.unwrap_or_else(|| "(nothing)".to_owned());
            Turn::result(call.call_id.clone(), result)
        }));
    }
    turns
}

/// A call as APIs take it, by its id, its name and its arguments: some read the arguments, and refuse all of the conversation for what is not JSON in it.
fn wire(call: &ToolCall) -> (String, String, String) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let has_name = (1..=64).contains(&call.name.len()) && call.name.chars().all(is_name);
    let has_arguments = serde_json::from_str::<Value>(&call.arguments).is_ok_and(|value| value.is_object());
    let name = if has_name { call.name.as_str() } else { NO_NAME };
    let arguments = if has_arguments { call.arguments.as_str() } else { "{}" };
    (call.call_id.clone(), name.to_owned(), arguments.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{message::Role, tool::CallStatus};

    fn call(number: u32, round: u32, arguments: &str) -> ToolCall {
        ToolCall {
            number,
            round,
            call_id: format!("call_{number}"),
            name: "calculate".to_owned(),
            arguments: arguments.to_owned(),
            status: CallStatus::Done,
            result: Some(format!("result {number}")),
        }
    }

    #[test]
    fn the_calls_of_a_round_are_one_turn_and_each_result_follows() {
        let calls = [call(0, 0, "{}"), call(1, 0, "{\"x\":"), call(2, 1, "{}")];
        let turns = turns(&calls, "Let me see.".to_owned());
        let roles: Vec<Role> = turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::Assistant, Role::Tool, Role::Tool, Role::Assistant, Role::Tool]);
        assert_eq!((turns[0].content.as_str(), turns[0].tool_calls.len()), ("Let me see.", 2));
        assert_eq!(turns[0].tool_calls[1].function.arguments, "{}", "what is not JSON is not sent back");
        assert_eq!((turns[2].tool_call_id.as_deref(), turns[2].content.as_str()), (Some("call_1"), "result 1"));
        assert_eq!(turns[3].content, "");
    }

    #[test]
    fn a_name_that_no_api_takes_and_a_result_that_never_came_are_replaced() {
        let made_up = ToolCall { name: "rm -rf".into(), result: None, status: CallStatus::Failed, ..call(0, 0, "{}") };
        let turns = turns(&[made_up], String::new());
        assert_eq!(turns[0].tool_calls[0].function.name, NO_NAME);
        assert_eq!(turns[1].content, "(nothing)");
    }
}
