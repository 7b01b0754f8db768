//! What products and experts have in common: each is a thing of one workspace that chats may use, and goes only when none
//! does.

use sqlx::AssertSqlSafe;

use super::{
    Result, StoreError,
    audit::{self, Entry},
    walls::hold_workspace,
    write::Write,
};
use crate::{
    domain::{actor::Actor, audit::AuditAction, limits::CATALOGUE_ITEMS},
    texts::catalogue as texts,
};

/// A kind of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shelf {
    table: &'static str,
    /// The column of `chats` that refers to it.
    chosen_by: &'static str,
    deleted: AuditAction,
    restored: AuditAction,
    /// What is said if it cannot be chosen.
    gone: &'static str,
}

pub(super) const PRODUCTS: Shelf = Shelf {
    table: "products",
    chosen_by: "product_id",
    deleted: AuditAction::ProductDeleted,
    restored: AuditAction::ProductRestored,
    gone: texts::PRODUCT_GONE,
};

pub(super) const EXPERTS: Shelf = Shelf {
    table: "experts",
    chosen_by: "expert_id",
    deleted: AuditAction::ExpertDeleted,
    restored: AuditAction::ExpertRestored,
    gone: texts::EXPERT_GONE,
};

impl Shelf {
    /// Whether there is room for this one, or it is there already.
    pub async fn check_room(self, tx: &mut Write, actor: &Actor, id: &str) -> Result<()> {
        hold_workspace(tx, actor).await?;
        let sql = format!("SELECT count(*) FROM {} WHERE workspace_id = $1 AND id <> $2", self.table);
        let (others,): (i64,) = sqlx::query_as(AssertSqlSafe(sql))
            .bind(actor.workspace.to_string())
            .bind(id.to_owned())
            .fetch_one(&mut **tx)
            .await?;
        if others < CATALOGUE_ITEMS { Ok(()) } else { Err(StoreError::Conflict(texts::FULL)) }
    }

    /// Deletes one, or archives it if chats use it. Archived again, it stays as it is.
    pub async fn remove(self, tx: &mut Write, actor: &Actor, id: &str) -> Result<()> {
        let Self { table, chosen_by, .. } = self;
        // Whoever chooses it at this moment was first, or finds it archived.
        let sql = format!(
            "UPDATE {table} SET archived_at = coalesce(archived_at, $3) WHERE id = $1 AND workspace_id = $2 RETURNING name"
        );
        let found: Option<(String,)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(id.to_owned())
            .bind(actor.workspace.to_string())
            .bind(tx.now)
            .fetch_optional(&mut **tx)
            .await?;
        let (name,) = found.ok_or(StoreError::NotFound)?;
        let sql = format!(
            "DELETE FROM {table} WHERE id = $1 AND workspace_id = $2
                 AND NOT EXISTS (SELECT 1 FROM chats c WHERE c.{chosen_by} = $1)"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_owned())
            .bind(actor.workspace.to_string())
            .execute(&mut **tx)
            .await?;
        audit::record(tx, Entry::of(self.deleted, &name).by_actor(actor), actor.origin).await
    }

    /// Takes one out of the archive. One that is in use stays as it is.
    pub async fn restore(self, tx: &mut Write, actor: &Actor, id: &str) -> Result<()> {
        // Held, so that of two who do so at once one is told of.
        let sql = format!(
            "UPDATE {} SET archived_at = archived_at WHERE id = $1 AND workspace_id = $2 RETURNING name, archived_at",
            self.table
        );
        let found: Option<(String, Option<i64>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(id.to_owned())
            .bind(actor.workspace.to_string())
            .fetch_optional(&mut **tx)
            .await?;
        let (name, archived_at) = found.ok_or(StoreError::NotFound)?;
        if archived_at.is_none() {
            return Ok(());
        }
        let sql = format!("UPDATE {} SET archived_at = NULL WHERE id = $1 AND workspace_id = $2", self.table);
        sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_owned())
            .bind(actor.workspace.to_string())
            .execute(&mut **tx)
            .await?;
        audit::record(tx, Entry::of(self.restored, &name).by_actor(actor), actor.origin).await
    }

    /// Makes sure that one can be chosen in the actor's workspace, and stays so until the transaction ends.
    pub async fn hold(self, tx: &mut Write, actor: &Actor, id: &str) -> Result<()> {
        let for_share = tx.dialect().for_share();
        let sql = format!(
            "SELECT id FROM {} WHERE id = $1 AND workspace_id = $2 AND archived_at IS NULL {for_share}",
            self.table
        );
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(id.to_owned())
            .bind(actor.workspace.to_string())
            .fetch_optional(&mut **tx)
            .await?;
        found.map(|_| ()).ok_or(StoreError::Conflict(self.gone))
    }
}
