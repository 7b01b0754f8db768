//! The logs of replies, written: by the holder of the lease, for all its replies in one transaction.

use std::{collections::HashSet, sync::LazyLock};

use sqlx::AnyConnection;

use super::{
    Result, Store, StoreError,
    batch::Batch,
    log::read_all,
    now_micros,
    rows::{self, position, to_i64, to_json},
};
use crate::domain::{
    id::MessageId,
    message::Status,
    reply::{End, Event},
};

/// The most bytes of text in one chunk: what a reader takes at least at a time.
const CHUNK_BYTES: usize = 16 * 1024;

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

struct Chunk {
    message: String,
    sequence: i64,
    kind: &'static str,
    content: String,
}

static INSERT_CHUNKS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["message_id", "sequence", "kind", "content"],
        "INSERT INTO message_chunks (message_id, sequence, kind, content)
         SELECT message_id, sequence, kind, content FROM given WHERE message_id IS NOT NULL",
    )
});
static STORE_TEXT: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["id", "content", "reasoning", "position"],
        "UPDATE messages SET content = messages.content || given.content,
             reasoning = messages.reasoning || given.reasoning, position = given.position
         FROM given WHERE messages.id = given.id",
    )
});
static END_MESSAGES: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["id", "status", "error", "ended_at"],
        "UPDATE messages SET status = given.status, error = given.error, ended_at = given.ended_at
         FROM given WHERE messages.id = given.id AND messages.status IN ('queued', 'streaming')",
    )
});
static TOUCH_CHATS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["message_id", "ended_at"],
        "UPDATE chats SET active_at = given.ended_at FROM given JOIN messages ON messages.id = given.message_id
         WHERE chats.id = messages.chat_id",
    )
});
static DELETE_JOBS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(["message_id", "ended_at"], "DELETE FROM jobs WHERE message_id IN (SELECT message_id FROM given)")
});
static COUNT_LEASES: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["message_id", "fence"],
        "SELECT count(*) FROM given JOIN jobs ON jobs.message_id = given.message_id AND jobs.fence = given.fence",
    )
});

