//! Looks whether the data is as this program writes it: nothing without its parent, no reply without an end, no log with a
//! hole in it.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::{Result, Store};

/// A promise about the data, and the rows that break it.
struct Promise {
    /// What is wrong if there are such rows, to follow their number.
    broken: &'static str,
    /// Gives the ids of what breaks it.
    breaking: &'static str,
}

/// Where a chunk ends.
const CHUNK_END: &str =
    "c.sequence + CASE WHEN c.kind IN ('text', 'reasoning') THEN octet_length(c.content) ELSE 1 END";

const PROMISES: [Promise; 23] = [
    Promise {
        broken: "chats of a workspace or a person that is not there",
        breaking: "SELECT c.id FROM chats c WHERE NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = c.workspace_id)
             OR NOT EXISTS (SELECT 1 FROM users u WHERE u.id = c.owner_id)",
    },
    Promise {
        broken: "chats with a product or an expert of another workspace",
        breaking: "SELECT c.id FROM chats c WHERE
             (c.product_id IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM products p WHERE p.id = c.product_id AND p.workspace_id = c.workspace_id))
             OR (c.expert_id IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM experts e WHERE e.id = c.expert_id AND e.workspace_id = c.workspace_id))",
    },
    Promise {
        broken: "workspaces without an owner who may come in",
        breaking: "SELECT w.id FROM workspaces w WHERE NOT EXISTS (
             SELECT 1 FROM members m WHERE m.workspace_id = w.id AND m.role = 'owner' AND m.suspended_at IS NULL)",
    },
    Promise {
        broken: "people with a picture that is not theirs",
        breaking: "SELECT u.id FROM users u WHERE u.avatar_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM images i WHERE i.id = u.avatar_id AND i.user_id = u.id)",
    },
    Promise {
        broken: "experts with a portrait that is not of their workspace",
        breaking: "SELECT e.id FROM experts e WHERE e.portrait_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM images i WHERE i.id = e.portrait_id AND i.workspace_id = e.workspace_id)",
    },
    Promise {
        broken: "messages of a chat that is not there",
        breaking: "SELECT m.id FROM messages m WHERE NOT EXISTS (SELECT 1 FROM chats c WHERE c.id = m.chat_id)",
    },
    Promise {
        broken: "messages below one that is not in their chat, or is newer than they are",
        breaking: "SELECT m.id FROM messages m WHERE m.parent_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM messages p WHERE p.id = m.parent_id AND p.chat_id = m.chat_id AND p.number < m.number)",
    },
    Promise {
        broken: "chats that show a message that is not theirs, or none although they have some",
        breaking: "SELECT c.id FROM chats c WHERE
             (c.head_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = c.head_id AND m.chat_id = c.id))
             OR (c.head_id IS NULL AND EXISTS (SELECT 1 FROM messages m WHERE m.chat_id = c.id))",
    },
    Promise {
        broken: "chats that count their messages wrongly",
        breaking: "SELECT c.id FROM chats c WHERE c.message_count <> (SELECT count(*) FROM messages m WHERE m.chat_id = c.id)",
    },
    Promise {
        broken: "pieces of logs without a reply",
        breaking: "SELECT DISTINCT c.message_id FROM message_chunks c WHERE NOT EXISTS (
             SELECT 1 FROM messages m WHERE m.id = c.message_id AND m.role = 'assistant')",
    },
    Promise {
        broken: "logs with a hole or an overlap",
        breaking: "SELECT DISTINCT message_id FROM (
             SELECT c.message_id, c.sequence,
                    lag({CHUNK_END}, 1, 0) OVER (PARTITION BY c.message_id ORDER BY c.sequence) AS expected
             FROM message_chunks c) pieces WHERE sequence <> expected",
    },
    Promise {
        broken: "replies that ended without an end in their log, or with more than one",
        breaking: "SELECT m.id FROM messages m WHERE m.role = 'assistant' AND m.status NOT IN ('queued', 'streaming')
             AND (SELECT count(*) FROM message_chunks c WHERE c.message_id = m.id AND c.kind = 'end') <> 1",
    },
    Promise {
        broken: "logs that go on after their end, or end while the reply runs",
        breaking: "SELECT e.message_id FROM message_chunks e JOIN messages m ON m.id = e.message_id
             WHERE e.kind = 'end' AND (m.status IN ('queued', 'streaming') OR EXISTS (
                 SELECT 1 FROM message_chunks c WHERE c.message_id = e.message_id AND c.sequence > e.sequence))",
    },
    Promise {
        broken: "replies whose stored text is not what their log says",
        breaking: "SELECT m.id FROM messages m WHERE m.role = 'assistant' AND m.status NOT IN ('queued', 'streaming') AND (
             m.content <> coalesce((SELECT string_agg(c.content, '' ORDER BY c.sequence) FROM message_chunks c
                 WHERE c.message_id = m.id AND c.kind = 'text'), '')
             OR m.reasoning <> coalesce((SELECT string_agg(c.content, '' ORDER BY c.sequence) FROM message_chunks c
                 WHERE c.message_id = m.id AND c.kind = 'reasoning'), ''))",
    },
    Promise {
        broken: "replies whose stored text does not reach the end of their log, or reaches further",
        breaking: "SELECT m.id FROM messages m WHERE m.role = 'assistant' AND (
             (m.status NOT IN ('queued', 'streaming')
                 AND m.position <> coalesce((SELECT max({CHUNK_END}) FROM message_chunks c WHERE c.message_id = m.id), 0))
             OR m.position > coalesce((SELECT max({CHUNK_END}) FROM message_chunks c WHERE c.message_id = m.id), 0))",
    },
    Promise {
        broken: "running replies that nobody will ever write",
        breaking: "SELECT m.id FROM messages m WHERE m.status IN ('queued', 'streaming')
             AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.message_id = m.id)",
    },
    Promise {
        broken: "jobs for replies that have ended",
        breaking: "SELECT j.id FROM jobs j WHERE NOT EXISTS (
             SELECT 1 FROM messages m WHERE m.id = j.message_id AND m.status IN ('queued', 'streaming'))",
    },
    Promise {
        broken: "messages that ended without saying when, or run and say so",
        breaking: "SELECT m.id FROM messages m WHERE (m.ended_at IS NULL) <> (m.status IN ('queued', 'streaming'))",
    },
    Promise {
        // What ended before usage was noted has no row.
        broken: "replies that ended without a word of what they used",
        breaking: "SELECT m.id FROM messages m WHERE m.role = 'assistant'
             AND m.ended_at > (SELECT min(e.created_at) FROM usage_entries e)
             AND NOT EXISTS (SELECT 1 FROM usage_entries e WHERE e.id = m.id)",
    },
    Promise {
        broken: "sums of usage that are not those of its rows",
        breaking: "SELECT s.workspace_id FROM (
                 SELECT workspace_id, day, user_id, provider, model, requests, prompt_tokens, completion_tokens,
                        reasoning_tokens, cached_tokens, cost, unpriced FROM usage_days
                 UNION ALL
                 SELECT workspace_id, day, user_id, provider, model, CASE kind WHEN 'reply' THEN -1 ELSE 0 END,
                        -prompt_tokens, -completion_tokens, -reasoning_tokens, -cached_tokens, -coalesce(cost, 0),
                        CASE WHEN cost IS NULL THEN -1 ELSE 0 END FROM usage_entries) s
             GROUP BY s.workspace_id, s.day, s.user_id, s.provider, s.model
             HAVING sum(s.requests) <> 0 OR sum(s.prompt_tokens) <> 0 OR sum(s.completion_tokens) <> 0
                 OR sum(s.reasoning_tokens) <> 0 OR sum(s.cached_tokens) <> 0 OR sum(s.cost) <> 0
                 OR sum(s.unpriced) <> 0",
    },
    Promise {
        broken: "budgets of which something else is reserved than by replies",
        breaking: "SELECT p.budget_id FROM budget_periods p WHERE p.reserved <> coalesce((
             SELECT sum(r.amount) FROM reservations r
             WHERE r.budget_id = p.budget_id AND r.user_id = p.user_id AND r.day = p.day), 0)",
    },
    Promise {
        broken: "replies that do not run and have something reserved",
        breaking: "SELECT r.message_id FROM reservations r WHERE NOT EXISTS (
             SELECT 1 FROM messages m WHERE m.id = r.message_id AND m.status IN ('queued', 'streaming'))",
    },
    Promise {
        // Of a month that is over it is not known here where it ended.
        broken: "budgets of which something else is spent than was used",
        breaking: "SELECT p.budget_id FROM budget_periods p JOIN budgets b ON b.id = p.budget_id
             WHERE (b.period = 'day' OR NOT EXISTS (SELECT 1 FROM budget_periods n
                 WHERE n.budget_id = p.budget_id AND n.user_id = p.user_id AND n.day > p.day))
             AND p.spent <> (SELECT coalesce(sum(CASE b.unit WHEN 'dollars' THEN d.cost
                     WHEN 'tokens' THEN d.prompt_tokens + d.completion_tokens ELSE d.requests END), 0)
                 FROM usage_days d WHERE d.workspace_id = b.workspace_id AND d.day >= p.day
                     AND (b.period = 'month' OR d.day = p.day) AND (p.user_id = '' OR d.user_id = p.user_id))",
    },
];

