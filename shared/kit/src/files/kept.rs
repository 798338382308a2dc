//! A store of resources that each have a file.

use std::sync::Arc;

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use super::{FileName, Files};
use crate::{
    changes::{Changes, ChangesRequest, Head},
    idempotency::Once,
    page::{KeyPage, Page, PageRequest},
    resource::{Entity, Resource},
    search::{SearchPage, SearchRequest},
    store::{Guard, Refusal, Result, Store, StoreError, Written},
    user::UserId,
};

/// The store of `R` with its files: if each resource [has a file](Resource::HAS_FILE), the file is deleted with the resource.
/// A deletion that failed in between is completed when it is repeated.
pub fn store_of<R: Resource>(
    store: Arc<dyn Store<R>>,
    files: &Arc<dyn Files>,
) -> Arc<dyn Store<R>> {
    if !R::HAS_FILE {
        return store;
    }
    let files = Arc::clone(files);
    Arc::new(WithFiles { store, files })
}

struct WithFiles<R: Resource> {
    store: Arc<dyn Store<R>>,
    files: Arc<dyn Files>,
}

impl<R: Resource> WithFiles<R> {
    async fn delete_file(&self, key: &R::Key) -> Result<()> {
        let deleted = self.files.delete(&FileName::of::<R>(key)).await;
        deleted.map_err(|error| StoreError::Unavailable(error.into()))
    }
}

#[async_trait]
impl<R: Resource> Store<R> for WithFiles<R> {
    async fn delete(
        &self,
        key: &R::Key,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<()>> {
        if once.is_some() {
            // A key that was used for another request must not delete the file. After a failure in between, the client
            // repeats the request, and the file is deleted with the replay, unless the resource was added again since.
            let deleted = self.store.delete(key, guard, now, once).await?;
            if self.store.get(key).await?.is_none() {
                self.delete_file(key).await?;
            }
            return Ok(deleted);
        }
        // The store checks the guard once more, at the moment of the write.
        if let Some(entity) = self.store.get(key).await? {
            guard.check(&entity)?;
            self.delete_file(key).await?;
        }
        self.store.delete(key, guard, now, None).await
    }

    async fn delete_owned(&self, key: &R::Key, user: &UserId) -> Result<()> {
        let found = self.store.get(key).await?;
        if found.is_some_and(|entity| entity.is_of(user)) {
            self.delete_file(key).await?;
        }
        self.store.delete_owned(key, user).await
    }

    async fn get(&self, key: &R::Key) -> Result<Option<Entity<R>>> {
        self.store.get(key).await
    }

    async fn list(&self, page: &PageRequest<R::Key>) -> Result<Page<R>> {
        self.store.list(page).await
    }

    async fn search(&self, request: &SearchRequest) -> Result<SearchPage<R>> {
        self.store.search(request).await
    }

    async fn add(&self, entity: &Entity<R>, once: Option<&Once>) -> Result<Written<Entity<R>>> {
        self.store.add(entity, once).await
    }

    async fn update(
        &self,
        key: &R::Key,
        changes: &R::Changes,
        guard: &Guard<'_>,
        now: OffsetDateTime,
        once: Option<&Once>,
    ) -> Result<Written<Entity<R>>> {
        self.store.update(key, changes, guard, now, once).await
    }

    async fn refuse(&self, once: &Once, refusal: Refusal, now: OffsetDateTime) -> Result<Refusal> {
        self.store.refuse(once, refusal, now).await
    }

    async fn owned_by(
        &self,
        user: &UserId,
        limit: u8,
        after: Option<&R::Key>,
    ) -> Result<KeyPage<R::Key>> {
        self.store.owned_by(user, limit, after).await
    }

    async fn disown(&self, key: &R::Key, user: &UserId, now: OffsetDateTime) -> Result<()> {
        self.store.disown(key, user, now).await
    }

    fn lag(&self) -> Duration {
        self.store.lag()
    }

    async fn head(&self, owner: Option<&UserId>, now: OffsetDateTime) -> Result<Head> {
        self.store.head(owner, now).await
    }

    async fn changes(&self, request: &ChangesRequest) -> Result<Changes<R>> {
        self.store.changes(request).await
    }
}
