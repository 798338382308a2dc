//! What is known of a user.

use std::{collections::BTreeMap, net::IpAddr};

use time::OffsetDateTime;

use super::Email;

/// What is known of a user.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The address; a user of a federated provider may have none.
    pub email: Option<Email>,
    /// Whether the address was verified.
    pub email_verified: bool,
    /// The address that is to become the account's once it is verified, where the provider tells.
    pub pending_email: Option<Email>,
    /// What to call the user.
    pub name: Option<String>,
    /// Whether signing in takes a code of an authenticator app.
    pub totp_enabled: bool,
    /// The federated providers that the user signs in with.
    pub providers: Vec<String>,
    /// When the account was made, where the provider tells.
    pub created_at: Option<OffsetDateTime>,
    /// All attributes that the provider holds, by name.
    pub attributes: BTreeMap<String, String>,
}

/// Where a user is signed in.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// Whether these are all. Cognito knows only devices, and only in a pool that tracks them.
    pub complete: bool,
    /// The sessions, the latest first.
    pub items: Vec<Session>,
}

/// A place where a user is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its name for the provider.
    pub id: String,
    /// What the device is called.
    pub name: Option<String>,
    /// When it was signed in.
    pub created_at: Option<OffsetDateTime>,
    /// When it last got tokens.
    pub last_used_at: Option<OffsetDateTime>,
    /// The `User-Agent` that it signed in with.
    pub user_agent: Option<String>,
    /// The address that it signed in from.
    pub address: Option<IpAddr>,
    /// Whether it is the one that asks; `None`: the provider does not tell.
    pub current: Option<bool>,
}
