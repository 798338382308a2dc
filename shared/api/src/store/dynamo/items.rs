//! Items written and read.

use serde::{Deserialize, Serialize};

use super::{Item, unavailable};
use crate::{
    movie::{Invalid, Movie, MovieKey, Title, Year},
    store::{StoreError, item::MovieItem},
};

pub(super) fn write_item<T: Serialize>(value: &T) -> Result<Item, StoreError> {
    serde_dynamo::to_item(value).map_err(unavailable)
}

pub(super) fn read_movie(item: Item) -> Result<Movie, StoreError> {
    let key = (item.get("year").cloned(), item.get("title").cloned());
    let item = serde_dynamo::AttributeValue::M(serde_dynamo::Item::from(item).into_inner());
    MovieItem::read(
        serde_dynamo::Deserializer::from_attribute_value(item),
        || format!("{:?}/{:?}", key.0, key.1),
    )
}

/// What the key of a movie is read from.
#[derive(Deserialize)]
pub(super) struct Key {
    year: i64,
    title: String,
}

impl TryFrom<Key> for MovieKey {
    type Error = Invalid;

    fn try_from(key: Key) -> Result<Self, Invalid> {
        Ok(Self {
            year: Year::parse(key.year)?,
            title: Title::parse(&key.title)?,
        })
    }
}

pub(super) fn read_key(item: Item) -> Result<MovieKey, StoreError> {
    let key: Key = serde_dynamo::from_item(item).map_err(unavailable)?;
    key.try_into()
        .map_err(|invalid: Invalid| unavailable(invalid))
}
