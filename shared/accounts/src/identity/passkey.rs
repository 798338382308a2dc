//! Passkeys: their properties, and the messages between an app and the provider when a passkey is created or used (W3C,
//! [Web Authentication Level 3](https://www.w3.org/TR/webauthn-3/)).

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use kit::value::{Invalid, at_most, serialize_moment};

/// A passkey of a user. The private key stays with its authenticator, such as a phone.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// The name that the provider gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The time at which it was added.
    #[serde(serialize_with = "serialize_moment")]
    pub created_at: OffsetDateTime,
    /// The time of the last sign-in with it, if the provider gives it.
    #[serde(
        serialize_with = "serialize_moment",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_used_at: Option<OffsetDateTime>,
    /// `platform` if the authenticator is part of the device, `cross-platform` if it is not, as sent by the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticator_attachment: Option<String>,
    /// The ways to reach its authenticator, such as `internal` or `hybrid`, as sent by the app.
    pub transports: Vec<String>,
    /// The domain of its sign-ins: the relying party id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relying_party_id: Option<String>,
}

/// The id of a passkey: WebAuthn's credential id in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasskeyId(String);

impl PasskeyId {
    /// The longest id, in characters. A credential id has 1,023 bytes at most
    /// ([section 4](https://www.w3.org/TR/webauthn-3/#credential-id)).
    pub const MAX_LENGTH: usize = 1_364;

    /// Wraps an id that comes from a provider.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Parses an id that comes from a caller.
    ///
    /// # Errors
    /// [`Invalid`]: it is no base64url without padding, or too long.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() > Self::MAX_LENGTH {
            Err(Invalid::TooLong(Self::MAX_LENGTH))
        } else if text.is_empty() || !text.bytes().all(is_base64url) {
            Err(Invalid::Malformed("the id of a passkey"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A dictionary of WebAuthn in the JSON form of the specification: the options that an app gives to the platform, or
/// the credential that the platform returns. Apps, libraries and platforms add members, so it is passed on without
/// change. [`Debug`] shows none of its members.
#[derive(Clone, PartialEq)]
pub struct WebAuthnJson(Map<String, Value>);

impl WebAuthnJson {
    /// The longest text that is read, in characters.
    pub const MAX_LENGTH: usize = 16_384;

    /// Creates a dictionary with these members.
    #[must_use]
    pub fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Parses the text that a caller sent.
    ///
    /// # Errors
    /// [`Invalid`]: it is no JSON object, or too long.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        at_most(Self::MAX_LENGTH, text)?;
        serde_json::from_str(text)
            .map(Self)
            .map_err(|_| Invalid::Malformed("the text of a JSON object"))
    }

    /// Its members.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// The JSON text.
impl fmt::Display for WebAuthnJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl fmt::Debug for WebAuthnJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebAuthnJson([hidden])")
    }
}

#[cfg(test)]
mod tests;
