//! Pictures: of a person, or of a workspace.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Result, Store, StoreError, rows::parse, write::Write};
use crate::domain::id::{ImageId, UserId, WorkspaceId};

/// Whose picture it is: who may see it follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageOwner {
    /// A person's, for themselves and for whoever is in a workspace with them.
    Person(UserId),
    /// A workspace's, for its members.
    Workspace(WorkspaceId),
}

/// A picture as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    /// What it is, as HTTP says it.
    pub media_type: String,
    /// Its file.
    pub data: Vec<u8>,
}

/// A person who sees a picture: it is their own, or they see it in these workspaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageWall {
    /// Whether it is their own.
    pub own: bool,
    /// In which workspaces they see it.
    pub workspaces: Vec<WorkspaceId>,
}

impl Store {
    /// Gives a person another picture in place of the one that they have, or none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_avatar(&self, user: UserId, picture: Option<(&str, &[u8])>) -> Result<()> {
        let mut tx = self.write().await?;
        let id = match picture {
            Some((media_type, data)) => {
                Some(insert(&mut tx, ImageOwner::Person(user), media_type, data).await?.to_string())
            }
            None => None,
        };
        sqlx::query("UPDATE users SET avatar_id = $2 WHERE id = $1")
            .bind(user.to_string())
            .bind(id.clone())
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM images WHERE user_id = $1 AND id <> $2")
            .bind(user.to_string())
            .bind(id.unwrap_or_default())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Through which walls a person sees a picture. Through none if there is no such picture.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn image_wall(&self, viewer: UserId, image: ImageId) -> Result<ImageWall> {
        let rows: Vec<(Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT i.user_id, v.workspace_id FROM images i
             LEFT JOIN members v ON v.user_id = $2 AND v.suspended_at IS NULL AND (v.workspace_id = i.workspace_id
                 OR EXISTS (SELECT 1 FROM members p WHERE p.user_id = i.user_id AND p.workspace_id = v.workspace_id))
             WHERE i.id = $1",
        )
        .bind(image.to_string())
        .bind(viewer.to_string())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let own = rows.iter().any(|(owner, _)| owner.as_deref() == Some(viewer.to_string().as_str()));
        let workspaces =
            rows.iter().filter_map(|(_, workspace)| workspace.as_deref()).map(parse).collect::<Result<_>>()?;
        Ok(ImageWall { own, workspaces })
    }

    /// A picture, for whoever was found to see it.
    ///
    /// # Errors
    /// `NotFound` if it is not there any more.
    pub async fn image(&self, image: ImageId) -> Result<StoredImage> {
        let row: Option<(String, String)> = sqlx::query_as("SELECT media_type, data FROM images WHERE id = $1")
            .bind(image.to_string())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let (media_type, data) = row.ok_or(StoreError::NotFound)?;
        let data = STANDARD.decode(data).map_err(|error| StoreError::Corrupt(format!("image {image}: {error}")))?;
        Ok(StoredImage { media_type, data })
    }
}

/// Keeps a picture, as a part of the change that gives it to somebody.
pub(super) async fn insert(tx: &mut Write, owner: ImageOwner, media_type: &str, data: &[u8]) -> Result<ImageId> {
    let id = ImageId::new();
    let (user, workspace) = match owner {
        ImageOwner::Person(user) => (Some(user.to_string()), None),
        ImageOwner::Workspace(workspace) => (None, Some(workspace.to_string())),
    };
    let sql =
        "INSERT INTO images (id, user_id, workspace_id, media_type, data, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(id.to_string())
        .bind(user)
        .bind(workspace)
        .bind(media_type.to_owned())
        .bind(STANDARD.encode(data))
        .bind(tx.now)
        .execute(&mut **tx)
        .await?;
    Ok(id)
}
