//! What the access policy asks of the database: who is inside of which wall.

use std::{collections::HashSet, sync::LazyLock};

use sqlx::AnyConnection;

use super::{Result, Store, StoreError, batch::Batch, rows::parse, write::Write};
use crate::domain::{
    actor::Actor,
    chat::Sharing,
    credential::Credential,
    id::{ChatId, MessageId, UserId, WorkspaceId},
    member::MemberRole,
};

/// What the policy has to know of a chat and of somebody in its workspace.
#[derive(Clone, Copy, Debug)]
pub struct ChatWall {
    /// The workspace of the chat, in which the person is.
    pub workspace: WorkspaceId,
    /// Who began it.
    pub creator: UserId,
    /// What they are in the workspace; none if they have left it.
    pub creator_role: Option<MemberRole>,
    /// Who else sees it.
    pub sharing: Sharing,
    /// What the person is in the workspace.
    pub role: MemberRole,
}

/// What an open stream rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ground {
    /// Who reads.
    pub user: UserId,
    /// How they have proven it.
    pub credential: Credential,
    /// The workspace of what they read.
    pub workspace: WorkspaceId,
    /// What they were in it when they began.
    pub role: MemberRole,
    /// The chat, if it is one.
    pub chat: Option<ChatId>,
}

/// Has whoever holds the actor's workspace as well wait until the commit: what is counted in it then stays so. Whoever only
/// adds a row that refers to the workspace, as all usage does, goes on; `hold_workspace_alone` of the budgets keeps them out,
/// too.
pub(super) async fn hold_workspace(tx: &mut Write, actor: &Actor) -> Result<()> {
    // An update, since SQLite knows no lock of a row; it changes nothing that anything refers to.
    sqlx::query("UPDATE workspaces SET name = name WHERE id = $1")
        .bind(actor.workspace.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Of those that are given, the ones that hold: `number` says which they are. Where no chat is named, what one hears
/// follows from one's role: with another it would be too much or too little.
static HOLDS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        ["number", "user_id", "session_id", "token_id", "workspace_id", "role", "chat_id", "now"],
        "SELECT g.number FROM given g
         JOIN members m ON m.workspace_id = g.workspace_id AND m.user_id = g.user_id AND m.suspended_at IS NULL
         LEFT JOIN sessions s ON s.id = g.session_id AND s.user_id = g.user_id AND s.expires_at > g.now
         LEFT JOIN api_tokens t ON t.id = g.token_id AND t.user_id = g.user_id AND t.revoked_at IS NULL
         LEFT JOIN chats c ON c.id = g.chat_id AND c.workspace_id = g.workspace_id
             AND (c.sharing <> 'private' OR (c.owner_id = g.user_id AND m.role <> 'viewer'))
         WHERE (g.session_id IS NULL OR s.id IS NOT NULL) AND (g.token_id IS NULL OR t.id IS NOT NULL)
             AND (c.id IS NOT NULL OR (g.chat_id IS NULL AND m.role = g.role))",
    )
});

impl Store {
    /// What a person is in a workspace; `None` if they are not in it, or suspended.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_in(&self, user: UserId, workspace: WorkspaceId) -> Result<Option<MemberRole>> {
        let found: Option<(String,)> = sqlx::query_as(
            "SELECT role FROM members WHERE workspace_id = $1 AND user_id = $2 AND suspended_at IS NULL",
        )
        .bind(workspace.to_string())
        .bind(user.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        found.map(|(word,)| role(&word)).transpose()
    }

    /// The wall around a chat, deleted ones included; `None` if the person is not in its workspace.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn chat_wall(&self, user: UserId, chat: ChatId) -> Result<Option<ChatWall>> {
        let sql = "SELECT c.workspace_id, c.owner_id, o.role, c.sharing, p.role FROM chats c
             LEFT JOIN members o ON o.workspace_id = c.workspace_id AND o.user_id = c.owner_id
             JOIN members p ON p.workspace_id = c.workspace_id AND p.user_id = $2 AND p.suspended_at IS NULL
             WHERE c.id = $1";
        wall(&mut *self.reader().await?, sql, user, chat.to_string()).await
    }

    /// The wall around the chat of a message; `None` if the person is not in its workspace.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn message_wall(&self, user: UserId, message: MessageId) -> Result<Option<ChatWall>> {
        let sql = "SELECT c.workspace_id, c.owner_id, o.role, c.sharing, p.role FROM messages m
             JOIN chats c ON c.id = m.chat_id
             LEFT JOIN members o ON o.workspace_id = c.workspace_id AND o.user_id = c.owner_id
             JOIN members p ON p.workspace_id = c.workspace_id AND p.user_id = $2 AND p.suspended_at IS NULL
             WHERE m.id = $1 AND c.deleted_at IS NULL";
        wall(&mut *self.reader().await?, sql, user, message.to_string()).await
    }

    /// Those of the grounds that hold no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ground_lost(&self, grounds: &[Ground]) -> Result<Vec<Ground>> {
        let now = self.now();
        let numbered: Vec<(i64, Ground)> = (0..).zip(grounds.iter().copied()).collect();
        let mut held = HashSet::new();
        let mut reader = self.reader().await?;
        for (sql, rows) in HOLDS.over(&numbered) {
            let mut query = sqlx::query_as::<_, (i64,)>(sql);
            for row in rows {
                let ground = row.map(|(_, ground)| ground);
                query = query
                    .bind(row.map(|(number, _)| *number))
                    .bind(ground.map(|ground| ground.user.to_string()))
                    .bind(ground.and_then(session_of))
                    .bind(ground.and_then(token_of))
                    .bind(ground.map(|ground| ground.workspace.to_string()))
                    .bind(ground.map(|ground| ground.role.as_str()))
                    .bind(ground.and_then(|ground| ground.chat).map(|chat| chat.to_string()))
                    .bind(row.map(|_| now));
            }
            held.extend(query.fetch_all(&mut *reader).await?.into_iter().map(|(number,)| number));
        }
        Ok(numbered.into_iter().filter(|(number, _)| !held.contains(number)).map(|(_, ground)| ground).collect())
    }
}

fn session_of(ground: &Ground) -> Option<String> {
    if let Credential::Session(session) = ground.credential { Some(session.to_string()) } else { None }
}

fn token_of(ground: &Ground) -> Option<String> {
    if let Credential::Token(token, _) = ground.credential { Some(token.to_string()) } else { None }
}

async fn wall(
    connection: &mut AnyConnection,
    sql: &'static str,
    user: UserId,
    thing: String,
) -> Result<Option<ChatWall>> {
    let row: Option<(String, String, Option<String>, String, String)> =
        sqlx::query_as(sql).bind(thing).bind(user.to_string()).fetch_optional(connection).await?;
    let Some((workspace, creator, creator_role, sharing, word)) = row else { return Ok(None) };
    Ok(Some(ChatWall {
        workspace: parse(&workspace)?,
        creator: parse(&creator)?,
        creator_role: creator_role.as_deref().map(role).transpose()?,
        sharing: super::rows::sharing(&sharing)?,
        role: role(&word)?,
    }))
}

pub(super) fn role(word: &str) -> Result<MemberRole> {
    MemberRole::from_word(word).ok_or_else(|| StoreError::Corrupt(format!("role {word:?}")))
}
