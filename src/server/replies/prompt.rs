//! What the model is asked: what it is told of the chat, then the path that leads to the reply.

use super::{called, moderation};
use crate::{
    domain::{
        catalogue::{Expert, Product},
        id::MessageId,
        message::{Message, Role},
    },
    server::{model::Turn, store::contexts::Chosen},
};

/// What a model is told that is to go on with a reply that broke off. A message of its own, because few
/// servers go on with an assistant's message that comes last.
const CONTINUE: &str = "Your last message was cut off. Go on exactly where it stopped: do not repeat anything, do not begin anew, do not comment on it.";

/// A turn of the conversation, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The message whose text it is, whole and for good; none for what is no message's, or still grows.
    pub message: Option<MessageId>,
    /// How it is sent.
    pub turn: Turn,
}

/// A conversation, as far as it could be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// What the model is told before it begins.
    pub told: Option<Said>,
    /// What was said before the newest question, oldest first: it may be left out.
    pub earlier: Vec<Said>,
    /// The newest question and what follows it: without it there is nothing to answer.
    pub newest: Vec<Said>,
}

/// What a model is told before everything else: the chat's own words first, then who it speaks as and what about; empty
/// if nothing was chosen. One message for all: some servers take one of this kind and no second.
#[must_use]
pub fn told(system_prompt: Option<&str>, chosen: &Chosen) -> String {
    let own = system_prompt.map(ToOwned::to_owned);
    let expert = chosen.expert.as_ref().map(told_of_expert);
    let product = chosen.product.as_ref().map(told_of_product);
    own.into_iter().chain(expert).chain(product).collect::<Vec<_>>().join("\n\n")
}

fn told_of_expert(expert: &Expert) -> String {
    let who = format!("You are {}. Answer as this person, and follow their instructions.", expert.summary.full_name());
    [who, section("instructions", &expert.instructions)].join("\n\n").trim_end().to_owned()
}

