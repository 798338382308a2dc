//! Files: what belongs to a resource and is too large for a table, such as a picture.
//!
//! A client gets permission for one upload and sends the file to the place that keeps it, so that it does not pass through the
//! service. Everyone who knows a file's URL reads it there.

mod kept;
pub mod s3;

use std::{collections::BTreeMap, fmt::Debug};

use async_trait::async_trait;
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

pub use self::kept::store_of;
use crate::{
    BoxError,
    http::{ApiError, Problem, problems},
    resource::{Key as _, Resource},
    value::serialize_moment,
};

/// The time for which an upload is permitted. Nothing withdraws a permission: a file that was deleted can be uploaded again for as
/// long.
pub const PERMITTED_FOR: Duration = Duration::minutes(15);

/// The `Cache-Control` of a file: whoever has read it may keep it for a day, so a file that was deleted may be seen for as long.
pub const CACHE_CONTROL: &str = "public, max-age=86400";

/// The problem of an upload to a deployment that keeps no files.
pub const NOT_OFFERED: Problem = Problem::new(
    StatusCode::NOT_FOUND,
    "uploads-not-offered",
    "No uploads here",
    "This deployment keeps no files. Whoever runs it can change that with the parameter `WebHosting`.",
);

/// Keeps files. What is uploaded under the name of a file that is there replaces it.
#[async_trait]
pub trait Files: Send + Sync + Debug {
    /// The URL at which everyone can read a file.
    ///
    /// # Errors
    /// [`FilesError::NotOffered`].
    fn url(&self, name: &FileName) -> Result<String, FilesError>;

    /// Permits uploads of one file, for [`PERMITTED_FOR`].
    ///
    /// # Errors
    /// [`FilesError`].
    async fn permit(&self, name: &FileName, form: &FileForm<'_>) -> Result<Upload, FilesError>;

    /// Deletes a file, if it is there.
    ///
    /// # Errors
    /// [`FilesError::Unavailable`].
    async fn delete(&self, name: &FileName) -> Result<(), FilesError>;
}

/// The name of a resource's file: a SHA-256 over the noun and the key, in base64url (RFC 4648, section 5). It does not tell
/// whose the file is, and nobody can guess it who does not know the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// The name of the file of the resource with this key.
    #[must_use]
    pub fn of<R: Resource>(key: &R::Key) -> Self {
        let mut text = String::from(R::MANY);
        let (partition, sort) = key.texts();
        for part in [partition, sort] {
            text.push('\0');
            text.push_str(&part);
        }
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        Self(URL_SAFE_NO_PAD.encode(digest))
    }

    /// Takes a name from a URL; `None` if it has another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == digest::SHA256_OUTPUT_LEN).then(|| Self(text.to_owned()))
    }

    /// The name as text: 43 characters, which need no escaping in a URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The form of the file that a client is going to upload.
#[derive(Debug, Clone, Copy)]
pub struct FileForm<'a> {
    /// Its media type.
    pub content_type: &'a str,
    /// Its size in bytes.
    pub size: u64,
}

/// The permission for an upload: a `PUT` of the file to `url`, with these headers and a body of the size that was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The URL. Whoever has it can upload, so it belongs into no log.
    pub url: String,
    /// The headers to send, by their names in lower case.
    pub headers: BTreeMap<&'static str, String>,
    /// The end of the permission.
    #[serde(serialize_with = "serialize_moment")]
    pub expires_at: OffsetDateTime,
}

impl Upload {
    /// The headers of an upload.
    #[must_use]
    pub fn headers(form: &FileForm<'_>) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("cache-control", CACHE_CONTROL.to_owned()),
            ("content-type", form.content_type.to_owned()),
        ])
    }
}

/// The reason why a file was not permitted or deleted.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// No files are kept.
    #[error("no files are kept")]
    NotOffered,
    /// The place that keeps them did not do what it was asked.
    #[error("the files are unavailable")]
    Unavailable(#[source] BoxError),
}

impl From<FilesError> for ApiError {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::NotOffered => NOT_OFFERED.into(),
            FilesError::Unavailable(_) => ApiError::from(problems::UNAVAILABLE)
                .because(error)
                .passing(),
        }
    }
}

/// Keeps no files.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

#[async_trait]
impl Files for NoFiles {
    fn url(&self, _: &FileName) -> Result<String, FilesError> {
        Err(FilesError::NotOffered)
    }

    async fn permit(&self, _: &FileName, _: &FileForm<'_>) -> Result<Upload, FilesError> {
        Err(FilesError::NotOffered)
    }

    async fn delete(&self, _: &FileName) -> Result<(), FilesError> {
        Ok(())
    }
}
