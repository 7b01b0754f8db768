//! The logs of replies: appended by the holder of the lease, read by anyone.

use std::{collections::HashSet, sync::LazyLock};

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{
    Result, Store, StoreError, now_micros,
    rows::{self, position, to_json},
};
use crate::domain::{
    actor::Actor,
    id::MessageId,
    message::Status,
    reply::{End, Event, Usage},
};

/// The most bytes of text in one chunk: what a reader takes at least at a time.
const CHUNK_BYTES: usize = 16 * 1024;
/// How many chunks a viewer takes at a time: half a megabyte at most, however slow it reads.
const VIEWER_CHUNKS: i64 = 32;
/// How many chunks are taken at a time to fold a whole log.
const FOLD_CHUNKS: i64 = 256;

/// A lease on a reply: what is written under an older fence is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The reply.
    pub reply: MessageId,
    /// The fencing token that came with the lease.
    pub fence: i64,
}

/// What one commit adds to one reply.
#[derive(Clone, Debug)]
pub struct Append {
    /// Under which lease.
    pub lease: Lease,
    /// The position at which the first event begins.
    pub from: u64,
    /// The events, in order, without a hole. An [`Event::End`] also ends the message and its job.
    pub events: Vec<Event>,
    /// Text to add to the stored message, if it is time to.
    pub stored: Option<Stored>,
}

/// What has come since a message's stored text was last brought up to date.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// More text.
    pub text: String,
    /// More reasoning.
    pub reasoning: String,
    /// The position that text and reasoning then reach.
    pub position: u64,
}

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

struct Chunk {
    message: String,
    sequence: i64,
    kind: &'static str,
    content: String,
}

/// Rows in one INSERT: few different statements, so that all of them stay prepared.
const BATCHES: [usize; 4] = [64, 16, 4, 1];
static INSERTS: LazyLock<Vec<(usize, String)>> =
    LazyLock::new(|| BATCHES.iter().map(|rows| (*rows, insert_sql(*rows))).collect());

fn insert_sql(rows: usize) -> String {
    let tuples: Vec<String> = (0..rows)
        .map(|row| format!("(${}, ${}, ${}, ${})", row * 4 + 1, row * 4 + 2, row * 4 + 3, row * 4 + 4))
        .collect();
    format!("INSERT INTO message_chunks (message_id, sequence, kind, content) VALUES {}", tuples.join(", "))
}