/// What can be found wrong, in the words in which it is.
pub fn promises() -> impl Iterator<Item = &'static str> {
    PROMISES.iter().map(|promise| promise.broken)
}

/// How many examples of what is wrong are named.
const EXAMPLES: i64 = 3;

/// What was looked at, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many chats there are.
    pub chats: i64,
    /// How many messages.
    pub messages: i64,
    /// How many pieces of logs.
    pub chunks: i64,
    /// A line for each promise that is broken.
    pub problems: Vec<String>,
}

/// Looks at everything, at one moment, also while a server runs.
///
/// # Errors
/// If the database cannot be read.
pub async fn check(store: &Store) -> Result<Report> {
    let dialect = store.shared.dialect;
    let mut snapshot = store.shared.pools.readers.begin_with(dialect.begin_snapshot()).await?;
    let mut problems = dialect.damage(&mut snapshot).await?;
    for promise in PROMISES {
        problems.extend(promise.problem(&mut snapshot).await?);
    }
    Ok(Report {
        chats: count(&mut snapshot, "SELECT count(*) FROM chats").await?,
        messages: count(&mut snapshot, "SELECT count(*) FROM messages").await?,
        chunks: count(&mut snapshot, "SELECT count(*) FROM message_chunks").await?,
        problems,
    })
}

impl Promise {
    async fn problem(&self, connection: &mut AnyConnection) -> Result<Option<String>> {
        let breaking = self.breaking.replace("{CHUNK_END}", CHUNK_END);
        let number = count(connection, &format!("SELECT count(*) FROM ({breaking}) breaking")).await?;
        if number == 0 {
            return Ok(None);
        }
        let examples: Vec<(String,)> =
            sqlx::query_as(AssertSqlSafe(format!("{breaking} LIMIT {EXAMPLES}"))).fetch_all(connection).await?;
        let examples: Vec<String> = examples.into_iter().map(|(id,)| id).collect();
        Ok(Some(format!("{number} {}, for example {}", self.broken, examples.join(", "))))
    }
}

async fn count(connection: &mut AnyConnection, sql: &str) -> Result<i64> {
    let (number,): (i64,) = sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await?;
    Ok(number)
}
