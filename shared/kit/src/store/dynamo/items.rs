//! Items written and read.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use super::{AttributeMap, unavailable};
use crate::{
    resource::{Entity, Key, KeyPart, Resource, Scalar},
    store::StoreError,
    value::Invalid,
};

pub(super) fn write_item<T: Serialize>(value: &T) -> Result<AttributeMap, StoreError> {
    serde_dynamo::to_item(value).map_err(unavailable)
}

pub(super) fn read_entity<R: Resource>(item: AttributeMap) -> Result<Entity<R>, StoreError> {
    let attribute = |name| item.get(name).cloned();
    let key = (attribute(R::Key::PARTITION), attribute(R::Key::SORT));
    let item = serde_dynamo::AttributeValue::M(serde_dynamo::Item::from(item).into_inner());
    Entity::read(
        serde_dynamo::Deserializer::from_attribute_value(item),
        || format!("{:?}/{:?}", key.0, key.1),
    )
}

/// Reads a key from the attributes of its parts.
pub(super) fn read_key<K: Key>(item: &AttributeMap) -> Result<K, StoreError> {
    Ok(K::new(
        read_part(item, K::PARTITION)?,
        read_part(item, K::SORT)?,
    ))
}

fn read_part<P: KeyPart>(item: &AttributeMap, name: &str) -> Result<P, StoreError> {
    let scalar = match item.get(name) {
        Some(AttributeValue::S(text)) => Some(Scalar::Text(text)),
        Some(AttributeValue::N(digits)) => digits.parse().ok().map(Scalar::Number),
        _ => None,
    };
    let scalar = scalar.ok_or(Invalid::Malformed("the part of a key"));
    scalar.and_then(P::from_scalar).map_err(unavailable)
}

/// A part of a key as an attribute.
pub(super) fn part<P: KeyPart>(part: &P) -> AttributeValue {
    match part.scalar() {
        Scalar::Number(number) => AttributeValue::N(number.to_string()),
        Scalar::Text(text) => AttributeValue::S(text.to_owned()),
    }
}
