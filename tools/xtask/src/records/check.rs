//! Checks the content of a record by the rules of the service.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
};

use kit::{
    http::{Fault, MAX_BODY, json::read_json},
    operations::AddRequest,
};
use movies::MovieKey;

use super::{Position, Record, Unreadable, dynamo::plain, table::Columns};

/// A movie that the service accepts, and the request body that adds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Movie {
    pub(crate) key: MovieKey,
    pub(crate) fields: movies::Movie,
    /// The record without DynamoDB's types: a body for `addMovie`.
    pub(crate) body: Vec<u8>,
}

impl Movie {
    /// Reads the body of an `addMovie` request.
    pub(crate) fn read(body: Vec<u8>) -> Result<Self, Vec<Fault>> {
        let request: AddRequest<movies::Movie> = read_json(&body)?;
        let AddRequest { key, fields, .. } = request;
        Ok(Self { key, fields, body })
    }
}

/// The reasons to refuse a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

/// Checks the records of one file.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    /// The record of each key, to find duplicates. Two hashes of 64 bits replace the key to save memory; even a billion
    /// movies would not collide.
    seen: HashMap<(u64, u64), Position>,
    hashers: (RandomState, RandomState),
    /// The header, to name members as in the file, if it is a table.
    columns: Option<Columns>,
}

impl Checker {
    pub(crate) fn new(columns: Option<&Columns>) -> Self {
        Self {
            columns: columns.cloned(),
            ..Self::default()
        }
    }

    /// Checks the next record.
    pub(crate) fn check(&mut self, record: Record) -> Result<Movie, Refused> {
        let text = record
            .text
            .map_err(|unreadable| Refused(vec![unreadable.to_string()]))?;
        let text = plain(text);
        if text.len() > MAX_BODY {
            return Err(Refused(vec![Unreadable::TooLong.to_string()]));
        }
        let movie = Movie::read(text).map_err(|faults| self.refuse(faults))?;
        let hash = (
            self.hashers.0.hash_one(&movie.key),
            self.hashers.1.hash_one(&movie.key),
        );
        if let Some(first) = self.seen.get(&hash) {
            let reason = format!("has the year and title of {first}");
            return Err(Refused(vec![reason]));
        }
        self.seen.insert(hash, record.position);
        Ok(movie)
    }

    fn refuse(&self, mut faults: Vec<Fault>) -> Refused {
        if let Some(columns) = &self.columns {
            for fault in &mut faults {
                fault.field = columns.name(&fault.field);
            }
        }
        Refused(explain(&faults))
    }
}

pub(super) fn explain(faults: &[Fault]) -> Vec<String> {
    faults
        .iter()
        .map(|fault| match fault.field.as_str() {
            "body" => fault.message.to_string(),
            field => format!("`{field}` {}", fault.message),
        })
        .collect()
}
