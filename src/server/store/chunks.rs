//! A log in rows: a chunk for an event, several for a long text.

use std::sync::LazyLock;

use sqlx::AnyConnection;

use super::{
    Result, StoreError,
    batch::Batch,
    error::is_unique,
    rows::{to_i64, to_json},
};
use crate::domain::{id::MessageId, reply::Event};

/// The most bytes of text in one chunk: what a reader takes at least at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// A row of `message_chunks`.
pub(super) struct Chunk {
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

/// The chunks of events that begin at a position, long text in several. Returns the position after them.
pub(super) fn push_chunks(chunks: &mut Vec<Chunk>, reply: MessageId, from: u64, events: &[Event]) -> Result<u64> {
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

/// Writes chunks; [`StoreError::Moved`] if there are such already.
pub(super) async fn insert_chunks(tx: &mut AnyConnection, chunks: Vec<Chunk>) -> Result<()> {
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
