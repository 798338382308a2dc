//! The values that members are made of: each is parsed once, where a request or a stored item is read, and never checked
//! again.
//!
//! A resource may have types of its own beside these: see [`Value`].

mod date;
mod hundredths;
mod integer;
mod invalid;
mod slug;
mod text;
mod web_url;

use std::fmt;

use serde::{
    Serialize,
    de::{DeserializeOwned, Deserializer, Visitor},
};
pub use serde_json::value::RawValue;

pub(crate) use self::web_url::has_stray_percent;
pub use self::{
    date::{Date, read_moment, serialize_moment, write_moment},
    hundredths::Hundredths,
    integer::Integer,
    invalid::{Invalid, at_most, in_range},
    slug::Slug,
    text::{Line, LinePrefix, Text},
    web_url::WebUrl,
};
use crate::http::{Fault, json};

/// The type of an optional member, or of an entry of a list.
///
/// Its serialised form is both the stored one and the one in answers. Deserialising checks again, because the form may have
/// been written by another version.
pub trait Value:
    Clone + PartialEq + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The form of its JSON.
    const FORM: Form = Form::Text;

    /// Parses the JSON of a member of a request. Faults are added under the path of the member.
    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self>;
}

/// The form of a value in JSON. An import writes the cells of a table in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A string.
    Text,
    /// A number, true or false.
    Literal,
    /// An array of strings.
    List,
}

/// Implements [`Value`], `Serialize` and `Deserialize` for a type that is a string in JSON and has
/// `parse(&str) -> Result<Self, Invalid>` and `as_str(&self) -> &str`.
#[macro_export]
macro_rules! text_value {
    ($type:ty $(, $($generic:tt)*)?) => {
        impl$(<$($generic)*>)? $crate::value::Value for $type {
            fn from_json(
                json: &$crate::value::RawValue,
                path: &str,
                faults: &mut Vec<$crate::http::Fault>,
            ) -> Option<Self> {
                $crate::http::json::text(Self::parse)(json, path, faults)
            }
        }

        impl$(<$($generic)*>)? $crate::serde::Serialize for $type {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de, $($($generic)*)?> $crate::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::value::deserialize_text(from, Self::parse)
            }
        }
    };
}

impl Value for bool {
    const FORM: Form = Form::Literal;

    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        json::deserialize(json, path, faults, "true or false")
    }
}

/// Deserialises a string and parses it, without a copy of the string in between.
///
/// # Errors
/// Those of the deserialiser, and that the text is not valid.
pub fn deserialize_text<'de, T, D: Deserializer<'de>>(
    from: D,
    parse: fn(&str) -> Result<T, Invalid>,
) -> Result<T, D::Error> {
    struct Parser<T>(fn(&str) -> Result<T, Invalid>);

    impl<T> Visitor<'_> for Parser<T> {
        type Value = T;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(E::custom)
        }
    }

    from.deserialize_str(Parser(parse))
}
