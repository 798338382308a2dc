//! The answers of the operations.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    http::{
        WithoutWork,
        precondition::{etag, etag_text},
    },
    page::{Filter, Page, write_cursor},
    resource::{Access, Entity, Field, FieldVisitor, Key, Resource},
    search::{SearchPage, SearchRequest},
    store::Written,
    value::write_moment,
};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An entity as answers have it: lists are always there, other members that have no value are left out.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a, R: Resource>(pub &'a Entity<R>);

impl<R: Resource> Serialize for Shown<'_, R> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self(entity) = self;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry(R::Key::SORT, entity.key.sort())?;
        // The partition of a private resource is the caller.
        if R::ACCESS == Access::Shared {
            map.serialize_entry(R::Key::PARTITION, entity.key.partition())?;
        }
        entity.fields.visit(&mut ShownFields(&mut map))?;
        map.serialize_entry("etag", &etag_text(entity.revision))?;
        map.serialize_entry("version", &entity.revision.version)?;
        map.serialize_entry("createdAt", &write_moment(entity.revision.created_at))?;
        map.serialize_entry("updatedAt", &write_moment(entity.updated_at))?;
        if let (Access::Shared, Some(owner)) = (R::ACCESS, &entity.owner) {
            map.serialize_entry(R::OWNER, owner)?;
        }
        map.end()
    }
}

struct ShownFields<'a, M>(&'a mut M);

impl<M: SerializeMap> FieldVisitor for ShownFields<'_, M> {
    type Error = M::Error;

    fn field<F: Field>(&mut self, name: &'static str, field: &F) -> Result<(), M::Error> {
        match field.shown() {
            Some(value) => self.0.serialize_entry(name, value),
            None => Ok(()),
        }
    }
}

/// A page of resources.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", bound = "")]
pub struct Listed<'a, R: Resource> {
    items: Vec<Shown<'a, R>>,
    count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl<'a, R: Resource> Listed<'a, R> {
    /// The answer with a page of this search.
    #[must_use]
    pub fn found(page: &'a SearchPage<R>, request: &SearchRequest) -> Self {
        let next = page.next.as_ref();
        Self::of(
            &page.items,
            next.map(|place| request.write_cursor::<R>(place)),
        )
    }

    /// The answer with a page of this listing.
    #[must_use]
    pub fn new(page: &'a Page<R>, filter: &Filter<R::Key>) -> Self {
        let next = page.next.as_ref();
        Self::of(
            &page.items,
            next.map(|last| write_cursor::<R>(filter, last)),
        )
    }

    fn of(items: &'a [Entity<R>], next_cursor: Option<String>) -> Self {
        Self {
            items: items.iter().map(Shown).collect(),
            count: items.len(),
            next_cursor,
        }
    }
}

/// The answer to a write: the entity with its entity tag, and whether an earlier request with the same `Idempotency-Key` wrote
/// it.
pub(super) fn written<R: Resource>(status: StatusCode, written: &Written<Entity<R>>) -> Response {
    let entity = &written.value;
    let mut response = (status, Json(Shown(entity))).into_response();
    response
        .headers_mut()
        .insert(http::header::ETAG, etag(entity.revision));
    mark_replay(response, written.replayed)
}

/// The answer to a deletion.
pub(super) fn deleted(written: &Written<()>) -> Response {
    mark_replay(StatusCode::NO_CONTENT.into_response(), written.replayed)
}

fn mark_replay(mut response: Response, replayed: bool) -> Response {
    if replayed {
        response
            .headers_mut()
            .insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        response.extensions_mut().insert(WithoutWork);
    }
    response
}
