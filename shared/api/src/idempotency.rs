//! Safe retries: the `Idempotency-Key` of a write and what it is compared by.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::movie::UserId;

/// How long the first answer to a key is kept.
pub const KEPT_FOR: Duration = Duration::hours(24);

/// The longest key.
pub const MAX_KEY: usize = 64;

/// A key that a client chose for one write: 1 to 64 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Parses a key; `None` when it is empty, too long, or has other than visible ASCII characters.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let fits = (1..=MAX_KEY).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        fits.then(|| Self(String::from_utf8_lossy(text).into_owned()))
    }
}

/// What tells one write from another under the same key: a SHA-256 over the operation and the
/// request as it was understood, so that the order of JSON members does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Takes the fingerprint of an operation's request.
    ///
    /// # Errors
    /// When the request cannot be written as JSON.
    pub fn of(operation: &str, request: &impl Serialize) -> Result<Self, serde_json::Error> {
        let mut text = operation.as_bytes().to_vec();
        text.push(0);
        serde_json::to_writer(&mut text, request)?;
        let digest = digest::digest(&digest::SHA256, &text);
        Ok(Self(URL_SAFE_NO_PAD.encode(digest)))
    }

    /// Takes a fingerprint back from a store.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The fingerprint as text, for a store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A write that happens once: handed to a store together with the write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Whose key it is, and the key: `<sub>#<key>`.
    pub id: String,
    /// What the first write under the key asked for.
    pub fingerprint: Fingerprint,
}

impl Once {
    /// Binds a caller's key to a request.
    #[must_use]
    pub fn new(caller: &UserId, key: &IdempotencyKey, fingerprint: Fingerprint) -> Self {
        Self {
            id: format!("{}#{}", caller.as_str(), key.0),
            fingerprint,
        }
    }

    /// When a record that is written at the moment `now` may be forgotten: seconds since 1970.
    #[must_use]
    pub fn expires_at(now: OffsetDateTime) -> i64 {
        (now + KEPT_FOR).unix_timestamp()
    }
}
