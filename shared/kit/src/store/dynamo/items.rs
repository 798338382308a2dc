//! Items written and read.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use time::OffsetDateTime;

use super::{AttributeMap, unavailable};
use crate::{
    resource::{Entity, Key, KeyPart, Resource, Scalar},
    store::Result,
    value::Invalid,
};

pub(super) fn write_item<T: Serialize>(value: &T) -> Result<AttributeMap> {
    serde_dynamo::to_item(value).map_err(unavailable)
}

pub(super) fn read_entity<R: Resource>(item: AttributeMap) -> Result<Entity<R>> {
    let attribute = |name| item.get(name).cloned();
    let key = (attribute(R::Key::PARTITION), attribute(R::Key::SORT));
    let item = serde_dynamo::Item::from(known(item)).into_inner();
    let item = serde_dynamo::AttributeValue::M(item);
    Entity::read(
        serde_dynamo::Deserializer::from_attribute_value(item),
        || format!("{:?}/{:?}", key.0, key.1),
    )
}

/// The item without the attributes of types that the SDK does not know, at which `serde_dynamo` panics. One that is needed is
/// then missing, and the item corrupt.
pub(super) fn known(mut item: AttributeMap) -> AttributeMap {
    item.retain(|_, value| is_known(value));
    item
}

fn is_known(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::L(values) => values.iter().all(is_known),
        AttributeValue::M(members) => members.values().all(is_known),
        value => !value.is_unknown(),
    }
}

pub(super) fn read_key<K: Key>(item: &AttributeMap) -> Result<K> {
    Ok(K::new(
        read_part(item, K::PARTITION)?,
        read_part(item, K::SORT)?,
    ))
}

fn read_part<P: KeyPart>(item: &AttributeMap, name: &str) -> Result<P> {
    let scalar = match item.get(name) {
        Some(AttributeValue::S(text)) => Some(Scalar::Text(text)),
        Some(AttributeValue::N(digits)) => digits.parse().ok().map(Scalar::Number),
        _ => None,
    };
    let scalar = scalar.ok_or(Invalid::Malformed("the part of a key"));
    scalar.and_then(P::from_scalar).map_err(unavailable)
}

pub(super) fn part<P: KeyPart>(part: &P) -> AttributeValue {
    match part.scalar() {
        Scalar::Number(number) => AttributeValue::N(number.to_string()),
        Scalar::Text(text) => AttributeValue::S(text.to_owned()),
    }
}

/// An attribute in seconds since 1970.
pub(super) fn moment(item: &AttributeMap, attribute: &str) -> Option<OffsetDateTime> {
    let seconds = item.get(attribute)?.as_n().ok()?.parse().ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}
