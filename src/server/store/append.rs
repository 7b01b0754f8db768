//! The logs of replies, written: by the holder of the lease, for all its replies in one transaction.

use std::{collections::HashSet, sync::LazyLock};

use sqlx::AnyConnection;

use super::{
    Result, Store, StoreError,
    batch::Batch,
    billing,
    dialect::Dialect,
    log::read_all,
    messages::is_unique,
    postgres,
    rows::{self, AUDIENCE_COLUMNS, parse, position, to_i64, to_json},
    titles::want_titles,
    tools,
    wakes::Wake,
    write::Write,
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
    /// The position that text and reasoning reached before.
    pub from: u64,
    /// More text.
    pub text: String,
    /// More reasoning.
    pub reasoning: String,
    /// The position that text and reasoning then reach.
    pub position: u64,
}

/// How far a reply is in the database.
#[derive(Clone, Copy, Debug)]
pub struct LogEnd {
    /// Where its log ends.
    pub log: u64,
    /// The position that its stored text reaches.
    pub stored: u64,
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
        ["id", "reached", "content", "reasoning", "position"],
        "UPDATE messages SET content = messages.content || given.content,
             reasoning = messages.reasoning || given.reasoning, position = given.position
         FROM given WHERE messages.id = given.id AND messages.position = given.reached",
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
    let statement = format!(
        "UPDATE chats SET active_at = given.ended_at FROM given JOIN messages ON messages.id = given.message_id
         WHERE chats.id = messages.chat_id RETURNING chats.id, {AUDIENCE_COLUMNS}"
    );
    Batch::new(["message_id", "ended_at"], &statement)
});
static GIVE_UP_CALLS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["message_id", "ended_at"],
        "UPDATE tool_calls SET status = 'failed', ended_at = given.ended_at FROM given
         WHERE tool_calls.message_id = given.message_id AND tool_calls.status IN ('asked', 'allowed', 'running')",
    )
});
static DELETE_JOBS: LazyLock<Batch> =
    LazyLock::new(|| Batch::new(["message_id"], "DELETE FROM jobs WHERE message_id IN (SELECT message_id FROM given)"));
static RELEASE_LAPSED: LazyLock<Batch> = LazyLock::new(|| release_lapsed(""));
static RELEASE_LAPSED_POSTGRES: LazyLock<Batch> = LazyLock::new(|| release_lapsed(postgres::SKIP_LOCKED_JOBS));
static STORED_TO: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(["id"], "SELECT m.id, m.position FROM messages m WHERE m.id IN (SELECT id FROM given)")
});
static COUNT_LEASES: LazyLock<Batch> = LazyLock::new(|| count_leases(""));
static COUNT_LEASES_POSTGRES: LazyLock<Batch> = LazyLock::new(|| count_leases(postgres::KEEP_JOBS));

static LOG_ENDS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["id"],
        "SELECT m.id, coalesce((
             SELECT c.sequence + CASE WHEN c.kind IN ('text', 'reasoning') THEN octet_length(c.content) ELSE 1 END
             FROM message_chunks c WHERE c.message_id = m.id ORDER BY c.sequence DESC LIMIT 1), 0), m.position
         FROM messages m WHERE m.id IN (SELECT id FROM given)",
    )
});

/// Counts those of the leases that hold, and keeps them from being taken before the transaction ends.
fn count_leases(keep: &str) -> Batch {
    let statement = format!(
        "SELECT count(*) FROM (
             SELECT 1 FROM given JOIN jobs ON jobs.message_id = given.message_id AND jobs.fence = given.fence {keep}) held"
    );
    Batch::new(["message_id", "fence"], &statement)
}

/// Takes the jobs away whose leases have run out, but for those that somebody else is just about to end.
fn release_lapsed(skip: &str) -> Batch {
    let statement = format!(
        "DELETE FROM jobs WHERE message_id IN (
             SELECT jobs.message_id FROM jobs JOIN given ON jobs.message_id = given.message_id
             WHERE jobs.lease_owner IS NOT NULL AND jobs.lease_until < given.before {skip})
         RETURNING message_id"
    );
    Batch::new(["message_id", "before"], &statement)
}

