use std::fmt;

use kit::{
    http::{Fault, json},
    resource::{Indexed, KeyPart, NamedPart, Scalar, ScalarType, sortable},
    value::{Form, Invalid, RawValue, Value, in_range},
};
use serde::{Deserialize, Deserializer, Serialize};

/// A year of release, 1888 (the oldest film that survives) to 2100. In a request it may also be a string of four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Year(u16);

impl Year {
    /// The earliest year.
    pub const MIN: u16 = 1888;
    /// The latest year.
    pub const MAX: u16 = 2100;

    /// Takes a number in the range.
    ///
    /// # Errors
    /// [`Invalid::OutOfRange`].
    pub fn parse(number: i64) -> Result<Self, Invalid> {
        in_range(number, Self::MIN, Self::MAX).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value for Year {
    const FORM: Form = Form::Literal;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        const EXPECTED: &str = "an integer, or a string of four digits";
        let number = if json.get().starts_with('"') {
            let text: String = json::deserialize(json, path, faults, EXPECTED)?;
            let number = four_digits(&text).ok_or(Invalid::Malformed(EXPECTED));
            json::valid(number, path, faults)?
        } else {
            json::read_integer(json, path, faults, EXPECTED)?
        };
        json::valid(Self::parse(number), path, faults)
    }
}

impl<'de> Deserialize<'de> for Year {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(from)?;
        Self::parse(number).map_err(serde::de::Error::custom)
    }
}

impl KeyPart for Year {
    const TYPE: ScalarType = ScalarType::Number;

    fn scalar(&self) -> Scalar<'_> {
        Scalar::Number(self.0.into())
    }

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, Invalid> {
        match scalar {
            Scalar::Number(number) => Self::parse(number.into()),
            Scalar::Text(_) => Err(Invalid::Malformed("a number")),
        }
    }
}

impl Indexed for Year {
    fn each_text(&self, each: &mut dyn FnMut(&str)) {
        each(&sortable(self.0.into()));
    }
}

impl NamedPart for Year {
    fn from_query(text: &str) -> Result<Self, Invalid> {
        let number = four_digits(text).ok_or(Invalid::Malformed("a year of four digits"))?;
        Self::parse(number)
    }
}

/// Parses a number of exactly four digits.
fn four_digits(text: &str) -> Option<i64> {
    let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
