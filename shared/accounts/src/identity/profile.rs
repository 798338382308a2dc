//! The profile and the sessions of a user.

use std::{collections::BTreeMap, net::IpAddr};

use time::OffsetDateTime;

use super::Email;

/// The profile of a user.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The address; a user of a federated provider may have none.
    pub email: Option<Email>,
    /// True if the address was verified.
    pub email_verified: bool,
    /// The new address of the account until it is verified, if the provider gives it.
    pub pending_email: Option<Email>,
    /// The name of the user.
    pub name: Option<String>,
    /// True if a sign-in requires a code of an authenticator app.
    pub totp_enabled: bool,
    /// The federated providers that the user signs in with.
    pub providers: Vec<String>,
    /// The time at which the account was created, if the provider gives it.
    pub created_at: Option<OffsetDateTime>,
    /// All attributes that the provider holds, by name.
    pub attributes: BTreeMap<String, String>,
}

/// The sessions of a user.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// True if the list is complete. Cognito knows only devices, and only in a pool that tracks them.
    pub complete: bool,
    /// The sessions, the latest first.
    pub items: Vec<Session>,
}

/// A session of a user.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id at the provider.
    pub id: String,
    /// The name of the device.
    pub name: Option<String>,
    /// The time of the sign-in.
    pub created_at: Option<OffsetDateTime>,
    /// The time at which it last got tokens.
    pub last_used_at: Option<OffsetDateTime>,
    /// The `User-Agent` of the sign-in.
    pub user_agent: Option<String>,
    /// The IP address of the sign-in.
    pub address: Option<IpAddr>,
    /// True if it is the session of this request; `None` if the provider does not tell.
    pub current: Option<bool>,
}
