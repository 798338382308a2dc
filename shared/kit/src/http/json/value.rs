//! Readers, which parse the JSON text of a member into its value.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{decimal::Decimal, http::Fault, value::Invalid};

/// The largest number of entries in a list.
const MAX_ENTRIES: usize = 100;

/// Parses a value from JSON text. Its faults are added under the path of the member.
pub trait Reader<T>: FnOnce(&RawValue, &str, &mut Vec<Fault>) -> Option<T> {}

impl<T, F: FnOnce(&RawValue, &str, &mut Vec<Fault>) -> Option<T>> Reader<T> for F {}

/// Reads a string and parses it.
pub fn text<T>(parse: impl FnOnce(&str) -> Result<T, Invalid>) -> impl Reader<T> {
    |raw: &RawValue, path: &str, faults: &mut Vec<Fault>| {
        let text = string(raw, path, faults)?;
        valid(parse(&text), path, faults)
    }
}

/// Reads a string without parsing it.
pub fn string(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<String> {
    deserialize(raw, path, faults, "a string")
}

/// Reads a list of strings and parses each.
pub fn list<T>(parse: impl Fn(&str) -> Result<T, Invalid>) -> impl Reader<Vec<T>> {
    move |raw: &RawValue, path: &str, faults: &mut Vec<Fault>| {
        let entries: Vec<&RawValue> = deserialize(raw, path, faults, "an array of strings")?;
        // The entries of a list that is too long are not read, because they could have even more faults.
        if entries.len() > MAX_ENTRIES {
            let message = format!("must have at most {MAX_ENTRIES} entries");
            faults.push(Fault::new(path, "too_long", message));
            return None;
        }
        let before = faults.len();
        let path = |index| format!("{path}[{index}]");
        let entries = entries.into_iter().enumerate();
        let texts: Vec<_> = entries
            .filter_map(|(i, entry)| string(entry, &path(i), faults))
            .collect();
        // The entries are parsed once all of them are strings.
        if faults.len() > before {
            return None;
        }
        let texts = texts.iter().enumerate();
        let list = texts
            .filter_map(|(i, text)| valid(parse(text), &path(i), faults))
            .collect();
        (faults.len() == before).then_some(list)
    }
}

/// Reads an integer and parses it.
pub fn integer<T>(parse: impl FnOnce(i64) -> Result<T, Invalid>) -> impl Reader<T> {
    |raw: &RawValue, path: &str, faults: &mut Vec<Fault>| {
        let number = read_integer(raw, path, faults, "an integer")?;
        valid(parse(number), path, faults)
    }
}

/// Reads a decimal number and parses it as it is written.
pub fn decimal<T>(parse: impl FnOnce(&str) -> Result<T, Invalid>) -> impl Reader<T> {
    |raw: &RawValue, path: &str, faults: &mut Vec<Fault>| {
        if !is_number(raw) {
            faults.push(Fault::new(path, "invalid_type", "must be a number"));
            return None;
        }
        valid(parse(raw.get()), path, faults)
    }
}

/// Deserialises a value; the fault of another type says what was `expected`.
pub fn deserialize<'a, T: Deserialize<'a>>(
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

/// Adds the fault of a value that its type refused.
pub fn valid<T>(parsed: Result<T, Invalid>, path: &str, faults: &mut Vec<Fault>) -> Option<T> {
    parsed
        .map_err(|invalid| faults.push(Fault::invalid(path, invalid)))
        .ok()
}

/// True if a JSON value is a number: no other value begins with these characters.
fn is_number(raw: &RawValue) -> bool {
    raw.get()
        .starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// Reads an integer, which may be written as `2016.0` or `2.016e3`. One that is too large for an `i64` is out of range.
pub fn read_integer(
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

/// True if a text is an integer of any size.
#[must_use]
pub fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}