impl Store {
    /// Appends to many logs in one transaction, for the leases that `owner` still holds. Returns those it
    /// holds no more: nothing was written for them.
    ///
    /// # Errors
    /// If the database fails; then nothing at all was written.
    pub async fn append(&self, owner: &str, appends: &[Append]) -> Result<Vec<Lease>> {
        let mut tx = self.write().await?;
        let held = held_leases(&mut tx, owner).await?;
        let (valid, lost): (Vec<&Append>, Vec<&Append>) =
            appends.iter().partition(|append| held.contains(&(append.lease.reply.to_string(), append.lease.fence)));
        insert_chunks(&mut tx, chunks_of(&valid)?).await?;
        for append in &valid {
            if let Some(stored) = &append.stored {
                store_text(&mut tx, append.lease.reply, stored).await?;
            }
            for event in &append.events {
                if let Event::Usage(usage) = event {
                    store_usage(&mut tx, append.lease.reply, usage).await?;
                }
                if let Event::End(end) = event {
                    end_message(&mut tx, append.lease.reply, end).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(lost.iter().map(|append| append.lease).collect())
    }

    /// Reads a log from a position on, if the actor may see its chat.
    ///
    /// # Errors
    /// `NotFound` if the message is not there for this actor.
    pub async fn read_log(&self, actor: &Actor, reply: MessageId, from: u64) -> Result<LogPage> {
        self.message_state(actor, reply).await?;
        let mut reader = self.readers().acquire().await?;
        read_page(&mut reader, reply, from, VIEWER_CHUNKS).await
    }

    /// Ends a reply that nobody holds or whose holder is gone, with a status and all that its log holds.
    /// Returns false if it had ended already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_unheld(&self, reply: MessageId, end: End, holder: Holder) -> Result<bool> {
        let mut tx = self.write().await?;
        let released = release(&mut tx, reply, holder).await?;
        if !released {
            return Ok(false);
        }
        let stored_to: (i64,) = sqlx::query_as("SELECT position FROM messages WHERE id = $1")
            .bind(reply.to_string())
            .fetch_one(&mut *tx)
            .await?;
        let mut stored = Stored { position: position(stored_to.0)?, ..Stored::default() };
        for event in read_all(&mut tx, reply, stored.position).await? {
            stored.position += event.length();
            match event {
                Event::Text(text) => stored.text.push_str(&text),
                Event::Reasoning(text) => stored.reasoning.push_str(&text),
                Event::Usage(_) | Event::End(_) => {}
            }
        }
        let ending = Event::End(end.clone());
        let mut chunks = Vec::new();
        stored.position = push_chunks(&mut chunks, reply, stored.position, &[ending])?;
        insert_chunks(&mut tx, chunks).await?;
        store_text(&mut tx, reply, &stored).await?;
        end_message(&mut tx, reply, &end).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Whose reply may be ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody's: it still waits in the queue.
    Nobody,
    /// One whose lease ran out before this moment, in microseconds since 1970 UTC.
    LapsedBefore(i64),
}

/// Takes the job away, if it is in the state expected. Whoever deletes it has the right to end the message.
async fn release(tx: &mut AnyConnection, reply: MessageId, holder: Holder) -> Result<bool> {
    let (sql, before) = match holder {
        Holder::Nobody => ("DELETE FROM jobs WHERE message_id = $1 AND lease_owner IS NULL AND $2 = 0", 0),
        Holder::LapsedBefore(moment) => {
            ("DELETE FROM jobs WHERE message_id = $1 AND lease_owner IS NOT NULL AND lease_until < $2", moment)
        }
    };
    let done = sqlx::query(sql).bind(reply.to_string()).bind(before).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

async fn held_leases(tx: &mut AnyConnection, owner: &str) -> Result<HashSet<(String, i64)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT message_id, fence FROM jobs WHERE lease_owner = $1")
        .bind(owner.to_owned())
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().collect())
}

fn chunks_of(appends: &[&Append]) -> Result<Vec<Chunk>> {
    let mut chunks = Vec::new();
    for append in appends {
        push_chunks(&mut chunks, append.lease.reply, append.from, &append.events)?;
    }
    Ok(chunks)
}

/// The chunks of events that begin at a position, long text in several. Returns the position after them.
fn push_chunks(chunks: &mut Vec<Chunk>, reply: MessageId, from: u64, events: &[Event]) -> Result<u64> {
    let message = reply.to_string();
    let mut at = from;
    let mut push = |kind, content: String, length: u64| {
        chunks.push(Chunk { message: message.clone(), sequence: to_i64(at), kind, content });
        at += length;
    };
    for event in events {
        match event {
            Event::Text(text) => pieces(text).for_each(|piece| push("text", piece.to_owned(), piece.len() as u64)),
            Event::Reasoning(text) => {
                pieces(text).for_each(|piece| push("reasoning", piece.to_owned(), piece.len() as u64));
            }
            Event::Usage(usage) => push("usage", to_json(usage)?, event.length()),
            Event::End(end) => push("end", to_json(end)?, event.length()),
        }
    }
    Ok(at)
}

/// A text in pieces of at most [`CHUNK_BYTES`], cut between characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = rest.split_at_checked(rest.floor_char_boundary(CHUNK_BYTES))?;
        rest = after;
        Some(piece)
    })
}

