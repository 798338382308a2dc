//! The members of an object whose values are texts or lists of texts: how API Gateway sends headers and parameters.

use std::{borrow::Cow, fmt, marker::PhantomData};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

/// What takes the members, one text at a time.
pub(super) trait Collect: Default {
    /// Takes one more text of this name; or says, without quoting it, what is wrong with it.
    fn take(&mut self, name: &str, text: &str) -> Result<(), &'static str>;
}

impl Collect for HeaderMap {
    fn take(&mut self, name: &str, text: &str) -> Result<(), &'static str> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "no name of a header")?;
        let value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| "no value of a header")?;
        self.append(name, value);
        Ok(())
    }
}

impl Collect for Vec<(String, String)> {
    fn take(&mut self, name: &str, text: &str) -> Result<(), &'static str> {
        self.push((name.to_owned(), text.to_owned()));
        Ok(())
    }
}

/// The members, collected.
#[derive(Debug)]
pub(super) struct Members<T>(pub(super) T);

impl<'de, T: Collect> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object(PhantomData))
    }
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Collect> Visitor<'de> for Object<T> {
    type Value = Members<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object of texts, or of lists of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut all = T::default();
        while let Some(Name(name)) = members.next_key()? {
            members.next_value_seed(Texts {
                name: &name,
                all: &mut all,
            })?;
        }
        Ok(Members(all))
    }
}

/// A name, not copied where it stands in the text as it is.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a text, or each of a list of texts, or none where there is `null`.
struct Texts<'a, T> {
    name: &'a str,
    all: &'a mut T,
}

impl<'de, T: Collect> DeserializeSeed<'de> for Texts<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Collect> Visitor<'de> for Texts<'_, T> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a text, or a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.all.take(self.name, text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<(), A::Error> {
        let Self { name, all } = self;
        while texts
            .next_element_seed(Texts {
                name,
                all: &mut *all,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
