//! The values that members can have.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{fault::Fault, year::YearNumber};

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
        read(raw, path, faults, "an integer")
    }
}

impl FromJson for f64 {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        read(raw, path, faults, "a number")
    }
}

impl FromJson for Vec<String> {
    fn from_json(raw: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let entries: Vec<&RawValue> = read(raw, path, faults, "an array of strings")?;
        let before = faults.len();
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
            return read(raw, path, faults, EXPECTED).map(Self);
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
