//! The members of a signed token (RFC 7519 on RFC 7515), read once and strictly.
//!
//! A member that is read must not appear twice, because another reader might take the other value. Members that are not
//! read are ignored, as the RFCs require.

use std::{fmt, marker::PhantomData};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};

#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: String,
    #[serde(default, rename = "typ")]
    _typ: IgnoredAny,
    // The issuer never sends the location of a key or a certificate, or a critical extension. A token that has one is
    // from another issuer.
    #[serde(default, rename = "jku")]
    _jku: Absent,
    #[serde(default, rename = "jwk")]
    _jwk: Absent,
    #[serde(default, rename = "x5u")]
    _x5u: Absent,
    #[serde(default, rename = "x5c")]
    _x5c: Absent,
    #[serde(default, rename = "crit")]
    _crit: Absent,
}

#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    pub(super) username: String,
    // A text, which the library compares. It would take a list, too.
    #[serde(rename = "iss")]
    _iss: String,
    pub(super) client_id: String,
    pub(super) token_use: String,
    #[serde(default)]
    pub(super) scope: String,
    /// In seconds since 1970, like `nbf`.
    pub(super) exp: i64,
    #[serde(default)]
    pub(super) nbf: i64,
    #[serde(default, rename = "cognito:groups")]
    pub(super) groups: Vec<String>,
}

/// A member that must be absent: any value is an error.
#[derive(Default)]
struct Absent;

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("a member that must not be there"))
    }
}

/// A struct that is read from a JSON object alone. Serde would read its values from an array, too.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OfMembers<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfMembers<T> {
            type Value = Object<T>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        from.deserialize_map(OfMembers(PhantomData))
    }
}

/// Reads the header of a token: a JSON object in base64url without padding.
pub(super) fn read_header(part: &str) -> Option<Header> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    let Object(header) = serde_json::from_slice(&json).ok()?;
    Some(header)
}
