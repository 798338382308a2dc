//! The response bodies of the signed-in user's operations.

use std::collections::BTreeMap;

use kit::user::UserId;
use serde::Serialize;

use super::SignedIn;
use crate::{account::Export, identity::Profile};

#[derive(Serialize)]
pub(in crate::http) struct ProfileResponse<'a> {
    id: &'a UserId,
    #[serde(flatten)]
    profile: &'a Profile,
    groups: &'a [String],
}

impl<'a> ProfileResponse<'a> {
    pub(super) fn new(profile: &'a Profile, me: &'a SignedIn) -> Self {
        Self {
            id: &me.user.id,
            profile,
            groups: &me.groups,
        }
    }
}

/// All data about a user; the belongings a page at a time.
#[derive(Serialize)]
pub(in crate::http) struct ExportResponse<'a> {
    #[serde(flatten)]
    pub(super) export: &'a Export,
    pub(super) profile: ProfileResponse<'a>,
    pub(super) attributes: &'a BTreeMap<String, String>,
}

/// The secret for an authenticator app, as text and as a URI.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct TotpResponse {
    pub(super) secret: String,
    pub(super) otpauth_uri: String,
}
