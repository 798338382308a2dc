//! Safe retries: the `Idempotency-Key` of a write and what it is compared by.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::user::UserId;

/// The time for which the first answer to a key is kept.
pub const KEPT_FOR: Duration = Duration::hours(24);

/// The longest time after it was issued for which an access token is accepted: it lives for a day at most, and the clocks at
/// both ends may be a minute apart.
pub const TOKEN_ACCEPTED_FOR: Duration = Duration::minutes(24 * 60 + 2);

/// The time for which the note that a user is leaving is kept: until the last access token has expired. The hour is for a token
/// that was issued while the deletion was under way, and for requests and clocks that are slow.
pub const LEAVING_KEPT_FOR: Duration = TOKEN_ACCEPTED_FOR.saturating_add(Duration::hours(1));

/// The longest key.
const MAX_KEY: usize = 64;

/// The key of [`Once::leaving`].
const LEAVING: &str = "account deletion";

/// True if a record with this key is the note that its caller is leaving.
#[must_use]
pub fn is_leaving(key: &str) -> bool {
    key == LEAVING
}

/// A key that a client chose for one write: 1 to 64 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Parses a key; `None` when it is empty, too long, or has other than visible ASCII characters.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let fits = (1..=MAX_KEY).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        fits.then(|| Self(String::from_utf8_lossy(text).into_owned()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Tells one write from another under the same key: a SHA-256 over the operation and the
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
    /// The user who writes, whose key it is.
    pub caller: UserId,
    /// The key.
    pub key: IdempotencyKey,
    /// The fingerprint of the first write under the key.
    pub fingerprint: Fingerprint,
}

impl Once {
    /// Binds a caller's key to a request.
    #[must_use]
    pub fn new(caller: &UserId, key: &IdempotencyKey, fingerprint: Fingerprint) -> Self {
        Self {
            caller: caller.clone(),
            key: key.clone(),
            fingerprint,
        }
    }

    /// The record that a user is leaving, or has left. It is kept for [`LEAVING_KEPT_FOR`]. No client
    /// can choose its key: it has a space.
    #[must_use]
    pub fn leaving(user: &UserId) -> Self {
        Self {
            caller: user.clone(),
            key: IdempotencyKey(LEAVING.to_owned()),
            fingerprint: Fingerprint(LEAVING.to_owned()),
        }
    }

    /// When a record that is written at the moment `now` may be forgotten: seconds since 1970.
    #[must_use]
    pub fn expires_at(&self, now: OffsetDateTime) -> i64 {
        let kept_for = if is_leaving(self.key.as_str()) {
            LEAVING_KEPT_FOR
        } else {
            KEPT_FOR
        };
        (now + kept_for).unix_timestamp()
    }
}
