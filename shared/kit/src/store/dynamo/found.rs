//! The entities that a call finds, read straight from DynamoDB's JSON.
//!
//! The SDK makes a map of maps of each item, from which serde makes an entity: most of the time that a page takes
//! (`docs/performance.md`). Here the SDK does all of a call but that. An answer that is not as it should be is left to it as
//! well: whatever it makes of the answer is read as everywhere else, and any error is reported from there.

use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_sdk_dynamodb::config::{
    ConfigBag, Intercept, RuntimeComponents,
    interceptors::BeforeDeserializationInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use serde::{Deserialize, de::Deserializer};
use serde_json::value::RawValue;

use super::{
    AttributeMap,
    attributes::Item,
    items::{read_entity, read_key},
};
use crate::{
    page::Page,
    resource::{Entity, EntityVisitor, Resource},
    store::{BoxError, Result},
};

/// Reads the answer of one call, as the call's interceptor, when its last byte has come. What it finds is a page, of one entity at
/// most for a call that is about one.
#[derive(Debug, Clone)]
pub(super) struct Finder<R: Resource>(pub(super) Arc<Mutex<Option<Page<R>>>>);

impl<R: Resource> Finder<R> {
    /// The entities of the call's answer. `left` are the items, and the key at which the next page starts, of an output that
    /// the SDK had to deserialise.
    pub(super) fn found<I: IntoIterator<Item = AttributeMap>>(
        &self,
        left: impl FnOnce() -> (I, Option<AttributeMap>),
    ) -> Result<Page<R>> {
        if let Some(found) = self.slot().take() {
            return Ok(found);
        }
        let (items, next) = left();
        let next = next.filter(|key| !key.is_empty());
        Ok(Page {
            items: items.into_iter().map(read_entity).collect::<Result<_>>()?,
            next: next.as_ref().map(read_key).transpose()?,
        })
    }

    /// Reads an answer, keeps its entities, and returns the rest for the SDK.
    fn read(&self, json: Bytes) -> Bytes {
        let text = str::from_utf8(&json).ok();
        let answer = text.and_then(|text| serde_json::from_str::<Answer<'_, R>>(text).ok());
        let Some(answer) = answer else {
            return json;
        };
        let rest = answer.rest();
        let Ok(page) = answer.into_page() else {
            return json;
        };
        *self.slot() = Some(page);
        rest.into()
    }

    fn slot(&self) -> MutexGuard<'_, Option<Page<R>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl<R: Resource> Intercept for Finder<R> {
    fn name(&self) -> &'static str {
        "Finder"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() {
            let answer = response.take_body().collect();
            let finder = self.clone();
            let rest = stream::once(async move {
                let json = answer.await?.to_bytes();
                Ok::<_, BoxError>(Frame::data(finder.read(json)))
            });
            *response.body_mut() = SdkBody::from_body_1_x(StreamBody::new(rest));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
struct Answer<'a, R: Resource> {
    #[serde(alias = "Attributes")]
    item: Option<Stored<R>>,
    #[serde(default)]
    items: Vec<Stored<R>>,
    last_evaluated_key: Option<HashMap<String, serde_dynamo::AttributeValue>>,
    #[serde(borrow)]
    consumed_capacity: Option<&'a RawValue>,
}

impl<R: Resource> Answer<'_, R> {
    /// The rest of the answer, which is left for the SDK.
    fn rest(&self) -> String {
        let consumed = self.consumed_capacity.map_or("null", RawValue::get);
        format!(r#"{{"ConsumedCapacity":{consumed}}}"#)
    }

    fn into_page(self) -> Result<Page<R>> {
        let next = self.last_evaluated_key.filter(|key| !key.is_empty());
        let next = next.map(|key| {
            let parts = key.into_iter().map(|(name, part)| (name, part.into()));
            read_key(&parts.collect())
        });
        let items = self.item.into_iter().chain(self.items);
        Ok(Page {
            items: items.map(|Stored(entity)| entity).collect(),
            next: next.transpose()?,
        })
    }
}

/// An entity in the form in which DynamoDB sends it.
struct Stored<R: Resource>(Entity<R>);

impl<'de, R: Resource> Deserialize<'de> for Stored<R> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Item(EntityVisitor(PhantomData)))
            .map(Self)
    }
}
