//! Files in a folder of this machine, and the signed URLs by which clients upload them, in place of a bucket of S3.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    sync::Arc,
};

use async_trait::async_trait;
use aws_lc_rs::{hmac, rand::SystemRandom};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    clock::Clock,
    files::{FileForm, FileName, Files, FilesError, PERMITTED_FOR, Upload},
};
use tempfile::{NamedTempFile, TempDir};

/// Files in a folder.
#[derive(Debug)]
pub struct LocalFiles {
    /// The URL of the folder, without a slash at the end.
    url: String,
    folder: PathBuf,
    /// Removes the folder when the server ends.
    _temporary: Option<TempDir>,
    /// Signs URLs. A restart makes another, so permissions end with the server.
    key: hmac::Key,
    clock: Arc<dyn Clock>,
}

/// The permission in the URL of an upload.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Permission {
    /// The end of it, in seconds since 1970.
    expires: i64,
    /// The media type that the file must have.
    #[serde(rename = "type")]
    content_type: String,
    /// The size that it must have.
    size: u64,
    signature: String,
}

/// Why an upload was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// The URL was changed, or signed by another server.
    #[error("The URL is not as it was given.")]
    Signature,
    /// The time is over.
    #[error("The permission has expired: ask for another.")]
    Expired,
    /// Another header `Content-Type`.
    #[error("`Content-Type` must be as it was told.")]
    ContentType,
    /// Another size.
    #[error("The file must have as many bytes as was told.")]
    Size,
}

impl LocalFiles {
    /// The files in a folder, whose URL is `url`. The folder is created if it is missing.
    ///
    /// # Errors
    /// The I/O error.
    pub fn in_folder(folder: PathBuf, url: String, clock: Arc<dyn Clock>) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Self::new(folder, None, url, clock)
    }

    /// Files that are deleted when this value is dropped.
    ///
    /// # Errors
    /// The I/O error.
    pub fn temporary(url: String, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        Self::new(folder.path().to_owned(), Some(folder), url, clock)
    }

    fn new(
        folder: PathBuf,
        temporary: Option<TempDir>,
        url: String,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        Ok(Self {
            url,
            folder,
            _temporary: temporary,
            key: key.map_err(io::Error::other)?,
            clock,
        })
    }

    fn path(&self, name: &FileName) -> PathBuf {
        self.folder.join(name.as_str())
    }

    /// Checks an upload against its permission.
    pub(crate) fn check(
        &self,
        name: &FileName,
        permission: &Permission,
        sent: &FileForm<'_>,
    ) -> Result<(), Refused> {
        let told = FileForm {
            content_type: &permission.content_type,
            size: permission.size,
        };
        let signature = URL_SAFE_NO_PAD.decode(&permission.signature);
        let signed = signed_text(name, &told, permission.expires);
        hmac::verify(&self.key, signed.as_bytes(), &signature.unwrap_or_default())
            .map_err(|_| Refused::Signature)?;
        if permission.expires <= self.clock.now().unix_timestamp() {
            return Err(Refused::Expired);
        }
        if sent.content_type != told.content_type {
            return Err(Refused::ContentType);
        }
        if sent.size != told.size {
            return Err(Refused::Size);
        }
        Ok(())
    }

    /// Writes a file. Who reads at the same time sees the file of before.
    pub(crate) fn write(&self, name: &FileName, content: &[u8]) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(self.path(name))?;
        Ok(())
    }

    /// Reads a file; `None` if it is not there.
    pub(crate) fn read(&self, name: &FileName) -> io::Result<Option<Vec<u8>>> {
        found(std::fs::read(self.path(name)))
    }
}

fn signed_text(name: &FileName, form: &FileForm<'_>, expires: i64) -> String {
    let name = name.as_str();
    format!("{name}\n{}\n{}\n{expires}", form.content_type, form.size)
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl Files for LocalFiles {
    fn url(&self, name: &FileName) -> Result<String, FilesError> {
        Ok(format!("{}/{}", self.url, name.as_str()))
    }

    async fn permit(&self, name: &FileName, form: &FileForm<'_>) -> Result<Upload, FilesError> {
        let expires_at = self.clock.now() + PERMITTED_FOR;
        let expires = expires_at.unix_timestamp();
        let signature = hmac::sign(&self.key, signed_text(name, form, expires).as_bytes());
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("expires", &expires.to_string())
            .append_pair("type", form.content_type)
            .append_pair("size", &form.size.to_string())
            .append_pair("signature", &URL_SAFE_NO_PAD.encode(signature))
            .finish();
        Ok(Upload {
            url: format!("{}?{query}", self.url(name)?),
            headers: Upload::headers(form),
            expires_at,
        })
    }

    async fn delete(&self, name: &FileName) -> Result<(), FilesError> {
        let removed = found(std::fs::remove_file(self.path(name)));
        removed
            .map(drop)
            .map_err(|error| FilesError::Unavailable(error.into()))
    }
}
