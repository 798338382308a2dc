//! The resources that belong to a user, for those who export or delete an account and know no resource by name.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde_json::value::RawValue;
use time::{Duration, OffsetDateTime};

use crate::{
    deadline,
    operations::Shown,
    page::{MAX_LIMIT, read_owner_cursor, write_owner_cursor},
    resource::{Access, Resource},
    store::{BoxError, Result, Store, StoreError},
    user::UserId,
};

/// The most resources that one call of [`Belongings::release`] deletes or disowns, so that it ends long before the function's
/// timeout.
const RELEASED_PER_CALL: usize = 1_000;
/// The time that is kept for a page of resources that are deleted or disowned: if less is left, the client has to call again.
const FOR_A_PAGE: Duration = Duration::SECOND;
/// The number of resources that are read or written at the same time.
const AT_ONCE: usize = 16;
/// The size of an export's resources in bytes at which the page ends: a function's answer may have 6 MB.
const EXPORT_BYTES: usize = 2 * 1024 * 1024;

/// The fate of the resources of a user who leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They are deleted.
    Delete,
    /// They stay, and no longer tell who added them.
    Disown,
}

/// The resources of one type that belong to users.
#[async_trait]
pub trait Belongings: Send + Sync {
    /// The word for them, such as `recipes`.
    fn name(&self) -> &'static str;

    /// True if they may stay when their owner leaves.
    fn may_stay(&self) -> bool;

    /// True if the user has to say whether they are deleted or stay.
    fn fate_is_asked(&self) -> bool;

    /// The time by which the list of a user's resources may lag behind the writes.
    fn lag(&self) -> Duration;

    /// Deletes or disowns resources of a user at the moment `now`, and returns true if none was found that is left.
    async fn release(&self, user: &UserId, fate: Fate, now: OffsetDateTime) -> Result<bool>;

    /// True if a page of the user's export gave this cursor.
    fn has_cursor(&self, user: &UserId, cursor: &str) -> bool;

    /// A page of the user's resources, behind a cursor of the page before.
    async fn export(&self, user: &UserId, cursor: Option<&str>) -> Result<Exported>;
}

/// A page of a user's resources, each as answers have it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The resources, as JSON.
    pub items: Vec<Box<RawValue>>,
    /// The cursor of the next page; `None` when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[async_trait]
impl<R: Resource> Belongings for Arc<dyn Store<R>> {
    fn name(&self) -> &'static str {
        R::MANY
    }

    fn may_stay(&self) -> bool {
        R::ACCESS == Access::Shared
    }

    fn fate_is_asked(&self) -> bool {
        R::FATE_IS_ASKED
    }

    fn lag(&self) -> Duration {
        self.as_ref().lag()
    }

    async fn release(&self, user: &UserId, fate: Fate, now: OffsetDateTime) -> Result<bool> {
        let mut done = 0;
        loop {
            let page = self.owned_by(user, MAX_LIMIT, None).await?;
            if page.keys.is_empty() && page.next.is_none() {
                return Ok(true);
            }
            let too_late = deadline::left().is_some_and(|left| left < FOR_A_PAGE);
            if done >= RELEASED_PER_CALL || too_late {
                return Ok(false);
            }
            done += page.keys.len().max(1);
            stream::iter(&page.keys)
                .map(Ok)
                .try_for_each_concurrent(AT_ONCE, |key| async move {
                    match fate {
                        Fate::Delete => self.delete_owned(key, user).await,
                        Fate::Disown => self.disown(key, user, now).await,
                    }
                })
                .await?;
        }
    }

    fn has_cursor(&self, user: &UserId, cursor: &str) -> bool {
        read_owner_cursor::<R>(user, cursor).is_ok()
    }

    async fn export(&self, user: &UserId, cursor: Option<&str>) -> Result<Exported> {
        let unavailable = |error: BoxError| StoreError::Unavailable(error);
        let after = cursor.map(|cursor| read_owner_cursor::<R>(user, cursor));
        let after = after
            .transpose()
            .map_err(|error| unavailable(error.into()))?;
        let page = self.owned_by(user, MAX_LIMIT, after.as_ref()).await?;
        let mut found = stream::iter(page.keys)
            .map(|key| async {
                let entity = self.get(&key).await?;
                // The list of keys may lag behind what was deleted or disowned since.
                Ok::<_, StoreError>((key, entity.filter(|entity| entity.is_of(user))))
            })
            .buffered(AT_ONCE);
        let (mut items, mut bytes, mut next) = (Vec::new(), 0, page.next);
        while let Some((key, entity)) = found.try_next().await? {
            if let Some(entity) = entity {
                let json = serde_json::value::to_raw_value(&Shown(&entity));
                let json = json.map_err(|error| unavailable(error.into()))?;
                bytes += json.get().len();
                items.push(json);
            }
            if bytes >= EXPORT_BYTES {
                next = Some(key);
                break;
            }
        }
        Ok(Exported {
            items,
            next_cursor: next.map(|last| write_owner_cursor::<R>(user, &last)),
        })
    }
}
