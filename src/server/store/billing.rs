//! What a reply that ends has used: as its provider says, else as it is counted here.

use std::sync::LazyLock;

use super::{
    Result,
    batch::Batch,
    rows::{self, counted, json},
    usage::{self, Entry},
    write::Write,
};
use crate::domain::{
    id::MessageId, limits::MESSAGES_PER_CHAT, message::Status, model::Prices, money::Money, reply::Usage,
    usage::UsageKind,
};

/// How many bytes a token is, as a rule: of English text, to the models of today, 4 to 5.
const BYTES_PER_TOKEN: u64 = 4;

/// What is known of a reply that has ended.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    parent_id: Option<String>,
    workspace_id: String,
    author_id: String,
    chat_id: String,
    provider_id: String,
    provider: String,
    model: String,
    status: String,
    usage: Option<String>,
    prompt_tokens: Option<i64>,
    planted: i64,
    begun: i64,
    bytes: i64,
    reasoning_bytes: i64,
    input_price: Option<i64>,
    output_price: Option<i64>,
}

static ENDED: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["id"],
        "SELECT m.id, m.parent_id, c.workspace_id, m.author_id, m.chat_id, coalesce(m.provider_id, '') AS provider_id,
                coalesce(p.name, '') AS provider, coalesce(m.model, '') AS model, m.status, m.usage, m.prompt_tokens,
                m.planted, CASE WHEN m.started_at IS NULL THEN 0 ELSE 1 END AS begun,
                CAST(octet_length(m.content) + octet_length(m.reasoning) AS BIGINT) AS bytes,
                CAST(octet_length(m.reasoning) AS BIGINT) AS reasoning_bytes,
                coalesce(e.input_price, o.input_price) AS input_price,
                coalesce(e.output_price, o.output_price) AS output_price
         FROM given JOIN messages m ON m.id = given.id JOIN chats c ON c.id = m.chat_id
         LEFT JOIN providers p ON p.id = m.provider_id
         LEFT JOIN models o ON o.provider_id = m.provider_id AND o.model = m.model
         LEFT JOIN model_edits e ON e.model_id = o.id AND e.workspace_id = c.workspace_id",
    )
});

/// Notes what replies used that have just ended, with all of their text stored.
pub(super) async fn bill(tx: &mut Write, replies: &[MessageId]) -> Result<()> {
    let mut ended: Vec<Row> = Vec::with_capacity(replies.len());
    for (sql, rows) in ENDED.over(replies) {
        let mut query = sqlx::query_as(sql);
        for reply in rows {
            query = query.bind(reply.map(ToString::to_string));
        }
        ended.extend(query.fetch_all(&mut **tx).await?);
    }
    let mut entries = Vec::with_capacity(ended.len());
    for row in ended {
        let used = row.used(tx).await?;
        entries.push(row.entry(used));
    }
    usage::record(tx, entries).await
}

impl Row {
    fn entry(self, used: Usage) -> Entry {
        Entry {
            id: self.id,
            kind: UsageKind::Reply,
            workspace: self.workspace_id,
            user: self.author_id,
            chat: self.chat_id,
            provider_id: self.provider_id,
            provider: self.provider,
            model: self.model,
            status: self.status,
            used,
            prices: Prices { input: self.input_price.map(Money), output: self.output_price.map(Money) },
        }
    }

    async fn used(&self, tx: &mut Write) -> Result<Usage> {
        let written = counted(self.bytes)?.saturating_sub(counted(self.planted)?);
        let completion_tokens = written.div_ceil(BYTES_PER_TOKEN);
        if let Some(said) = &self.usage {
            let said: Usage = json(said)?;
            // What is known of a round that broke off is how much it read.
            let written = if said.estimated { completion_tokens } else { 0 };
            return Ok(Usage { completion_tokens: said.completion_tokens.max(written), ..said });
        }
        // What a provider refuses to answer it does not bill.
        let refused = rows::status(&self.status)? == Status::Failed && written == 0;
        if self.begun == 0 || refused {
            return Ok(Usage::default());
        }
        let prompt_tokens = match self.prompt_tokens {
            Some(tokens) => counted(tokens)?,
            None => {
                (said(tx, self.parent_id.as_deref()).await?.bytes + counted(self.planted)?).div_ceil(BYTES_PER_TOKEN)
            }
        };
        let reasoning = counted(self.reasoning_bytes)?.div_ceil(BYTES_PER_TOKEN).min(completion_tokens);
        Ok(Usage {
            prompt_tokens,
            completion_tokens,
            reasoning_tokens: (reasoning > 0).then_some(reasoning),
            cached_tokens: None,
            estimated: true,
        })
    }
}

/// How much is said on the path to a message, itself included, with what tools were given and gave.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    pub bytes: u64,
    pub messages: u64,
}

/// What is said up to a message; nothing if there is none.
pub(super) async fn said(tx: &mut Write, last: Option<&str>) -> Result<Said> {
    let Some(last) = last else { return Ok(Said::default()) };
    let (bytes, messages): (i64, i64) = sqlx::query_as(
        "WITH RECURSIVE path (id, parent_id, depth) AS (
             SELECT m.id, m.parent_id, 1 FROM messages m WHERE m.id = $1
             UNION ALL
             SELECT m.id, m.parent_id, p.depth + 1 FROM messages m JOIN path p ON m.id = p.parent_id WHERE p.depth < $2)
         SELECT CAST(coalesce(sum(octet_length(m.content) + coalesce((
                    SELECT sum(octet_length(t.arguments) + octet_length(coalesce(t.result, '')))
                    FROM tool_calls t WHERE t.message_id = m.id), 0)), 0) AS BIGINT), count(*)
         FROM path p JOIN messages m ON m.id = p.id",
    )
    .bind(last.to_owned())
    .bind(MESSAGES_PER_CHAT)
    .fetch_one(&mut **tx)
    .await?;
    Ok(Said { bytes: counted(bytes)?, messages: counted(messages)? })
}
