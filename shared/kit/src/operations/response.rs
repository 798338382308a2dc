//! The answers of the operations.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    files::Upload,
    http::{
        WithoutWork,
        precondition::{etag, etag_text},
    },
    resource::{Access, Entity, Fields, Key, Resource},
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
        let mut fields = Fields {
            map: &mut map,
            shown: true,
        };
        entity.fields.visit(&mut fields)?;
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

/// A page of resources.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase", bound = "")]
pub(super) struct Listed<'a, R: Resource> {
    pub(super) items: Vec<Shown<'a, R>>,
    pub(super) count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
}

/// The answer to a write of a resource with a file: as [`written`], with the permission to upload the file.
pub(super) fn written_with_upload<R: Resource>(
    status: StatusCode,
    written: &Written<Entity<R>>,
    upload: &Upload,
) -> Response {
    let body = WithUpload {
        resource: Shown(&written.value),
        upload,
    };
    answered(status, written, &body)
}

#[derive(Debug, Serialize)]
#[serde(bound = "")]
struct WithUpload<'a, R: Resource> {
    #[serde(flatten)]
    resource: Shown<'a, R>,
    upload: &'a Upload,
}

/// The answer to a write: the entity with its entity tag, and whether an earlier request with the same `Idempotency-Key` wrote
/// it.
pub(super) fn written<R: Resource>(status: StatusCode, written: &Written<Entity<R>>) -> Response {
    answered(status, written, &Shown(&written.value))
}

fn answered<R: Resource>(
    status: StatusCode,
    written: &Written<Entity<R>>,
    body: &impl Serialize,
) -> Response {
    let mut response = (status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(http::header::ETAG, etag(written.value.revision));
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
