//! Products of a workspace.

use super::{Result, Store, StoreError, catalogue::PRODUCTS, rows::parse};
use crate::domain::{
    actor::Actor,
    catalogue::{Product, ProductSummary},
    id::ProductId,
};

impl Store {
    /// The products of the actor's workspace, by name; archived ones if they are asked for.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_products(&self, actor: &Actor, archived: bool) -> Result<Vec<ProductSummary>> {
        let rows: Vec<(String, String, Option<i64>)> = sqlx::query_as(
            "SELECT p.id, p.name, p.archived_at FROM products p
             WHERE p.workspace_id = $1 AND (p.archived_at IS NULL OR $2 = 1) ORDER BY lower(p.name), p.id",
        )
        .bind(actor.workspace.to_string())
        .bind(i64::from(archived))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter()
            .map(|(id, name, archived)| Ok(ProductSummary { id: parse(&id)?, name, archived: archived.is_some() }))
            .collect()
    }

    /// A product of the actor's workspace.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn product(&self, actor: &Actor, product: ProductId) -> Result<Product> {
        let row: Option<(String, String, String, Option<i64>)> = sqlx::query_as(
            "SELECT p.name, p.description, p.facts, p.archived_at FROM products p WHERE p.id = $1 AND p.workspace_id = $2",
        )
        .bind(product.to_string())
        .bind(actor.workspace.to_string())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        let (name, description, facts, archived) = row.ok_or(StoreError::NotFound)?;
        let workspace = actor.workspace;
        Ok(Product { id: product, workspace, name, description, facts, archived: archived.is_some() })
    }

    /// Keeps a product, new or changed. Twice is as good as once.
    ///
    /// # Errors
    /// `NotFound` if the id is one of another workspace; `Conflict` if there are too many.
    pub async fn save_product(&self, actor: &Actor, product: Product) -> Result<()> {
        let mut tx = self.write().await?;
        let id = product.id.to_string();
        PRODUCTS.check_room(&mut tx, actor, &id).await?;
        let kept = sqlx::query(
            "INSERT INTO products (id, workspace_id, name, description, facts, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
                 facts = excluded.facts, updated_at = excluded.updated_at
             WHERE products.workspace_id = excluded.workspace_id",
        )
        .bind(id)
        .bind(actor.workspace.to_string())
        .bind(product.name)
        .bind(product.description)
        .bind(product.facts)
        .bind(tx.now)
        .execute(&mut *tx)
        .await?;
        if kept.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        tx.commit().await
    }

    /// Deletes a product; one that chats use is archived.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn delete_product(&self, actor: &Actor, product: ProductId) -> Result<()> {
        let mut tx = self.write().await?;
        PRODUCTS.remove(&mut tx, actor, &product.to_string()).await?;
        tx.commit().await
    }

    /// Takes a product out of the archive.
    ///
    /// # Errors
    /// `NotFound` if it is not there for this actor.
    pub async fn restore_product(&self, actor: &Actor, product: ProductId) -> Result<()> {
        let mut tx = self.write().await?;
        PRODUCTS.restore(&mut tx, actor, &product.to_string()).await?;
        tx.commit().await
    }
}
