//! The entries of the index as items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};

use super::{AttributeMap, DynamoStore, unavailable};
use crate::{
    search::{Difference, Pointer, Position},
    store::StoreError,
};

/// The partition key: the list of a position.
pub(super) const LIST: &str = "list";
/// The sort key: the place of a position.
pub(super) const PLACE: &str = "place";
const PARTITION: &str = "partition";
const SORT: &str = "sort";
const WORDS: &str = "words";

/// The writes of the index that belong to the write of a resource.
pub(super) fn writes(
    store: &DynamoStore,
    difference: Difference,
) -> Result<Vec<TransactWriteItem>, StoreError> {
    let mut writes = Vec::with_capacity(difference.gone.len() + difference.new.len());
    for Position { list, place } in difference.gone {
        let delete = Delete::builder()
            .table_name(&store.search)
            .set_key(Some(position_key(&list, &place)))
            .build()
            .map_err(unavailable)?;
        writes.push(TransactWriteItem::builder().delete(delete).build());
    }
    for (position, pointer) in difference.new {
        let put = Put::builder()
            .table_name(&store.search)
            .set_item(Some(write_entry(position, pointer)))
            .build()
            .map_err(unavailable)?;
        writes.push(TransactWriteItem::builder().put(put).build());
    }
    Ok(writes)
}

pub(super) fn position_key(list: &str, place: &str) -> AttributeMap {
    HashMap::from([
        (LIST.to_owned(), AttributeValue::S(list.to_owned())),
        (PLACE.to_owned(), AttributeValue::S(place.to_owned())),
    ])
}

fn write_entry(position: Position, pointer: Pointer) -> AttributeMap {
    let Position { list, place } = position;
    let Pointer {
        partition,
        sort,
        words,
    } = pointer;
    let texts = [
        (LIST, list),
        (PLACE, place),
        (PARTITION, partition),
        (SORT, sort),
        (WORDS, words),
    ];
    let given = texts.into_iter().filter(|(_, text)| !text.is_empty());
    given
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text)))
        .collect()
}

/// The place and the pointer of an entry.
pub(super) fn read_entry(mut item: AttributeMap) -> Result<(String, Pointer), StoreError> {
    let words = match item.remove(WORDS) {
        Some(AttributeValue::S(words)) => words,
        _ => String::new(),
    };
    let pointer = Pointer {
        partition: take_text(&mut item, PARTITION)?,
        sort: take_text(&mut item, SORT)?,
        words,
    };
    Ok((take_text(&mut item, PLACE)?, pointer))
}

pub(super) fn take_text(item: &mut AttributeMap, name: &str) -> Result<String, StoreError> {
    match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(StoreError::Corrupt {
            key: "an entry of the index".to_owned(),
            attribute: name.to_owned(),
            reason: "missing".to_owned(),
        }),
    }
}
