use std::{
    fmt::{self, Debug},
    hash::Hash,
};

use crate::{
    http::{Fault, json},
    user::UserId,
    value::{Invalid, Line, RawValue, Slug, Value},
};

/// The key of a resource: a partition, and a text that sorts the resources of a partition. They are the partition key and the
/// sort key of its table (Amazon DynamoDB Developer Guide, "Core components", "Primary key").
pub trait Key:
    Clone + Debug + PartialEq + Eq + PartialOrd + Ord + Hash + Send + Sync + 'static
{
    /// The name of the partition's member and attribute.
    const PARTITION: &'static str;
    /// The name of the sort text's member and attribute.
    const SORT: &'static str;

    /// The type of the partition.
    type Partition: KeyPart;
    /// The type of the sort text.
    type Sort: KeyText;

    /// Makes a key.
    fn new(partition: Self::Partition, sort: Self::Sort) -> Self;
    /// The partition.
    fn partition(&self) -> &Self::Partition;
    /// The text that sorts the resources of the partition.
    fn sort(&self) -> &Self::Sort;

    /// The texts of the parts.
    fn texts(&self) -> (String, String) {
        let partition = self.partition().scalar().to_string();
        (partition, self.sort().as_str().to_owned())
    }

    /// Reads a key from the texts of its parts, of which a number is written in decimal.
    ///
    /// # Errors
    /// [`Invalid`] of the part at fault.
    fn from_texts(partition: &str, sort: &str) -> Result<Self, Invalid> {
        let partition = match Self::Partition::TYPE {
            ScalarType::Number => Scalar::Number(partition.parse().map_err(|_| NOT_A_NUMBER)?),
            ScalarType::Text => Scalar::Text(partition),
        };
        Ok(Self::new(
            Self::Partition::from_scalar(partition)?,
            Self::Sort::from_scalar(Scalar::Text(sort))?,
        ))
    }
}

/// A part of a key as a store keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// A number.
    Number(u32),
    /// A text.
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    fn text(self) -> Result<&'a str, Invalid> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Number(_) => Err(Invalid::Malformed("a text")),
        }
    }
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => fmt::Display::fmt(number, to),
            Self::Text(text) => to.write_str(text),
        }
    }
}

/// The type of a [`Scalar`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarType {
    /// A number.
    Number,
    /// A text.
    Text,
}

/// A value that can be the partition of a key.
pub trait KeyPart: Value + Eq + Ord + Hash {
    /// The type of the form in which it is stored.
    const TYPE: ScalarType;

    /// The form in which it is stored.
    fn scalar(&self) -> Scalar<'_>;

    /// Reads the form in which it is stored.
    ///
    /// # Errors
    /// [`Invalid`].
    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, Invalid>;
}

/// A value that can be the sort text of a key.
pub trait KeyText: KeyPart {
    /// The text.
    fn as_str(&self) -> &str;

    /// Parses the text of a query or a path.
    ///
    /// # Errors
    /// [`Invalid`].
    fn parse(text: &str) -> Result<Self, Invalid> {
        Self::from_scalar(Scalar::Text(text))
    }
}

/// A partition that clients name in requests.
pub trait NamedPart: KeyPart {
    /// Parses the text of a query.
    ///
    /// # Errors
    /// [`Invalid`].
    fn from_query(text: &str) -> Result<Self, Invalid>;
}

const NOT_A_NUMBER: Invalid = Invalid::Malformed("a number");

/// No operation reads it; files of records name the owner of a private resource.
impl Value for UserId {
    fn from_json(json: &RawValue, path: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        json::text(|text| Ok(Self::new(text)))(json, path, faults)
    }
}

impl KeyPart for UserId {
    const TYPE: ScalarType = ScalarType::Text;

    fn scalar(&self) -> Scalar<'_> {
        Scalar::Text(self.as_str())
    }

    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, Invalid> {
        scalar.text().map(Self::new)
    }
}

/// Implements [`KeyPart`] and [`KeyText`] for types that are a string in JSON.
macro_rules! key_text {
    ($($type:ty),*) => {$(
        impl KeyPart for $type {
            const TYPE: ScalarType = ScalarType::Text;

            fn scalar(&self) -> Scalar<'_> {
                Scalar::Text(self.as_str())
            }

            fn from_scalar(scalar: Scalar<'_>) -> Result<Self, Invalid> {
                Self::parse(scalar.text()?)
            }
        }

        impl KeyText for $type {
            fn as_str(&self) -> &str {
                self.as_str()
            }
        }
    )*};
}

key_text!(Line, Slug);

impl NamedPart for Line {
    fn from_query(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}
