//! What the model is asked: the path that leads to the reply.

use crate::{
    domain::message::{Message, Role},
    server::model::Turn,
};

/// What a model is told that is to go on with a reply that broke off. A message of its own, because few
/// servers go on with an assistant's message that comes last.
const CONTINUE: &str = "Your last message was cut off. Go on exactly where it stopped: do not repeat anything, do not begin anew, do not comment on it.";

/// The conversation for a reply. `path` ends with the reply itself; if that has text already, the model is
/// asked to go on from there.
#[must_use]
pub fn turns(path: &[Message]) -> Vec<Turn> {
    let said = path
        .iter()
        .filter(|message| !message.content.is_empty())
        .map(|message| Turn { role: message.role, content: message.content.clone() });
    let goes_on = path.last().is_some_and(|reply| reply.role == Role::Assistant && !reply.content.is_empty());
    let go_on = goes_on.then(|| Turn { role: Role::User, content: CONTINUE.to_owned() });
    said.chain(go_on).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        id::MessageId,
        message::{Siblings, Status},
    };

    fn message(role: Role, content: &str) -> Message {
        Message {
            id: MessageId::new(),
            parent: None,
            number: 1,
            role,
            status: Status::Complete,
            content: content.to_owned(),
            reasoning: String::new(),
            position: 0,
            model: None,
            usage: None,
            failure: None,
            siblings: Siblings { place: 1, count: 1, previous: None, next: None },
            created_at: 0,
        }
    }

    #[test]
    fn an_empty_reply_is_not_part_of_what_is_asked() {
        let path = [
            message(Role::User, "a"),
            message(Role::Assistant, "b"),
            message(Role::User, "c"),
            message(Role::Assistant, ""),
        ];
        let said: Vec<String> = turns(&path).into_iter().map(|turn| turn.content).collect();
        assert_eq!(said, ["a", "b", "c"]);
    }

    #[test]
    fn a_reply_with_text_is_asked_to_go_on() {
        let path = [message(Role::User, "a"), message(Role::Assistant, "half")];
        let turns = turns(&path);
        assert_eq!(turns.len(), 3);
        assert_eq!(turns.last().map(|turn| (turn.role, turn.content.as_str())), Some((Role::User, CONTINUE)));
    }
}
