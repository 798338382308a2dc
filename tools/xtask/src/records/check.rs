//! Checks the content of a record by the rules of the service.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, RandomState},
};

use kit::{
    http::{Fault, MAX_BODY},
    resource::Access,
};
use serde_dynamo::from_item;
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::{Item, Noun, Position, Record, Records, Unreadable, table::Columns};

/// Checks the records of one file.
#[derive(Debug)]
pub(crate) struct Checker {
    noun: Noun,
    /// The record of each key, to find duplicates. Two hashes of 64 bits replace the key to save memory; even a billion
    /// records would not collide.
    seen: HashMap<(u64, u64), Position>,
    hashers: (RandomState, RandomState),
    /// The header, to name members as in the file, if it is a table.
    columns: Option<Columns>,
}

impl Checker {
    /// A checker for this file.
    pub(crate) fn of(records: &Records) -> Self {
        Self {
            noun: records.noun.clone(),
            seen: HashMap::default(),
            hashers: <_>::default(),
            columns: records.columns.clone(),
        }
    }

    /// Checks the next record, and returns it or all that is wrong with it.
    pub(crate) fn check(&mut self, record: Record) -> Result<Item, String> {
        let text = record.text.map_err(|unreadable| unreadable.to_string())?;
        let text = request(&self.noun, text);
        if text.len() > MAX_BODY {
            return Err(Unreadable::TooLong.to_string());
        }
        let item = (self.noun.read)(&text).map_err(|faults| self.explain(faults))?;
        let key = (
            self.noun.key_of(&item),
            item.get(self.noun.partition).map(Value::to_string),
        );
        let hash = (self.hashers.0.hash_one(&key), self.hashers.1.hash_one(&key));
        if let Some(first) = self.seen.get(&hash) {
            let names: Vec<_> = self.noun.key.iter().rev().copied().collect();
            return Err(format!("has the {} of {first}", names.join(" and ")));
        }
        self.seen.insert(hash, record.position);
        Ok(item)
    }

    fn explain(&self, mut faults: Vec<Fault>) -> String {
        if let Some(columns) = &self.columns {
            for fault in &mut faults {
                fault.field = columns.name(&fault.field);
            }
        }
        explain(&faults)
    }
}

/// All that is wrong with a record.
pub(crate) fn explain(faults: &[Fault]) -> String {
    let faults = faults.iter().map(|fault| match fault.field.as_str() {
        "body" => fault.message.to_string(),
        field => format!("`{field}` {}", fault.message),
    });
    faults.collect::<Vec<_>>().join("; ")
}

/// Reads a resource from a response. Without the members that the service sets it has the form of a request, so the same code
/// reads it.
pub(crate) fn read_answer(noun: &Noun, body: &[u8]) -> Result<Item, String> {
    (noun.read)(&request(noun, body.to_vec())).map_err(|faults| {
        let faults = explain(&faults);
        format!("the answer has what this version does not know: {faults}")
    })
}

type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The record as a request that adds it. A record that is one already, or is no object, is returned unchanged.
fn request(noun: &Noun, text: Vec<u8>) -> Vec<u8> {
    let text = untyped(&text).unwrap_or(text);
    stripped(noun, &text).unwrap_or(text)
}

/// The record without what DynamoDB adds: `{"Item": ...}` in exports to S3, a type around each value.
fn untyped(text: &[u8]) -> Option<Vec<u8>> {
    let mut members: Members<'_> = serde_json::from_slice(text).ok()?;
    let mut is_exported = false;
    if let (Some(item), 1) = (members.get("Item"), members.len()) {
        members = serde_json::from_str(item.get()).ok()?;
        is_exported = true;
    }
    if members.is_empty() || !members.values().all(|value| is_typed(value)) {
        return is_exported.then(|| serde_json::to_vec(&members).ok())?;
    }
    let item: serde_dynamo::Item =
        serde_json::from_slice(&serde_json::to_vec(&members).ok()?).ok()?;
    serde_json::to_vec(&from_item::<_, Item>(item).ok()?).ok()
}

/// The record without the members that the service sets, and with an owner, if it is private.
fn stripped(noun: &Noun, text: &[u8]) -> Option<Vec<u8>> {
    let mut members: Members<'_> = serde_json::from_slice(text).ok()?;
    let given = members.len();
    members.retain(|name, _| !noun.passed_over.contains(&name.as_str()));
    let mut is_other = members.len() < given;
    let importer = to_raw_value(&noun.importer).ok()?;
    if noun.access == Access::Private && !members.contains_key(noun.partition) {
        members.insert(noun.partition.to_owned(), &importer);
        is_other = true;
    }
    is_other.then(|| serde_json::to_vec(&members).ok())?
}

/// The names of the types in DynamoDB's JSON.
const TYPES: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];

fn is_typed(value: &RawValue) -> bool {
    value.get().starts_with('{')
        && serde_json::from_str::<Members<'_>>(value.get()).is_ok_and(|members| {
            members.len() == 1 && members.keys().all(|name| TYPES.contains(&name.as_str()))
        })
}