impl Store {
    /// Appends to many logs in one transaction, for the leases that still hold; `owner` holds them. Returns those
    /// that hold no more: nothing was written for them.
    ///
    /// # Errors
    /// If the database fails; then nothing at all was written, unless the answer to the commit was lost: ask
    /// [`Store::log_ends`]. [`StoreError::Moved`] if it turns out that an earlier commit was made after all.
    pub async fn append(&self, owner: &str, appends: &[Append]) -> Result<Vec<Lease>> {
        let mut tx = self.engine_write().await?;
        let leases: Vec<Lease> = appends.iter().map(|append| append.lease).collect();
        let lost = lost_leases(&mut tx, owner, &leases).await?;
        let valid: Vec<&Append> = appends.iter().filter(|append| !lost.contains(&append.lease)).collect();
        insert_chunks(&mut tx, chunks_of(&valid)?).await?;
        let texts = valid.iter().filter_map(|append| Some((append.lease.reply, append.stored.as_ref()?)));
        store_texts(&mut tx, texts.collect()).await?;
        tools::store_calls(&mut tx, &valid).await?;
        store_usages(&mut tx, &valid).await?;
        end_messages(&mut tx, valid.iter().filter_map(|append| Ending::of(append)).collect()).await?;
        for append in valid.iter().filter(|append| !append.events.is_empty()) {
            tx.wake_others(Wake::Log(append.lease.reply));
        }
        tx.commit().await?;
        Ok(lost)
    }

    /// Where the logs of these replies end, and the positions that their stored texts reach; nothing of those that are gone.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn log_ends(&self, replies: &[MessageId]) -> Result<Vec<(MessageId, LogEnd)>> {
        let mut connection = self.shared.pools.engine.acquire().await?;
        let mut ends = Vec::with_capacity(replies.len());
        for (sql, rows) in LOG_ENDS.over(replies) {
            let mut query = sqlx::query_as::<_, (String, i64, i64)>(sql);
            for reply in rows {
                query = query.bind(reply.map(ToString::to_string));
            }
            for (reply, end, stored) in query.fetch_all(&mut *connection).await? {
                ends.push((parse(&reply)?, LogEnd { log: position(end)?, stored: position(stored)? }));
            }
        }
        Ok(ends)
    }

    /// Ends a reply that still waits in the queue. Returns false if it does not, or not any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_waiting(&self, reply: MessageId, end: &End) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM jobs WHERE message_id = $1 AND lease_owner IS NULL")
            .bind(reply.to_string())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        end_released(&mut tx, &[reply], end).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends those of the replies whose lease ran out before a moment (microseconds since 1970 UTC), with a status and all
    /// that their logs hold, in one transaction. Returns which these were: others have ended, or somebody is ending them.
    ///
    /// # Errors
    /// If the database fails; then none has ended.
    pub async fn end_lapsed(&self, replies: &[MessageId], end: &End, before: i64) -> Result<Vec<MessageId>> {
        let mut tx = self.write().await?;
        let batch = match tx.dialect() {
            Dialect::Sqlite => &RELEASE_LAPSED,
            Dialect::Postgres => &RELEASE_LAPSED_POSTGRES,
        };
        let mut released = Vec::with_capacity(replies.len());
        for (sql, rows) in batch.over(replies) {
            let mut query = sqlx::query_as::<_, (String,)>(sql);
            for reply in rows {
                query = query.bind(reply.map(ToString::to_string)).bind(before);
            }
            for (reply,) in query.fetch_all(&mut *tx).await? {
                released.push(parse(&reply)?);
            }
        }
        end_released(&mut tx, &released, end).await?;
        tx.commit().await?;
        Ok(released)
    }
}

/// Ends replies of which the jobs were taken away, whoever did that: it gives the right to.
async fn end_released(tx: &mut Write, replies: &[MessageId], end: &End) -> Result<()> {
    let mut chunks = Vec::new();
    let mut texts = Vec::with_capacity(replies.len());
    for (reply, reached) in stored_to(tx, replies).await? {
        let mut stored = rest_of(tx, reply, reached).await?;
        stored.position = push_chunks(&mut chunks, reply, stored.position, &[Event::End(end.clone())])?;
        texts.push((reply, stored));
    }
    insert_chunks(tx, chunks).await?;
    store_texts(tx, texts.iter().map(|(reply, stored)| (*reply, stored)).collect()).await?;
    end_messages(tx, replies.iter().map(|reply| Ending { reply: *reply, end }).collect()).await?;
    replies.iter().for_each(|reply| tx.wake(Wake::Log(*reply)));
    Ok(())
}

/// The positions that the stored texts of replies reach.
async fn stored_to(tx: &mut AnyConnection, replies: &[MessageId]) -> Result<Vec<(MessageId, u64)>> {
    let mut reached = Vec::with_capacity(replies.len());
    for (sql, rows) in STORED_TO.over(replies) {
        let mut query = sqlx::query_as::<_, (String, i64)>(sql);
        for reply in rows {
            query = query.bind(reply.map(ToString::to_string));
        }
        for (reply, at) in query.fetch_all(&mut *tx).await? {
            reached.push((parse(&reply)?, position(at)?));
        }
    }
    Ok(reached)
}

