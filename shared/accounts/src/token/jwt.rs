//! The members of a signed token (RFC 7519 on RFC 7515), read once and strictly.
//!
//! A member that is read must not appear twice, because another reader might take the other value. Members that are not
//! read are ignored, as the RFCs require.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny},
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
    pub(super) iss: String,
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

/// Reads a part of a token: a JSON object in base64url without padding.
pub(super) fn read<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    // Serde would read the values of a struct from an array, too.
    if !json.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    serde_json::from_slice(&json).ok()
}