/// Positions come from lengths of text in memory, far below the limit of the column.
fn to_i64(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

async fn insert_chunks(tx: &mut AnyConnection, chunks: Vec<Chunk>) -> Result<()> {
    let mut chunks = chunks.into_iter();
    while chunks.len() > 0 {
        let Some((rows, sql)) = INSERTS.iter().find(|(rows, _)| *rows <= chunks.len()) else { break };
        let mut query = sqlx::query(AssertSqlSafe(sql.as_str()));
        for chunk in chunks.by_ref().take(*rows) {
            query = query.bind(chunk.message).bind(chunk.sequence).bind(chunk.kind).bind(chunk.content);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn store_text(tx: &mut AnyConnection, reply: MessageId, stored: &Stored) -> Result<()> {
    sqlx::query(
        "UPDATE messages SET content = content || $2, reasoning = reasoning || $3, position = $4 WHERE id = $1",
    )
    .bind(reply.to_string())
    .bind(stored.text.clone())
    .bind(stored.reasoning.clone())
    .bind(to_i64(stored.position))
    .execute(tx)
    .await?;
    Ok(())
}

async fn store_usage(tx: &mut AnyConnection, reply: MessageId, usage: &Usage) -> Result<()> {
    sqlx::query("UPDATE messages SET usage = $2 WHERE id = $1")
        .bind(reply.to_string())
        .bind(to_json(usage)?)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a message once and for all, removes its job and marks its chat as active.
async fn end_message(tx: &mut AnyConnection, reply: MessageId, end: &End) -> Result<()> {
    let now = now_micros();
    let failure = end.failure.as_ref().map(to_json).transpose()?;
    let done = sqlx::query(
        "UPDATE messages SET status = $2, error = $3, ended_at = $4
         WHERE id = $1 AND status IN ('queued', 'streaming')",
    )
    .bind(reply.to_string())
    .bind(end.status.as_str())
    .bind(failure)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() != 1 {
        return Err(StoreError::Corrupt(format!("reply {reply} had a job but no running state")));
    }
    sqlx::query("DELETE FROM jobs WHERE message_id = $1").bind(reply.to_string()).execute(&mut *tx).await?;
    sqlx::query("UPDATE chats SET active_at = $2 WHERE id = (SELECT chat_id FROM messages WHERE id = $1)")
        .bind(reply.to_string())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
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
        "usage" => Ok(Event::Usage(rows::json(&content)?)),
        "end" => Ok(Event::End(rows::json(&content)?)),
        other => Err(StoreError::Corrupt(format!("chunk kind {other:?}"))),
    }
}

/// What a continued reply begins with: the text and reasoning of the one that it continues.
pub(super) async fn seed_of(tx: &mut AnyConnection, reply: MessageId) -> Result<Vec<Event>> {
    let row: Option<(String, String, String)> =
        sqlx::query_as("SELECT reasoning, content, status FROM messages WHERE id = $1")
            .bind(reply.to_string())
            .fetch_optional(tx)
            .await?;
    let (reasoning, content, status) = row.ok_or(StoreError::NotFound)?;
    if !rows::status(&status)?.can_continue() && rows::status(&status)? != Status::Failed {
        return Err(StoreError::Conflict("Only a reply that broke off can be continued."));
    }
    Ok([Event::Reasoning(reasoning), Event::Text(content)].into_iter().filter(|event| event.length() > 0).collect())
}

/// Begins a fresh reply with text that is there already, in its log and in its row.
pub(super) async fn plant(tx: &mut AnyConnection, reply: MessageId, seed: &[Event]) -> Result<()> {
    let mut stored = Stored::default();
    let mut chunks = Vec::new();
    stored.position = push_chunks(&mut chunks, reply, 0, seed)?;
    for event in seed {
        match event {
            Event::Text(text) => stored.text.push_str(text),
            Event::Reasoning(text) => stored.reasoning.push_str(text),
            Event::Usage(_) | Event::End(_) => {}
        }
    }
    insert_chunks(tx, chunks).await?;
    store_text(tx, reply, &stored).await
}
