//! The profile and the sessions of a user.

use std::{collections::BTreeMap, net::IpAddr};

use kit::value::serialize_moment;
use serde::Serialize;
use time::OffsetDateTime;

use super::Email;

/// The profile of a user.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The address; a user of a federated provider may have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// True if the address was verified.
    pub email_verified: bool,
    /// The new address of the account until it is verified, if the provider gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_email: Option<Email>,
    /// The name of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// True if a sign-in requires a code of an authenticator app.
    pub totp_enabled: bool,
    /// The federated providers that the user signs in with.
    pub providers: Vec<String>,
    /// The time at which the account was created, if the provider gives it.
    #[serde(
        serialize_with = "serialize_moment",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<OffsetDateTime>,
    /// All attributes that the provider holds, by name. Only an export has them.
    #[serde(skip)]
    pub attributes: BTreeMap<String, String>,
}

/// The sessions of a user.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sessions {
    /// True if the list is complete. Cognito knows only devices, and only in a pool that tracks them.
    pub complete: bool,
    /// The sessions, the latest first.
    pub items: Vec<Session>,
}

/// A session of a user.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id at the provider.
    pub id: String,
    /// The name of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The time of the sign-in.
    #[serde(
        serialize_with = "serialize_moment",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<OffsetDateTime>,
    /// The time at which it last got tokens.
    #[serde(
        serialize_with = "serialize_moment",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_used_at: Option<OffsetDateTime>,
    /// The `User-Agent` of the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The IP address of the sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// True if it is the session of this request; `None` if the provider does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<bool>,
}
