//! The logs of replies, read.

use sqlx::AnyConnection;

use super::{
    Result, Store, StoreError,
    rows::{self, position, to_i64},
};
use crate::domain::{id::MessageId, reply::Event};

/// How many chunks a viewer takes at a time: half a megabyte at most, however slow it reads.
const VIEWER_CHUNKS: i64 = 32;
/// How many chunks are taken at a time to fold a whole log.
const FOLD_CHUNKS: i64 = 256;

/// A part of a log, as read back.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Where the events begin: the position asked for or, if that is not a place in the log, 0.
    pub from: u64,
    /// The events.
    pub events: Vec<Event>,
    /// Whether more may be there already.
    pub more: bool,
}

impl Store {
    /// Reads a log from a position on, for somebody who may see its chat ([`Store::message_state`]).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn read_log(&self, reply: MessageId, from: u64) -> Result<LogPage> {
        let mut reader = self.reader().await?;
        read_page(&mut reader, reply, from, VIEWER_CHUNKS).await
    }
}

/// All of a log from a position on that is known to be a place in it.
pub(super) async fn read_all(connection: &mut AnyConnection, reply: MessageId, from: u64) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut at = from;
    loop {
        let page = read_page(connection, reply, at, FOLD_CHUNKS).await?;
        if page.from != at {
            return Err(StoreError::Corrupt(format!("the log of {reply} has no place {at}")));
        }
        at += page.events.iter().map(Event::length).sum::<u64>();
        events.extend(page.events);
        if !page.more {
            return Ok(events);
        }
    }
}

async fn read_page(connection: &mut AnyConnection, reply: MessageId, from: u64, limit: i64) -> Result<LogPage> {
    let rows = read_chunks(connection, reply, from, limit).await?;
    let more = rows.len() as i64 == limit;
    if let Some(events) = events_from(rows, from)? {
        return Ok(LogPage { from, events, more });
    }
    let rows = read_chunks(connection, reply, 0, limit).await?;
    let more = rows.len() as i64 == limit;
    Ok(LogPage { from: 0, events: events_from(rows, 0)?.unwrap_or_default(), more })
}

/// The chunk that holds a position and those after it.
async fn read_chunks(
    connection: &mut AnyConnection,
    reply: MessageId,
    from: u64,
    limit: i64,
) -> Result<Vec<(i64, String, String)>> {
    Ok(sqlx::query_as(
        "SELECT sequence, kind, content FROM message_chunks
         WHERE message_id = $1 AND sequence >= coalesce((
             SELECT max(sequence) FROM message_chunks WHERE message_id = $1 AND sequence <= $2), 0)
         ORDER BY sequence LIMIT $3",
    )
    .bind(reply.to_string())
    .bind(to_i64(from))
    .bind(limit)
    .fetch_all(connection)
    .await?)
}

/// The events from a position on; `None` if the position is not a place in the log: past its end, or
/// inside a character.
fn events_from(rows: Vec<(i64, String, String)>, from: u64) -> Result<Option<Vec<Event>>> {
    let mut events = Vec::with_capacity(rows.len());
    let mut at = None;
    for (sequence, kind, content) in rows {
        let sequence = position(sequence)?;
        let event = event(&kind, content)?;
        let end = sequence + event.length();
        at = Some(end);
        if end <= from {
            continue;
        }
        match event.skip(from.saturating_sub(sequence)) {
            Some(rest) => events.push(rest),
            None => return Ok(None),
        }
    }
    // An empty log has one place, its beginning.
    let reached = at.unwrap_or(0);
    Ok((reached >= from).then_some(events))
}

fn event(kind: &str, content: String) -> Result<Event> {
    match kind {
        "text" => Ok(Event::Text(content)),
        "reasoning" => Ok(Event::Reasoning(content)),
        "tool_call" => Ok(Event::Tool(rows::json(&content)?)),
        "usage" => Ok(Event::Usage(rows::json(&content)?)),
        "end" => Ok(Event::End(rows::json(&content)?)),
        other => Err(StoreError::Corrupt(format!("chunk kind {other:?}"))),
    }
}
