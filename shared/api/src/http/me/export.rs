//! The response of `exportMyData`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    SignedIn,
    passkeys::PasskeyResponse,
    response::{ProfileResponse, SessionsResponse},
};
use crate::{
    account::Export, http::movies::MovieResponse, page::write_cursor_of, store::item::write_moment,
};

/// All data about a user; the movies a page at a time.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ExportResponse<'a> {
    exported_at: String,
    profile: ProfileResponse,
    attributes: &'a BTreeMap<String, String>,
    sessions: SessionsResponse,
    passkeys: Vec<PasskeyResponse>,
    idempotency_records: Vec<IdempotencyRecordResponse<'a>>,
    movies: ExportedMovies<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IdempotencyRecordResponse<'a> {
    key: &'a str,
    expires_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportedMovies<'a> {
    items: Vec<MovieResponse<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
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
            movies: ExportedMovies {
                items: export.movies.iter().map(MovieResponse::from).collect(),
                next_cursor: export
                    .next
                    .as_ref()
                    .map(|last| write_cursor_of(&me.user.id, last)),
            },
        }
    }
}
