//! The response of `exportMyData`.

use std::collections::BTreeMap;

use kit::{
    belongings::Exported,
    value::{RawValue, write_moment},
};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::{
    SignedIn,
    passkeys::PasskeyResponse,
    response::{ProfileResponse, SessionsResponse},
};
use crate::account::Export;

/// All data about a user; the belongings a page at a time.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ExportResponse<'a> {
    exported_at: String,
    profile: ProfileResponse,
    attributes: &'a BTreeMap<String, String>,
    sessions: SessionsResponse,
    passkeys: Vec<PasskeyResponse>,
    idempotency_records: Vec<IdempotencyRecordResponse<'a>>,
    #[serde(flatten)]
    belongings: BelongingsResponse<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IdempotencyRecordResponse<'a> {
    key: &'a str,
    expires_at: String,
}

/// The belongings: a page of each type, by the word for them.
struct BelongingsResponse<'a>(&'a [(&'static str, Exported)]);

impl Serialize for BelongingsResponse<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut pages = to.serialize_map(Some(self.0.len()))?;
        for (name, page) in self.0 {
            pages.serialize_entry(name, &PageResponse::from(page))?;
        }
        pages.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageResponse<'a> {
    items: &'a [Box<RawValue>],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<&'a str>,
}

impl<'a> From<&'a Exported> for PageResponse<'a> {
    fn from(page: &'a Exported) -> Self {
        Self {
            items: &page.items,
            next_cursor: page.next_cursor.as_deref(),
        }
    }
}

impl<'a> ExportResponse<'a> {
    pub(super) fn new(export: &'a Export, me: &SignedIn) -> Self {
        Self {
            exported_at: write_moment(export.at),
            profile: ProfileResponse::new(&export.profile, me),
            attributes: &export.profile.attributes,
            sessions: export.sessions.clone().into(),
            passkeys: export.passkeys.iter().cloned().map(Into::into).collect(),
            idempotency_records: export
                .remembered
                .iter()
                .map(|record| IdempotencyRecordResponse {
                    key: record.key.as_str(),
                    expires_at: write_moment(record.expires_at),
                })
                .collect(),
            belongings: BelongingsResponse(&export.belongings),
        }
    }
}