/// What the log of a reply has past its stored text.
async fn rest_of(tx: &mut AnyConnection, reply: MessageId, reached: u64) -> Result<Stored> {
    let mut stored = Stored { from: reached, position: reached, ..Stored::default() };
    let rest = match read_all(tx, reply, reached).await {
        // What is stored reaches further than the log, which is what holds.
        Err(StoreError::Corrupt(_)) => {
            (stored.from, stored.position) = (0, 0);
            forget_text(tx, reply).await?;
            read_all(tx, reply, 0).await?
        }
        rest => rest?,
    };
    for event in rest {
        stored.position += event.length();
        match event {
            Event::Text(text) => stored.text.push_str(&text),
            Event::Reasoning(text) => stored.reasoning.push_str(&text),
            Event::Tool(_) | Event::Usage(_) | Event::End(_) => {}
        }
    }
    Ok(stored)
}

/// Those of the leases that `owner` holds no more. Almost always there are none, so they are only counted at first:
/// a row that is read costs more than one that is written.
async fn lost_leases(tx: &mut Write, owner: &str, leases: &[Lease]) -> Result<Vec<Lease>> {
    let count = match tx.dialect() {
        Dialect::Sqlite => &COUNT_LEASES,
        Dialect::Postgres => &COUNT_LEASES_POSTGRES,
    };
    let mut held = 0;
    for (sql, rows) in count.over(leases) {
        let mut query = sqlx::query_as::<_, (i64,)>(sql);
        for lease in rows {
            query = query.bind(lease.map(|lease| lease.reply.to_string())).bind(lease.map(|lease| lease.fence));
        }
        held += query.fetch_one(&mut **tx).await?.0;
    }
    if held == leases.len() as i64 {
        return Ok(Vec::new());
    }
    let held = held_leases(tx, owner).await?;
    let is_lost = |lease: &&Lease| !held.contains(&(lease.reply.to_string(), lease.fence));
    Ok(leases.iter().filter(is_lost).copied().collect())
}

pub(super) async fn held_leases(tx: &mut AnyConnection, owner: &str) -> Result<HashSet<(String, i64)>> {
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
            Event::Tool(call) => push("tool_call", to_json(call)?, event.length()),
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
        query
            .execute(&mut *tx)
            .await
            .map_err(|error| if is_unique(&error) { StoreError::Moved } else { error.into() })?;
    }
    Ok(())
}

async fn store_texts(tx: &mut AnyConnection, texts: Vec<(MessageId, &Stored)>) -> Result<()> {
    for (sql, rows) in STORE_TEXT.over(&texts) {
        let (mut query, mut expected) = (sqlx::query(sql), 0);
        for text in rows {
            expected += u64::from(text.is_some());
            query = query
                .bind(text.map(|(reply, _)| reply.to_string()))
                .bind(text.map(|(_, stored)| to_i64(stored.from)))
                .bind(text.map(|(_, stored)| stored.text.clone()))
                .bind(text.map(|(_, stored)| stored.reasoning.clone()))
                .bind(text.map(|(_, stored)| to_i64(stored.position)));
        }
        if query.execute(&mut *tx).await?.rows_affected() != expected {
            return Err(StoreError::Moved);
        }
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

/// Ends messages once and for all, removes their jobs, marks their chats as active and notes what they used: all of their
/// text is stored by then.
async fn end_messages(tx: &mut Write, endings: Vec<Ending<'_>>) -> Result<()> {
    let now = tx.now;
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
        if query.execute(&mut **tx).await?.rows_affected() != expected {
            return Err(StoreError::Corrupt("a reply had a job but no running state".to_owned()));
        }
    }
    for (sql, rows) in GIVE_UP_CALLS.over(&endings) {
        let mut query = sqlx::query(sql);
        for ending in rows {
            query = query.bind(ending.map(|ending| ending.reply.to_string())).bind(now);
        }
        query.execute(&mut **tx).await?;
    }
    for (sql, rows) in TOUCH_CHATS.over(&endings) {
        let mut query = sqlx::query_as::<_, (String, String, String, String)>(sql);
        for ending in rows {
            query = query.bind(ending.map(|ending| ending.reply.to_string())).bind(now);
        }
        for (chat, workspace, owner, sharing) in query.fetch_all(&mut **tx).await? {
            tx.wake(Wake::Chat(parse(&chat)?, rows::audience((workspace, owner, sharing))?));
        }
    }
    want_titles(tx, &endings.iter().map(|ending| ending.reply).collect::<Vec<_>>()).await?;
    for (sql, rows) in DELETE_JOBS.over(&endings) {
        let mut query = sqlx::query(sql);
        for ending in rows {
            query = query.bind(ending.map(|ending| ending.reply.to_string()));
        }
        query.execute(&mut **tx).await?;
    }
    let ended: Vec<MessageId> = endings.iter().map(|ending| ending.reply).collect();
    billing::bill(tx, &ended).await
}

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
