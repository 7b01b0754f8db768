//! The catalogues of workspaces in memory: asked for with every message, and changed now and then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    domain::{id::WorkspaceId, model::ModelCatalogue},
    server::store::Result,
};

/// After this time one is read again, whatever was heard: word of a change may be lost.
const KEPT: Duration = Duration::from_secs(60);

/// How many there may be; then all are read again. One of a few hundred models takes about 100 KB.
const MOST: usize = 500;

/// The catalogues that were read.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    kept: HashMap<WorkspaceId, (Instant, Arc<ModelCatalogue>)>,
    /// How often something was forgotten: what was read before it happened is not kept after it.
    forgotten: u64,
}

impl Cache {
    /// The catalogue of a workspace, read if it is not known.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn get(
        &self,
        workspace: WorkspaceId,
        read: impl AsyncFnOnce() -> Result<ModelCatalogue>,
    ) -> Result<Arc<ModelCatalogue>> {
        let (known, forgotten) = self.with(|inside| {
            let known = inside.kept.get(&workspace).filter(|(since, _)| since.elapsed() < KEPT);
            (known.map(|(_, catalogue)| Arc::clone(catalogue)), inside.forgotten)
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let began = Instant::now();
        let catalogue = Arc::new(read().await?);
        self.with(|inside| {
            if inside.forgotten == forgotten {
                if inside.kept.len() >= MOST {
                    inside.kept.clear();
                }
                inside.kept.insert(workspace, (began, Arc::clone(&catalogue)));
            }
        });
        Ok(catalogue)
    }

    /// Keeps nothing of a workspace, or of all.
    pub fn forget(&self, workspace: Option<WorkspaceId>) {
        self.with(|inside| {
            inside.forgotten += 1;
            match workspace {
                Some(workspace) => drop(inside.kept.remove(&workspace)),
                None => inside.kept.clear(),
            }
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Inside) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{id::ProviderId, provider::Provider};

    fn called(name: &str) -> ModelCatalogue {
        let provider = Provider {
            id: ProviderId::new(),
            name: name.to_owned(),
            base_url: String::new(),
            has_key: false,
            of_operator: false,
            enabled: true,
            listed_at: None,
            problem: None,
        };
        ModelCatalogue { providers: vec![provider], models: Vec::new() }
    }

    async fn name(cache: &Cache, workspace: WorkspaceId, fresh: &str) -> String {
        let catalogue = cache.get(workspace, async || Ok(called(fresh))).await.unwrap();
        catalogue.providers[0].name.clone()
    }

    #[tokio::test]
    async fn it_is_read_once_and_again_when_it_was_forgotten_and_each_workspace_has_its_own() {
        let (cache, one, other) = (Cache::default(), WorkspaceId::new(), WorkspaceId::new());
        assert_eq!(name(&cache, one, "a").await, "a");
        assert_eq!(name(&cache, one, "b").await, "a");
        assert_eq!(name(&cache, other, "c").await, "c");
        cache.forget(Some(one));
        assert_eq!((name(&cache, one, "d").await, name(&cache, other, "e").await), ("d".to_owned(), "c".to_owned()));
        cache.forget(None);
        assert_eq!(name(&cache, other, "f").await, "f");
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (cache, workspace) = (Cache::default(), WorkspaceId::new());
        let read = async || {
            cache.forget(Some(workspace));
            Ok(called("old"))
        };
        cache.get(workspace, read).await.unwrap();
        assert_eq!(name(&cache, workspace, "new").await, "new");
    }

    #[tokio::test]
    async fn after_a_minute_it_is_read_again() {
        let (cache, workspace) = (Cache::default(), WorkspaceId::new());
        name(&cache, workspace, "old").await;
        cache.with(|inside| inside.kept.values_mut().for_each(|(since, _)| *since -= KEPT));
        assert_eq!(name(&cache, workspace, "new").await, "new");
    }
}
