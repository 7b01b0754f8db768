//! The end of a reply, once and for all, and what ends with it: its job, its calls, what it had reserved of budgets.

use std::sync::LazyLock;

use super::{
    Result, StoreError,
    append::Append,
    batch::Batch,
    billing,
    rows::{self, AUDIENCE_COLUMNS, parse, to_json},
    titles::want_titles,
    wakes::Wake,
    write::Write,
};
use crate::domain::{
    id::MessageId,
    reply::{End, Event},
};

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

/// The end of a reply.
pub(super) struct Ending<'a> {
    pub reply: MessageId,
    pub end: &'a End,
}

impl<'a> Ending<'a> {
    pub fn of(append: &'a Append) -> Option<Self> {
        append.events.iter().find_map(|event| match event {
            Event::End(end) => Some(Self { reply: append.lease.reply, end }),
            _ => None,
        })
    }
}

/// Ends messages once and for all, removes their jobs, marks their chats as active and notes what they used: all of their
/// text is stored by then.
pub(super) async fn end_messages(tx: &mut Write, endings: Vec<Ending<'_>>) -> Result<()> {
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