impl Store {
    /// Appends to many logs in one transaction, for the leases that `owner` still holds. Returns those it
    /// holds no more: nothing was written for them.
    ///
    /// # Errors
    /// If the database fails; then nothing at all was written.
    pub async fn append(&self, owner: &str, appends: &[Append]) -> Result<Vec<Lease>> {
        let mut tx = self.write().await?;
        let leases: Vec<Lease> = appends.iter().map(|append| append.lease).collect();
        let lost = lost_leases(&mut tx, owner, &leases).await?;
        let valid: Vec<&Append> = appends.iter().filter(|append| !lost.contains(&append.lease)).collect();
        insert_chunks(&mut tx, chunks_of(&valid)?).await?;
        let texts = valid.iter().filter_map(|append| Some((append.lease.reply, append.stored.as_ref()?)));
        store_texts(&mut tx, texts.collect()).await?;
        end_messages(&mut tx, valid.iter().filter_map(|append| Ending::of(append)).collect()).await?;
        store_usages(&mut tx, &valid).await?;
        tx.commit().await?;
        Ok(lost)
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
        let rest = match read_all(&mut tx, reply, stored.position).await {
            // What is stored reaches further than the log, which is what holds.
            Err(StoreError::Corrupt(_)) => {
                stored.position = 0;
                forget_text(&mut tx, reply).await?;
                read_all(&mut tx, reply, 0).await?
            }
            rest => rest?,
        };
        for event in rest {
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
        store_texts(&mut tx, vec![(reply, &stored)]).await?;
        end_messages(&mut tx, vec![Ending { reply, end: &end }]).await?;
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

/// Those of the leases that `owner` holds no more. Almost always there are none, so they are only counted at first:
/// a row that is read costs more than one that is written.
async fn lost_leases(tx: &mut AnyConnection, owner: &str, leases: &[Lease]) -> Result<Vec<Lease>> {
    let mut held = 0;
    for (sql, rows) in COUNT_LEASES.over(leases) {
        let mut query = sqlx::query_as::<_, (i64,)>(sql);
        for lease in rows {
            query = query.bind(lease.map(|lease| lease.reply.to_string())).bind(lease.map(|lease| lease.fence));
        }
        held += query.fetch_one(&mut *tx).await?.0;
    }
    if held == leases.len() as i64 {
        return Ok(Vec::new());
    }
    let held = held_leases(tx, owner).await?;
    let is_lost = |lease: &&Lease| !held.contains(&(lease.reply.to_string(), lease.fence));
    Ok(leases.iter().filter(is_lost).copied().collect())
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

async fn insert_chunks(tx: &mut AnyConnection, chunks: Vec<Chunk>) -> Result<()> {
    for (sql, rows) in INSERT_CHUNKS.over(&chunks) {
        let mut query = sqlx::query(sql);
        for chunk in rows {
            query = query
                .bind(chunk.map(|chunk| chunk.message.clone()))
                .bind(chunk.map(|chunk| chunk.sequence))
                .bind(chunk.map(|chunk| chunk.kind.to_owned()))
                .bind(chunk.map(|chunk| chunk.content.clone()));
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn store_texts(tx: &mut AnyConnection, texts: Vec<(MessageId, &Stored)>) -> Result<()> {
    for (sql, rows) in STORE_TEXT.over(&texts) {
        let mut query = sqlx::query(sql);
        for text in rows {
            query = query
                .bind(text.map(|(reply, _)| reply.to_string()))
                .bind(text.map(|(_, stored)| stored.text.clone()))
                .bind(text.map(|(_, stored)| stored.reasoning.clone()))
                .bind(text.map(|(_, stored)| to_i64(stored.position)));
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn forget_text(tx: &mut AnyConnection, reply: MessageId) -> Result<()> {
    sqlx::query("UPDATE messages SET content = '', reasoning = '', position = 0 WHERE id = $1")
        .bind(reply.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

async fn store_usages(tx: &mut AnyConnection, appends: &[&Append]) -> Result<()> {
    for append in appends {
        // A later one replaces an earlier one.
        let last = append.events.iter().rev().find_map(|event| match event {
            Event::Usage(usage) => Some(usage),
            _ => None,
        });
        if let Some(usage) = last {
            sqlx::query("UPDATE messages SET usage = $2 WHERE id = $1")
                .bind(append.lease.reply.to_string())
                .bind(to_json(usage)?)
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(())
}

/// The end of a reply.
struct Ending<'a> {
    reply: MessageId,
    end: &'a End,
}

impl<'a> Ending<'a> {
    fn of(append: &'a Append) -> Option<Self> {
        append.events.iter().find_map(|event| match event {
            Event::End(end) => Some(Self { reply: append.lease.reply, end }),
            _ => None,
        })
    }
}

/// Ends messages once and for all, removes their jobs and marks their chats as active.
async fn end_messages(tx: &mut AnyConnection, endings: Vec<Ending<'_>>) -> Result<()> {
    let now = now_micros();
    for (sql, rows) in END_MESSAGES.over(&endings) {
        let (mut query, mut expected) = (sqlx::query(sql), 0);
        for ending in rows {
            let failure = ending.and_then(|ending| ending.end.failure.as_ref()).map(to_json).transpose()?;
            expected += u64::from(ending.is_some());
            query = query
                .bind(ending.map(|ending| ending.reply.to_string()))
                .bind(ending.map(|ending| ending.end.status.as_str().to_owned()))
                .bind(failure)
                .bind(now);
        }
        if query.execute(&mut *tx).await?.rows_affected() != expected {
            return Err(StoreError::Corrupt("a reply had a job but no running state".to_owned()));
        }
    }
    for batch in [&*TOUCH_CHATS, &*DELETE_JOBS] {
        for (sql, rows) in batch.over(&endings) {
            let mut query = sqlx::query(sql);
            for ending in rows {
                query = query.bind(ending.map(|ending| ending.reply.to_string())).bind(now);
            }
            query.execute(&mut *tx).await?;
        }
    }
    Ok(())
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
    store_texts(tx, vec![(reply, &stored)]).await
}
