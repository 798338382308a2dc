//! The records of accounts, codes, sessions and tokens.

use std::net::IpAddr;

use accounts::identity::ClientContext;
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::timestamp::milliseconds_i64 as millis};

/// An account with a confirmed address.
#[derive(Clone, Serialize, Deserialize)]
pub(in super::super) struct Account {
    /// The user's id, which never changes.
    pub(in super::super) sub: String,
    pub(in super::super) name: Option<String>,
    pub(in super::super) password_hash: String,
    /// True if the password was mailed, and has to be replaced.
    pub(in super::super) must_change: bool,
    #[serde(with = "millis")]
    pub(in super::super) created_at: OffsetDateTime,
    /// The last time at which a user proved to read the mail of an address that became the account's.
    #[serde(with = "millis")]
    pub(in super::super) address_since: OffsetDateTime,
    /// The address that is to become the account's.
    pub(in super::super) pending_email: Option<String>,
    /// The authenticator app whose codes a sign-in takes.
    pub(in super::super) totp: Option<Authenticator>,
    /// The secret of an authenticator app that is not verified yet, in base32.
    pub(in super::super) pending_totp: Option<String>,
    /// The federated provider that the account came from. Such an account has no password here: `password_hash` is that
    /// of a random one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) provider: Option<String>,
}

/// An authenticator app.
#[derive(Clone, Serialize, Deserialize)]
pub(in super::super) struct Authenticator {
    /// In base32.
    pub(in super::super) secret: String,
    pub(in super::super) name: Option<String>,
    /// The time of the setup.
    #[serde(with = "millis")]
    pub(in super::super) since: OffsetDateTime,
    /// The time step of the last code that was used to sign in: each is valid once.
    pub(in super::super) last_step: Option<u64>,
}

/// The purpose of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    /// To set a new password; stored by address.
    ResetPassword,
    /// To change to another address; stored by user.
    VerifyEmail,
}

impl Purpose {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password",
            Self::VerifyEmail => "verify-email",
        }
    }
}

/// A code.
#[derive(Clone, Serialize, Deserialize)]
pub(in super::super) struct Code {
    pub(in super::super) digits: String,
    #[serde(with = "millis")]
    pub(in super::super) good_until: OffsetDateTime,
    /// True if it was mailed. A code that was not mailed is never valid: it is kept so that the same work is done
    /// whether or not a code is mailed.
    pub(in super::super) mailed: bool,
    /// The number of wrong guesses.
    pub(in super::super) wrong: u32,
}

/// A sign-in, and all its tokens.
#[derive(Clone, Serialize, Deserialize)]
pub(in super::super) struct Session {
    #[serde(with = "millis")]
    pub(in super::super) created_at: OffsetDateTime,
    #[serde(with = "millis")]
    pub(in super::super) last_used_at: OffsetDateTime,
    #[serde(with = "millis")]
    pub(in super::super) good_until: OffsetDateTime,
    pub(in super::super) user_agent: Option<String>,
    pub(in super::super) address: Option<IpAddr>,
    /// The refresh token that was exchanged last, if one was.
    pub(in super::super) spent: Option<Spent>,
}

/// A refresh token that was exchanged.
#[derive(Clone, Serialize, Deserialize)]
pub(in super::super) struct Spent {
    pub(in super::super) generation: u64,
    /// Its SHA-256.
    pub(in super::super) digest: Vec<u8>,
    /// The time of its first exchange.
    #[serde(with = "millis")]
    pub(in super::super) at: OffsetDateTime,
}

impl Session {
    pub(in super::super) fn new(
        client: &ClientContext,
        now: OffsetDateTime,
        good_until: OffsetDateTime,
    ) -> Self {
        Self {
            created_at: now,
            last_used_at: now,
            good_until,
            user_agent: client.user_agent.clone(),
            address: client.address,
            spent: None,
        }
    }
}

/// The session that a refresh token belongs to.
#[derive(Clone, Serialize, Deserialize)]
pub(in super::super) struct RefreshToken {
    pub(in super::super) sub: String,
    pub(in super::super) session: String,
    #[serde(with = "millis")]
    pub(in super::super) good_until: OffsetDateTime,
    /// The number of tokens of the session that came before it, one after the other.
    pub(in super::super) generation: u64,
}
