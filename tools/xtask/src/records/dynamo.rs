//! Converts DynamoDB's JSON to plain JSON, and removes the members that the service sets.

use std::collections::BTreeMap;

use serde_dynamo::{Item, from_item};
use serde_json::{Map, Value, value::RawValue};

use super::answer::OF_THE_SERVICE;

type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The names of the types in DynamoDB's JSON.
const TYPES: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];

/// Removes what DynamoDB adds to a record (`{"Item": ...}` in exports to S3, a type around each value), and the members
/// that the service sets. A record of another form is returned unchanged.
pub(super) fn plain(text: Vec<u8>) -> Vec<u8> {
    unwrap(&text).unwrap_or(text)
}

fn unwrap(text: &[u8]) -> Option<Vec<u8>> {
    let mut members: Members<'_> = serde_json::from_slice(text).ok()?;
    let mut is_other = false;
    if let (Some(item), 1) = (members.get("Item"), members.len()) {
        members = serde_json::from_str(item.get()).ok()?;
        is_other = true;
    }
    if !members.is_empty() && members.values().all(|value| is_typed(value)) {
        let item: Item = serde_json::from_str(&serde_json::to_string(&members).ok()?).ok()?;
        let mut item: Map<String, Value> = from_item(item).ok()?;
        for name in OF_THE_SERVICE {
            item.remove(name);
        }
        return serde_json::to_vec(&item).ok();
    }
    for name in OF_THE_SERVICE {
        is_other |= members.remove(name).is_some();
    }
    is_other
        .then(|| serde_json::to_vec(&members).ok())
        .flatten()
}

fn is_typed(value: &RawValue) -> bool {
    value.get().starts_with('{')
        && serde_json::from_str::<Members<'_>>(value.get()).is_ok_and(|members| {
            members.len() == 1 && members.keys().all(|name| TYPES.contains(&name.as_str()))
        })
}
