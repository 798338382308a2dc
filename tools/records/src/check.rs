//! Checks the content of a record by the rules of the service.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher as _, RandomState},
};

use kit::{
    http::{Fault, MAX_BODY},
    resource::Access,
};
use serde_dynamo::from_item;
use serde_json::value::RawValue;

use super::{Item, Noun, Position, Text};

/// Checks the records of one file.
#[derive(Debug)]
pub struct Checker {
    noun: Noun,
    /// The record of each key, to find duplicates. A hash replaces the key to save memory.
    seen: HashMap<u64, Position>,
    hasher: RandomState,
}

impl Checker {
    /// A checker of records of this noun.
    #[must_use]
    pub fn new(noun: &Noun) -> Self {
        Self {
            noun: noun.clone(),
            seen: HashMap::new(),
            hasher: RandomState::new(),
        }
    }

    /// Checks the next record.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn check(&mut self, position: Position, text: Text) -> Result<Item, String> {
        let text = request(&self.noun, text?);
        if text.len() > MAX_BODY {
            return Err(format!("is longer than {MAX_BODY} bytes"));
        }
        let item = (self.noun.read)(&text).map_err(|faults| explain(&faults))?;
        let hash = self.hasher.hash_one(self.noun.key_of(&item));
        if let Some(first) = self.seen.get(&hash) {
            let names: Vec<_> = self.noun.key.iter().rev().copied().collect();
            return Err(format!("has the {} of {first}", names.join(" and ")));
        }
        self.seen.insert(hash, position);
        Ok(item)
    }
}

/// All that is wrong with a record.
fn explain(faults: &[Fault]) -> String {
    let faults = faults.iter().map(|fault| match fault.field.as_str() {
        "body" => fault.message.to_string(),
        field => format!("`{field}` {}", fault.message),
    });
    faults.collect::<Vec<_>>().join("; ")
}

/// Reads a resource from a response. Without the members that the service sets it has the form of a request, so the same code
/// reads it.
///
/// # Errors
/// The response has what this version does not know.
pub fn read_answer(noun: &Noun, body: &[u8]) -> Result<Item, String> {
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
    if let (Some(item), 1) = (members.get("Item"), members.len()) {
        members = serde_json::from_str(item.get()).ok()?;
    }
    if members.is_empty() || !members.values().all(|value| is_typed(value)) {
        return None;
    }
    let item: serde_dynamo::Item =
        serde_json::from_slice(&serde_json::to_vec(&members).ok()?).ok()?;
    serde_json::to_vec(&from_item::<_, Item>(item).ok()?).ok()
}

/// The record without the members that the service sets. The key of a private resource has an owner, whom the service
/// sets as well; any one serves to read it.
fn stripped(noun: &Noun, text: &[u8]) -> Option<Vec<u8>> {
    let mut members: Members<'_> = serde_json::from_slice(text).ok()?;
    let given = members.len();
    members.retain(|name, _| !noun.passed_over.contains(&name.as_str()));
    if noun.access == Access::Private {
        members.insert(
            noun.partition.to_owned(),
            serde_json::from_str("\"anyone\"").ok()?,
        );
    } else if members.len() == given {
        return None;
    }
    serde_json::to_vec(&members).ok()
}

/// The names of the types in DynamoDB's JSON.
const TYPES: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"];

fn is_typed(value: &RawValue) -> bool {
    value.get().starts_with('{')
        && serde_json::from_str::<Members<'_>>(value.get()).is_ok_and(|members| {
            members.len() == 1 && members.keys().all(|name| TYPES.contains(&name.as_str()))
        })
}
