//! The records of accounts, codes, sessions and tokens.

use std::{net::IpAddr, time::Duration};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::timestamp::milliseconds_i64 as millis};

/// An account with a confirmed address.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    /// The user's id, which never changes.
    pub(crate) sub: String,
    pub(crate) name: Option<String>,
    pub(crate) password_hash: String,
    /// True if the password was mailed, and has to be replaced.
    pub(crate) must_change: bool,
    #[serde(with = "millis")]
    pub(crate) created_at: OffsetDateTime,
    /// The last time at which a user proved to read the mail of an address that became the account's.
    #[serde(with = "millis")]
    pub(crate) address_since: OffsetDateTime,
    /// The address that is to become the account's.
    pub(crate) pending_email: Option<String>,
    /// The authenticator app whose codes a sign-in takes.
    pub(crate) totp: Option<Authenticator>,
    /// The secret of an authenticator app that is not verified yet, in base32.
    pub(crate) pending_totp: Option<String>,
    /// The federated provider that the account came from. Such an account has no password here: `password_hash` is that
    /// of a random one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
}

impl Account {
    /// A new account, whose address was just confirmed.
    pub(crate) fn new(
        sub: String,
        name: Option<String>,
        password_hash: String,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            sub,
            name,
            password_hash,
            must_change: false,
            created_at: now,
            address_since: now,
            pending_email: None,
            totp: None,
            pending_totp: None,
            provider: None,
        }
    }
}

/// An authenticator app.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Authenticator {
    /// In base32.
    pub(crate) secret: String,
    pub(crate) name: Option<String>,
    /// The time of the setup.
    #[serde(with = "millis")]
    pub(crate) since: OffsetDateTime,
    /// The time step of the last code that was used to sign in: each is valid once.
    pub(crate) last_step: Option<u64>,
}

/// The purpose of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To set a new password; stored by address.
    ResetPassword,
    /// To change to another address; stored by user.
    VerifyEmail,
}

impl Purpose {
    /// The key of a code: its purpose, and the address or user.
    pub(crate) fn of(self, whose: &str) -> (&str, &str) {
        match self {
            Self::ResetPassword => ("reset-password", whose),
            Self::VerifyEmail => ("verify-email", whose),
        }
    }
}

/// A code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) digits: String,
    #[serde(with = "millis")]
    pub(crate) good_until: OffsetDateTime,
    /// True if it was mailed. A code that was not mailed is never valid: it is kept so that the same work is done
    /// whether or not a code is mailed.
    pub(crate) mailed: bool,
    /// The number of wrong guesses.
    pub(crate) wrong: u32,
}

/// The number of wrong guesses after which a code is invalid, however long they took.
const GUESSES: u32 = 10;

impl Code {
    /// The lifetime of a confirmation code.
    pub(crate) const LASTS: Duration = Duration::from_hours(24);

    /// True if the digits are those of a code that was mailed and is still valid; otherwise counts a wrong guess.
    pub(crate) fn is_right(&mut self, digits: &SecretString, now: OffsetDateTime) -> bool {
        let digits = digits.expose_secret().as_bytes();
        let same = verify_slices_are_equal(self.digits.as_bytes(), digits).is_ok();
        let right = same && self.mailed && self.wrong < GUESSES && now < self.good_until;
        if !right {
            self.wrong = self.wrong.saturating_add(1);
        }
        right
    }
}

/// A sign-in, and all its tokens.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    #[serde(with = "millis")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(with = "millis")]
    pub(crate) last_used_at: OffsetDateTime,
    #[serde(with = "millis")]
    pub(crate) good_until: OffsetDateTime,
    pub(crate) user_agent: Option<String>,
    pub(crate) address: Option<IpAddr>,
    /// The refresh token that was exchanged last, if one was.
    pub(crate) spent: Option<Spent>,
}

/// A refresh token that was exchanged.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Spent {
    pub(crate) generation: u64,
    /// Its SHA-256.
    pub(crate) digest: Vec<u8>,
    /// The time of its first exchange.
    #[serde(with = "millis")]
    pub(crate) at: OffsetDateTime,
}

/// The session that a refresh token belongs to.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    pub(crate) sub: String,
    pub(crate) session: String,
    #[serde(with = "millis")]
    pub(crate) good_until: OffsetDateTime,
    /// The number of tokens of the session that came before it, one after the other.
    pub(crate) generation: u64,
}

/// A passkey.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Passkey {
    /// Its id, its public key and its last state, as `webauthn-rs` stores them.
    pub(crate) key: webauthn_rs::prelude::Passkey,
    /// The domain that it was made for.
    pub(crate) relying_party_id: String,
    pub(crate) authenticator_attachment: Option<String>,
    pub(crate) transports: Vec<String>,
    /// The time at which it was added.
    #[serde(with = "millis")]
    pub(crate) since: OffsetDateTime,
    #[serde(with = "millis::option", default)]
    pub(crate) last_used_at: Option<OffsetDateTime>,
}
