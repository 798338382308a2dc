//! Compares the form of two answers: status, content type, and the names and types of their members. Values are left
//! out, because they differ from answer to answer and may be private.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::candidate::Answer;

/// The differences of the new answer from the old one, as names and types without values.
pub(crate) fn differences(old: &Answer, new: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    if old.status_code != new.status_code {
        found.push(format!(
            "status {} was {}",
            new.status_code, old.status_code
        ));
    }
    let kind = |answer: &Answer| answer.header("Content-Type").unwrap_or("none").to_owned();
    if kind(old) != kind(new) {
        found.push(format!("content type {} was {}", kind(new), kind(old)));
    }
    let [old, new] = [old, new].map(|answer| {
        let mut members = BTreeMap::new();
        collect(&answer.json(), "body", &mut members);
        members
    });
    for (name, type_) in &old {
        match new.get(name) {
            None => found.push(format!("{name} is gone")),
            Some(other) if other != type_ => found.push(format!("{name} is {other}, was {type_}")),
            Some(_) => {}
        }
    }
    let added = new.keys().filter(|name| !old.contains_key(*name));
    found.extend(added.map(|name| format!("{name} is new")));
    found
}

/// Collects the types of a value's members by their paths. A list has the members of all its entries together.
fn collect(value: &Value, path: &str, found: &mut BTreeMap<String, &'static str>) {
    let type_ = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(list) => {
            for entry in list {
                collect(entry, &format!("{path}[]"), found);
            }
            "a list"
        }
        Value::Object(map) => {
            for (name, member) in map {
                collect(member, &format!("{path}.{name}"), found);
            }
            "an object"
        }
    };
    found.insert(path.to_owned(), type_);
}
