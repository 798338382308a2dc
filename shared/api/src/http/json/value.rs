//! The values that members can have.

use std::{borrow::Cow, collections::BTreeMap};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{fault::Fault, year::YearNumber},
    members::Object,
};
use crate::{
    decimal::Decimal,
    movie::{MAX_NAMES, Rating},
};

/// A value that a member can have.
pub trait FromJson: Sized {
    /// Reads the value; what is wrong with it goes to `faults` under `path`.
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self>;
}

fn read<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    path: &str,
    faults: &mut Vec<Fault>,
    expected: &'static str,
) -> Option<T> {
    serde_json::from_str(raw.get())
        .map_err(|error| {
            faults.push(if error.is_data() {
                Fault::new(path, "invalid_type", format!("must be {expected}"))
            } else {
                Fault::new(path, "malformed", "is not well-formed JSON")
            });
        })
        .ok()
}

impl FromJson for String {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        read(raw, path, faults, "a string")
    }
}

impl FromJson for i64 {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        read_integer(raw, path, faults, "an integer")
    }
}

impl FromJson for Rating {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        if !is_number(raw) {
            faults.push(Fault::new(path, "invalid_type", "must be a number"));
            return None;
        }
        Self::parse(raw.get())
            .map_err(|invalid| faults.push(Fault::invalid(path, invalid)))
            .ok()
    }
}

/// Whether a JSON value is a number: no other begins so.
fn is_number(raw: &RawValue) -> bool {
    raw.get()
        .starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// How many entries a map of secrets may have, and how many characters each.
const MAX_SECRETS: usize = 20;
const MAX_SECRET: usize = 16_384;

impl FromJson for BTreeMap<String, SecretString> {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let object: Object<'_> = read(raw, path, faults, "an object of strings")?;
        let map = object.into_texts(path, faults)?;
        let fault = if map.len() > MAX_SECRETS {
            format!("must have at most {MAX_SECRETS} members")
        } else if map
            .iter()
            .any(|(name, value)| name.len() > 64 || value.chars().count() > MAX_SECRET)
        {
            format!(
                "must have names of at most 64 bytes and values of at most {MAX_SECRET} characters"
            )
        } else {
            return Some(
                map.into_iter()
                    .map(|(name, value)| (name, value.into()))
                    .collect(),
            );
        };
        faults.push(Fault::new(path, "too_long", fault));
        None
    }
}

/// Reads an integer, which may be written as `2016.0` or `2.016e3`; one that an `i64` cannot hold is out of
/// range.
fn read_integer(
    raw: &RawValue,
    path: &str,
    faults: &mut Vec<Fault>,
    expected: &'static str,
) -> Option<i64> {
    let decimal = is_number(raw).then(|| Decimal::parse(raw.get())).flatten();
    let integer = decimal.filter(Decimal::is_integer);
    let number = integer.as_ref().and_then(Decimal::to_integer);
    if number.is_none() {
        faults.push(if integer.is_some() {
            Fault::new(path, "out_of_range", "is out of range")
        } else {
            Fault::new(path, "invalid_type", format!("must be {expected}"))
        });
    }
    number
}

/// Whether a text is an integer of any size.
pub(in crate::http) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

impl FromJson for Vec<String> {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let entries: Vec<&RawValue> = read(raw, path, faults, "an array of strings")?;
        let before = faults.len();
        // A list too long is not looked into: what is wrong with it might be longer still.
        if entries.len() as u64 > MAX_NAMES {
            let message = format!("must have at most {MAX_NAMES} entries");
            faults.push(Fault::new(path, "too_long", message));
            return None;
        }
        let list = entries
            .into_iter()
            .enumerate()
            .filter_map(|(i, entry)| String::from_json(entry, &format!("{path}[{i}]"), faults))
            .collect();
        (faults.len() == before).then_some(list)
    }
}

impl FromJson for YearNumber {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        const EXPECTED: &str = "an integer, or a string of four digits";
        if !raw.get().starts_with('"') {
            return read_integer(raw, path, faults, EXPECTED).map(Self);
        }
        let text: Cow<'_, str> = read(raw, path, faults, EXPECTED)?;
        let year = Self::from_text(&text);
        if year.is_none() {
            faults.push(Fault::new(
                path,
                "invalid_value",
                format!("must be {EXPECTED}"),
            ));
        }
        year
    }
}
