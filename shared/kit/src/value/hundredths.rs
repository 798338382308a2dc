use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Form, Invalid, RawValue, Value};
use crate::{
    decimal::Decimal,
    http::{Fault, json},
};

/// A decimal number from 0 to `MAX`, kept to two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hundredths<const MAX: u16> {
    hundredths: u16,
}

impl<const MAX: u16> Hundredths<MAX> {
    /// Parses a number as it was written, and rounds it half up to two decimals. It has to be in its range before it is
    /// rounded.
    ///
    /// # Errors
    /// [`Invalid::Malformed`] or [`Invalid::OutOfRange`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let number = Decimal::parse(text).ok_or(Invalid::Malformed("a number"))?;
        let in_range = !number.is_negative() && !number.exceeds(MAX.into());
        in_range
            .then(|| number.to_hundredths())
            .flatten()
            .and_then(|hundredths| u16::try_from(hundredths).ok())
            .map(|hundredths| Self { hundredths })
            .ok_or(Invalid::OutOfRange(0, MAX.into()))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.hundredths) / 100.0
    }
}

impl<const MAX: u16> Value for Hundredths<MAX> {
    const FORM: Form = Form::Literal;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        json::decimal(Self::parse)(json, path, faults)
    }
}

impl<'de, const MAX: u16> Deserialize<'de> for Hundredths<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(from)?;
        // The shortest text of a float that was written with two decimals has those two.
        Self::parse(&number.to_string()).map_err(serde::de::Error::custom)
    }
}

impl<const MAX: u16> Serialize for Hundredths<MAX> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.get())
    }
}

#[cfg(test)]
mod tests;