fn told_of_product(product: &Product) -> String {
    let what = format!(
        "The conversation is about the product {}. Rely on what is said of it here; where that does not answer a \
         question, say so instead of guessing.",
        product.name
    );
    let sections = [what, section("description", &product.description), section("facts", &product.facts)];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// A text between marks that say where it begins and ends; nothing if it is empty.
fn section(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<{name}>\n{text}\n</{name}>") }
}

/// The conversation for a reply, after what the model is told of the chat. `path` ends with the reply itself; if that
/// has text already, the model is asked to go on from there. What did not pass the check of messages is no part of it.
#[must_use]
pub fn history(told: String, path: &[Message]) -> History {
    let (before, reply) = match path.split_last() {
        Some((reply, before)) if reply.role == Role::Assistant => (before, Some(reply)),
        _ => (path, None),
    };
    let mut earlier: Vec<Said> = passed(before).flat_map(said).collect();
    let question = earlier.iter().rposition(|said| said.turn.role == Role::User).unwrap_or(earlier.len());
    let mut newest = earlier.split_off(question);
    if let Some(begun) = reply {
        // It still grows: nothing of it is counted for good.
        newest.extend(said(begun).map(|said| Said { message: None, ..said }));
        let go_on = (!begun.content.is_empty()).then(|| Turn::said(Role::User, CONTINUE));
        newest.extend(go_on.map(|turn| Said { message: None, turn }));
    }
    let told = (!told.is_empty()).then(|| Said { message: None, turn: Turn::said(Role::System, told) });
    History { told, earlier, newest }
}

/// The messages but for those that did not pass the check, and the replies that say so. Whoever asks again for a reply to
/// such a message has it checked anew: it is then the question, and that reply no part of the path.
fn passed(before: &[Message]) -> impl Iterator<Item = &Message> {
    let next = before.iter().skip(1).map(Some).chain([None]);
    let pairs = before.iter().zip(next);
    let passed =
        pairs.filter(|(message, next)| !moderation::withholds(message) && !next.is_some_and(moderation::withholds));
    passed.map(|(message, _)| message)
}

/// What a message says: the calls of its tools with what they gave, then its text.
fn said(message: &Message) -> impl Iterator<Item = Said> {
    let text = (!message.content.is_empty()).then(|| Turn::said(message.role, message.content.clone()));
    let calls = called::turns(&message.tool_calls, String::new()).into_iter();
    let text = text.map(|turn| Said { message: Some(message.id), turn });
    calls.map(|turn| Said { message: None, turn }).chain(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        catalogue::ExpertSummary,
        id::{ExpertId, MessageId, ProductId, WorkspaceId},
        message::Status,
        reply::Failure,
    };

    fn expert(title: &str, instructions: &str) -> Expert {
        let (name, title) = ("Grace Hopper".to_owned(), title.to_owned());
        Expert {
            summary: ExpertSummary { id: ExpertId::new(), name, title, portrait: None, model: None, archived: false },
            workspace: WorkspaceId::new(),
            instructions: instructions.to_owned(),
        }
    }

    fn product(description: &str, facts: &str) -> Product {
        Product {
            id: ProductId::new(),
            workspace: WorkspaceId::new(),
            name: "Analytical Engine".to_owned(),
            description: description.to_owned(),
            facts: facts.to_owned(),
            archived: false,
        }
    }

    fn message(role: Role, content: &str) -> Message {
        let empty = Message::empty(MessageId::new(), 1, role, Status::Complete);
        Message { content: content.to_owned(), ..empty }
    }

    #[test]
    fn the_model_is_told_who_it_is_and_what_it_is_about_with_each_text_between_marks() {
        let (expert, product) = (expert("Admiral", "Be brief.\nBe kind."), product("A machine.", "500 kg"));
        let told = told(None, &Chosen { expert: Some(expert), product: Some(product), model: None });
        let lines: Vec<&str> = told.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines[0], "You are Grace Hopper, Admiral. Answer as this person, and follow their instructions.");
        assert_eq!(lines[1..5], ["<instructions>", "Be brief.", "Be kind.", "</instructions>"]);
        assert!(lines[5].starts_with("The conversation is about the product Analytical Engine. "));
        assert_eq!(lines[6..9], ["<description>", "A machine.", "</description>"]);
        assert_eq!(lines[9..], ["<facts>", "500 kg", "</facts>"]);
    }

    #[test]
    fn what_was_left_out_leaves_nothing_behind() {
        assert_eq!(told(None, &Chosen::default()), "");
        let only = told(None, &Chosen { expert: Some(expert("", "")), ..Chosen::default() });
        assert_eq!(only, "You are Grace Hopper. Answer as this person, and follow their instructions.");
        let only = told(None, &Chosen { product: Some(product("", "500 kg")), ..Chosen::default() });
        assert!(only.ends_with("\n\n<facts>\n500 kg\n</facts>") && !only.contains("description"), "{only}");
    }

    fn turns(told: &str, path: &[Message]) -> Vec<Turn> {
        let History { told, earlier, newest } = history(told.to_owned(), path);
        told.into_iter().chain(earlier).chain(newest).map(|said| said.turn).collect()
    }

    /// A reply that ended with this code.
    fn failed(code: &str, content: &str) -> Message {
        let failure = Failure { code: code.to_owned(), message: "It did not go well.".to_owned() };
        Message { failure: Some(failure), ..message(Role::Assistant, content) }
    }

    #[test]
    fn what_did_not_pass_the_check_is_no_part_of_the_conversation_and_nor_is_the_reply_that_says_so() {
        let path = [
            message(Role::User, "a"),
            message(Role::Assistant, "b"),
            message(Role::User, "bad"),
            failed("moderated", ""),
            message(Role::User, "not looked at"),
            failed("not_checked", ""),
            message(Role::User, "begun before there was a check"),
            failed("moderated", "half"),
            message(Role::User, "c"),
            message(Role::Assistant, ""),
        ];
        let said: Vec<String> = turns("", &path).into_iter().map(|turn| turn.content).collect();
        assert_eq!(said, ["a", "b", "c"]);
    }

    #[test]
    fn what_got_no_answer_for_another_reason_is_said_with_the_next_question() {
        let path = [
            message(Role::User, "a"),
            failed("unreachable", ""),
            message(Role::User, "b"),
            message(Role::Assistant, ""),
        ];
        let said: Vec<String> = turns("", &path).into_iter().map(|turn| turn.content).collect();
        assert_eq!(said, ["a", "b"]);
    }

    #[test]
    fn the_chats_own_words_go_before_those_of_its_expert() {
        let chosen = Chosen { expert: Some(expert("", "")), ..Chosen::default() };
        assert!(told(Some("Answer in French."), &chosen).starts_with("Answer in French.\n\nYou are Grace Hopper."));
        assert_eq!(told(Some("Answer in French."), &Chosen::default()), "Answer in French.");
    }

    #[test]
    fn the_newest_question_and_what_follows_it_are_set_apart() {
        let path = [
            message(Role::User, "a"),
            message(Role::Assistant, "b"),
            message(Role::User, "c"),
            message(Role::Assistant, "half"),
        ];
        let History { earlier, newest, .. } = history(String::new(), &path);
        assert_eq!(earlier.iter().map(|said| said.message).collect::<Vec<_>>(), [Some(path[0].id), Some(path[1].id)]);
        // A reply that is written still grows: it is counted anew each time.
        assert_eq!(newest.iter().map(|said| said.message).collect::<Vec<_>>(), [Some(path[2].id), None, None]);
    }

    #[test]
    fn the_model_is_told_before_the_conversation_begins() {
        let path = [message(Role::User, "a"), message(Role::Assistant, "half")];
        let turns = turns("Be brief.", &path);
        let roles: Vec<Role> = turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::User]);
        assert_eq!(turns[0].content, "Be brief.");
    }

    #[test]
    fn an_empty_reply_is_not_part_of_what_is_asked() {
        let path = [
            message(Role::User, "a"),
            message(Role::Assistant, "b"),
            message(Role::User, "c"),
            message(Role::Assistant, ""),
        ];
        let said: Vec<String> = turns("", &path).into_iter().map(|turn| turn.content).collect();
        assert_eq!(said, ["a", "b", "c"]);
    }

    #[test]
    fn a_reply_with_text_is_asked_to_go_on() {
        let path = [message(Role::User, "a"), message(Role::Assistant, "half")];
        let turns = turns("", &path);
        assert_eq!(turns.len(), 3);
        assert_eq!(turns.last().map(|turn| (turn.role, turn.content.as_str())), Some((Role::User, CONTINUE)));
    }
}
