//! The feed of changes: a snapshot of all resources, then what changed since, in one loop of the client.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use heck::ToLowerCamelCase as _;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Noun, response::Shown};
use crate::{
    changes::{
        Changed, ChangesRequest, Cursor, POLL_AFTER, Phase, Position, read_cursor, write_cursor,
    },
    http::{
        ApiError,
        precondition::etag_text,
        query::{Parameters, ReadParameters},
    },
    page::{Filter, MAX_LIMIT, PageRequest},
    resource::{Access, Key, Resource},
    user::UserId,
    value::{Invalid, in_range},
};

/// The query of a feed.
#[derive(Debug)]
pub struct ChangesQuery {
    since: Option<String>,
    limit: u8,
}

impl ReadParameters for ChangesQuery {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let limit = parameters.take_integer("limit", |limit| in_range(limit, 1, MAX_LIMIT));
        Some(Self {
            since: parameters.take("since", |since| match since {
                "" => Err(Invalid::Blank),
                since => Ok(since.to_owned()),
            }),
            limit: limit.unwrap_or(MAX_LIMIT),
        })
    }
}

/// A page of the feed of the resources that `filter` lists, which are all, or all of this user.
pub(super) async fn changed_since<R: Resource>(
    noun: &Noun<R>,
    owner: Option<&UserId>,
    filter: Filter<R::Key>,
    query: &ChangesQuery,
) -> Result<Response, ApiError> {
    let now = noun.clock.now();
    let since = query.since.as_deref();
    let since = since
        .map(|since| read_cursor::<R>(owner, since, now))
        .transpose()?;
    let page = |after| PageRequest {
        filter,
        limit: query.limit,
        after,
    };
    let (epoch, items, next, more) = match since {
        None => {
            let head = noun.store.head(owner, now).await?;
            let begun = head.end();
            let (items, phase) = snapshot(noun, page(None), begun).await?;
            (head.epoch, items, phase, true)
        }
        Some(Cursor {
            epoch,
            phase: Phase::Snapshot { begun, after },
        }) => {
            let (items, phase) = snapshot(noun, page(Some(after)), begun).await?;
            (epoch, items, phase, true)
        }
        Some(Cursor {
            epoch,
            phase: Phase::Changes(from),
        }) => {
            let request = ChangesRequest {
                owner: owner.cloned(),
                epoch,
                from,
                limit: query.limit,
            };
            let page = noun.store.changes(&request).await?;
            let phase = Phase::Changes(page.next);
            (request.epoch, page.items, phase, page.more)
        }
    };
    let cursor = Cursor::<R> { epoch, phase: next };
    let member = R::ONE.to_lower_camel_case();
    let item = |changed| Item {
        changed,
        member: &member,
    };
    Ok(Json(Feed {
        items: items.iter().map(item).collect(),
        next_since: write_cursor(owner, &cursor, now),
        more,
        poll_after_seconds: if more { 0 } else { POLL_AFTER.whole_seconds() },
    })
    .into_response())
}

/// A page of all resources, and what comes behind it.
async fn snapshot<R: Resource>(
    noun: &Noun<R>,
    request: PageRequest<R::Key>,
    begun: Position,
) -> Result<(Vec<Changed<R>>, Phase<R::Key>), ApiError> {
    let page = noun.store.list(&request).await?;
    let items = page.items.into_iter().map(|entity| Changed {
        key: entity.key.clone(),
        entity: Some(entity),
    });
    let phase = match page.next {
        Some(after) => Phase::Snapshot { begun, after },
        None => Phase::Changes(begun),
    };
    Ok((items.collect(), phase))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", bound = "")]
struct Feed<'a, R: Resource> {
    items: Vec<Item<'a, R>>,
    next_since: String,
    more: bool,
    poll_after_seconds: i64,
}

/// An item of the feed: the key, and the resource with its entity tag, or that it is deleted.
#[derive(Debug)]
struct Item<'a, R: Resource> {
    changed: &'a Changed<R>,
    /// The name of the member with the resource.
    member: &'a str,
}

impl<R: Resource> Serialize for Item<'_, R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Changed { key, entity } = self.changed;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry(R::Key::SORT, key.sort())?;
        // The partition of a private resource is the caller.
        if R::ACCESS == Access::Shared {
            map.serialize_entry(R::Key::PARTITION, key.partition())?;
        }
        match entity {
            Some(entity) => {
                map.serialize_entry("etag", &etag_text(entity.revision))?;
                map.serialize_entry(self.member, &Shown(entity))?;
            }
            None => map.serialize_entry("deleted", &true)?,
        }
        map.end()
    }
}
