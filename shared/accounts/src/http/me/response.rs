//! The response bodies of the signed-in user's operations.

use kit::value::write_moment;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::SignedIn;
use crate::identity::{Email, Profile, Session, Sessions};

/// The profile of the user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ProfileResponse {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    totp_enabled: bool,
    providers: Vec<String>,
    groups: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
}

impl ProfileResponse {
    pub(super) fn new(profile: &Profile, me: &SignedIn) -> Self {
        let text = |email: &Option<Email>| email.as_ref().map(|email| email.as_str().to_owned());
        Self {
            id: me.user.id.as_str().to_owned(),
            email: text(&profile.email),
            email_verified: profile.email_verified,
            pending_email: text(&profile.pending_email),
            name: profile.name.clone(),
            totp_enabled: profile.totp_enabled,
            providers: profile.providers.clone(),
            groups: me.groups.clone(),
            created_at: profile.created_at.map(write_moment),
        }
    }
}

/// The sessions of the user.
#[derive(Serialize)]
pub(in crate::http) struct SessionsResponse {
    complete: bool,
    items: Vec<SessionResponse>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionResponse {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<bool>,
}

impl From<Sessions> for SessionsResponse {
    fn from(sessions: Sessions) -> Self {
        Self {
            complete: sessions.complete,
            items: sessions.items.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Session> for SessionResponse {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            name: session.name,
            created_at: session.created_at.map(write_moment),
            last_used_at: session.last_used_at.map(write_moment),
            user_agent: session.user_agent,
            address: session.address.map(|address| address.to_string()),
            current: session.current,
        }
    }
}

/// The secret for an authenticator app, as text and as a URI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct TotpResponse {
    secret: String,
    otpauth_uri: String,
}

impl TotpResponse {
    pub(super) fn new(secret: &SecretString, uri: String) -> Self {
        Self {
            secret: secret.expose_secret().to_owned(),
            otpauth_uri: uri,
        }
    }
}
