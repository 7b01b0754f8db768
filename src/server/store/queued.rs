//! A reply as it comes into the queue: its row, still empty, the job that writes it, and what it may come to.

use super::{
    Result, StoreError,
    error::is_unique,
    lines::line_of,
    reservations::{self, Order, Wanted},
    wakes::Wake,
    write::Write,
};
use crate::domain::{
    actor::Actor,
    audience::Audience,
    id::{ChatId, MessageId},
};

/// Where a reply is to stand in its chat.
pub(super) struct Place {
    pub chat: ChatId,
    pub parent: Option<MessageId>,
    pub number: i64,
    /// With how many bytes of an earlier one it begins.
    pub planted: u64,
}

/// Inserts an empty reply and the job that writes it, if budgets have enough left for it, and has word of both sent.
pub(super) async fn insert_reply(
    tx: &mut Write,
    actor: &Actor,
    place: Place,
    reply: MessageId,
    order: Order<'_>,
    audience: Audience,
) -> Result<()> {
    let Place { chat, parent, number, planted } = place;
    let (model, now) = (order.model, tx.now);
    reservations::reserve(tx, actor, Wanted { reply, chat, parent, planted }, order).await?;
    sqlx::query(
        "INSERT INTO messages (id, chat_id, parent_id, number, role, author_id, status, model, created_at, provider_id,
             max_tokens)
         VALUES ($1, $2, $3, $4, 'assistant', $5, 'queued', $6, $7, $8, $9)",
    )
    .bind(reply.to_string())
    .bind(chat.to_string())
    .bind(parent.map(|parent| parent.to_string()))
    .bind(number)
    .bind(actor.user.to_string())
    .bind(model.model.clone())
    .bind(now)
    .bind(model.provider.map(|provider| provider.to_string()))
    .bind(i64::try_from(order.worst.max_tokens).ok().filter(|most| *most > 0))
    .execute(&mut **tx)
    .await
    // Whoever extends a chat has it alone; the index says so too.
    .map_err(|error| if is_unique(&error) { StoreError::ReplyRunning } else { error.into() })?;
    sqlx::query(
        "INSERT INTO jobs (id, kind, message_id, workspace_id, user_id, request_id, run_at, created_at, limited_by)
         SELECT $1, 'reply', $1, $2, $3, $4, CASE WHEN max(l.run_at) > $5 THEN max(l.run_at) ELSE $5 END, $5, max(l.limited_by)
         FROM jobs l WHERE l.limited_by = $6",
    )
    .bind(reply.to_string())
    .bind(actor.workspace.to_string())
    .bind(actor.user.to_string())
    .bind(actor.origin.request.simple().to_string())
    .bind(now)
    // Where others wait for the same, it waits behind them.
    .bind(line_of(model.provider, &model.model))
    .execute(&mut **tx)
    .await?;
    tx.wake(Wake::Job);
    tx.wake(Wake::Chat(chat, audience));
    Ok(())
}
