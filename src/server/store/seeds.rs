//! Replies that go on from the text of another one: they begin with it.

use sqlx::AnyConnection;

use super::{
    Result, StoreError,
    chunks::{insert_chunks, push_chunks},
    rows::{self, to_i64},
    stored_text::{Stored, store_texts},
    tools,
    write::Write,
};
use crate::domain::{id::MessageId, message::Status, reply::Event};

/// What a continued reply begins with: the calls, the reasoning and the text of the one that it continues.
pub(super) async fn seed_of(tx: &mut AnyConnection, reply: MessageId) -> Result<Vec<Event>> {
    let row: Option<(String, String, String)> =
        sqlx::query_as("SELECT reasoning, content, status FROM messages WHERE id = $1")
            .bind(reply.to_string())
            .fetch_optional(&mut *tx)
            .await?;
    let (reasoning, content, status) = row.ok_or(StoreError::NotFound)?;
    if !rows::status(&status)?.can_continue() && rows::status(&status)? != Status::Failed {
        return Err(StoreError::Conflict("Only a reply that broke off can be continued."));
    }
    let calls = tools::calls_of(tx, reply).await?.into_iter().filter(|call| call.status.is_over()).map(Event::Tool);
    let words = [Event::Reasoning(reasoning), Event::Text(content)].into_iter().filter(|event| event.length() > 0);
    Ok(calls.chain(words).collect())
}

/// How many bytes of it the model is told again.
pub(super) fn told(seed: &[Event]) -> u64 {
    let bytes = |event: &Event| match event {
        Event::Text(text) | Event::Reasoning(text) => text.len(),
        Event::Tool(call) => {
            let given = call.result.as_ref().map_or(0, String::len);
            call.call_id.len() + call.name.len() + call.arguments.len() + given
        }
        Event::Usage(_) | Event::End(_) => 0,
    };
    seed.iter().map(bytes).sum::<usize>() as u64
}

/// Begins a fresh reply with text that is there already, in its log and in its row.
pub(super) async fn plant(tx: &mut Write, reply: MessageId, seed: &[Event]) -> Result<()> {
    let mut stored = Stored::default();
    let mut chunks = Vec::new();
    stored.position = push_chunks(&mut chunks, reply, 0, seed)?;
    for event in seed {
        match event {
            Event::Text(text) => stored.text.push_str(text),
            Event::Reasoning(text) => stored.reasoning.push_str(text),
            Event::Tool(_) | Event::Usage(_) | Event::End(_) => {}
        }
    }
    insert_chunks(&mut *tx, chunks).await?;
    tools::plant_calls(tx, reply, seed).await?;
    store_texts(&mut *tx, vec![(reply, &stored)]).await?;
    let bytes = stored.text.len() + stored.reasoning.len();
    sqlx::query("UPDATE messages SET planted = $2 WHERE id = $1")
        .bind(reply.to_string())
        .bind(to_i64(bytes as u64))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tool::{CallStatus, ToolCall};

    #[test]
    fn what_tools_gave_is_told_again_as_well_as_what_was_said() {
        let call = ToolCall {
            number: 0,
            round: 0,
            call_id: "c1".to_owned(),
            name: "calculate".to_owned(),
            arguments: "{}".to_owned(),
            status: CallStatus::Done,
            result: Some("x".repeat(1_000)),
        };
        let seed = [Event::Tool(call), Event::Reasoning("Hm.".to_owned()), Event::Text("Grüße".to_owned())];
        assert_eq!(told(&seed), 2 + 9 + 2 + 1_000 + 3 + 7);
    }
}
