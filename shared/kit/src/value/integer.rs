use serde::{Deserialize, Deserializer, Serialize};

use super::{Form, Invalid, RawValue, Value, in_range};
use crate::http::{Fault, json};

/// A whole number of `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Integer<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Integer<MIN, MAX> {
    /// Takes a number in the range.
    ///
    /// # Errors
    /// [`Invalid::OutOfRange`].
    pub fn parse(number: i64) -> Result<Self, Invalid> {
        in_range(number, MIN, MAX).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> Value for Integer<MIN, MAX> {
    const FORM: Form = Form::Literal;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        json::integer(Self::parse)(json, path, faults)
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Integer<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(from)?;
        Self::parse(number).map_err(serde::de::Error::custom)
    }
}
