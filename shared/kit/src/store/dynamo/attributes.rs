//! Items as DynamoDB sends them: `{"year": {"N": "1927"}, "title": {"S": "Metropolis"}}`, for serde to read without the type
//! before each value (Amazon DynamoDB Developer Guide, "DynamoDB low-level API", "Data type descriptors").

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor},
    forward_to_deserialize_any,
};

/// The attributes of an item. Of the types of values it knows those that entities are made of: strings, numbers, lists and booleans.
pub(super) struct Item<T>(pub(super) T);

impl<'de, V: Visitor<'de>> Visitor<'de> for Item<V> {
    type Value = V::Value;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, attributes: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Item(attributes))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Item<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        name: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(name)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, value: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Value(value))
    }
}

/// A value with its type before it.
struct Value<T>(T);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Value<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Value(from))
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Value<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Typed(visitor))
    }

    /// A value that is there is a value: an attribute without one is absent.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    /// Whatever its type.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

#[derive(Deserialize)]
#[serde(field_identifier)]
enum Type {
    S,
    N,
    L,
    #[serde(rename = "BOOL")]
    Bool,
}

/// The object of a type and a value.
struct Typed<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Typed<V> {
    type Value = V::Value;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a type and a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut of: A) -> Result<V::Value, A::Error> {
        match of.next_key()? {
            Some(Type::S) => of.next_value_seed(Text(self.0)),
            Some(Type::N) => number(of.next_value()?, self.0),
            Some(Type::L) => of.next_value_seed(List(self.0)),
            Some(Type::Bool) => self.0.visit_bool(of.next_value()?),
            None => Err(Error::invalid_length(0, &self)),
        }
    }
}

/// Digits, which need no escapes.
fn number<'de, V: Visitor<'de>, E: Error>(digits: &str, visitor: V) -> Result<V::Value, E> {
    if let Ok(number) = digits.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    match digits.parse::<f64>() {
        Ok(number) => visitor.visit_f64(number),
        Err(_) => Err(E::invalid_value(Unexpected::Str(digits), &"a number")),
    }
}

struct Text<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Text<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        from.deserialize_str(self.0)
    }
}

struct List<T>(T);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for List<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for List<V> {
    type Value = V::Value;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(List(values))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for List<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        value: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Value(value))
    }
}
