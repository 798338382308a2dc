//! The entries of the index as items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};

use super::{AttributeMap, expression::text, unavailable};
use crate::{
    search::{Difference, Pointer, Position},
    store::{Result, StoreError},
};

/// The partition key: the list of a position.
pub(super) const LIST: &str = "list";
/// The sort key: the place of a position.
pub(super) const PLACE: &str = "place";
const PARTITION: &str = "partition";
const SORT: &str = "sort";
const WORDS: &str = "words";

/// The writes that make a difference.
pub(super) fn writes(difference: Difference) -> Result<Vec<WriteRequest>> {
    let mut writes = Vec::with_capacity(difference.gone.len() + difference.new.len());
    for Position { list, place } in difference.gone {
        let delete = DeleteRequest::builder().set_key(Some(position_key(&list, &place)));
        let delete = delete.build().map_err(unavailable)?;
        writes.push(WriteRequest::builder().delete_request(delete).build());
    }
    for (position, pointer) in difference.new {
        let put = PutRequest::builder().set_item(Some(write_entry(position, pointer)));
        let put = put.build().map_err(unavailable)?;
        writes.push(WriteRequest::builder().put_request(put).build());
    }
    Ok(writes)
}

pub(super) fn position_key(list: &str, place: &str) -> AttributeMap {
    HashMap::from([
        (LIST.to_owned(), text(list)),
        (PLACE.to_owned(), text(place)),
    ])
}

fn write_entry(position: Position, pointer: Pointer) -> AttributeMap {
    let texts = [
        (LIST, position.list),
        (PLACE, position.place),
        (PARTITION, pointer.partition),
        (SORT, pointer.sort),
        (WORDS, pointer.words),
    ];
    let given = texts.into_iter().filter(|(_, text)| !text.is_empty());
    given
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text)))
        .collect()
}

/// The place and the pointer of an entry.
pub(super) fn read_entry(mut item: AttributeMap) -> Result<(String, Pointer)> {
    let pointer = Pointer {
        partition: take_text(&mut item, PARTITION)?,
        sort: take_text(&mut item, SORT)?,
        // A list of values has none.
        words: take_text(&mut item, WORDS).unwrap_or_default(),
    };
    Ok((take_text(&mut item, PLACE)?, pointer))
}

pub(super) fn take_text(item: &mut AttributeMap, name: &str) -> Result<String> {
    match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(StoreError::Corrupt {
            key: "an entry of the index".to_owned(),
            attribute: name.to_owned(),
            reason: "missing".to_owned(),
        }),
    }
}
