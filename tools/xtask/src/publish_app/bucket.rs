//! The bucket of a stage, below `app/`.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, anyhow};
use aws_credential_types::provider::SharedCredentialsProvider;
use backon::Retryable as _;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::Method;
use kit::{
    clock::{Clock as _, SystemClock},
    files::s3::presign,
};
use url::Url;

use super::files::File;
use crate::client::{self, Address, pauses};

/// The folder of the bucket that has the app.
const FOLDER: &str = "app";

/// The number of files that are uploaded at the same time.
const JOBS: usize = 8;

/// A bucket that is written.
#[derive(Debug)]
pub(super) struct Bucket {
    url: Url,
    region: String,
    credentials: SharedCredentialsProvider,
    http: reqwest::Client,
}

/// The reason why a file was not uploaded.
#[derive(Debug, thiserror::Error)]
enum PutError {
    #[error("the bucket cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("{0}")]
    Busy(String),
    #[error("{0}")]
    Other(String),
}

impl Bucket {
    /// The bucket at a URL.
    pub(super) fn new(
        url: &str,
        region: String,
        credentials: SharedCredentialsProvider,
    ) -> anyhow::Result<Self> {
        let address: Address = url
            .parse()
            .with_context(|| format!("the bucket is {url}"))?;
        Ok(Self {
            url: Url::parse(url)?,
            region,
            credentials,
            http: client::http(&address)?,
        })
    }

    /// Uploads files in any order. `uploaded` is called after each.
    pub(super) async fn put_all(
        &self,
        folder: &Path,
        files: &[File],
        uploaded: impl Fn(&File),
    ) -> anyhow::Result<()> {
        stream::iter(files)
            .map(Ok)
            .try_for_each_concurrent(JOBS, async |file| {
                let content = std::fs::read(folder.join(&file.path))
                    .with_context(|| format!("{} cannot be read", file.path))?;
                let content = Bytes::from(content);
                (|| self.put(file, content.clone()))
                    .retry(pauses())
                    .sleep(tokio::time::sleep)
                    .when(|error| !matches!(error, PutError::Other(_)))
                    .await
                    .with_context(|| format!("{} was not uploaded", file.path))?;
                uploaded(file);
                anyhow::Ok(())
            })
            .await
    }

    async fn put(&self, file: &File, content: Bytes) -> Result<(), PutError> {
        let headers = BTreeMap::from([
            ("cache-control", file.cache_control().to_owned()),
            ("content-type", file.content_type.clone()),
        ]);
        let url = self.signed(file, &headers).await;
        let url = url.map_err(|error| PutError::Other(format!("{error:#}")))?;
        let mut request = self.http.put(url).body(content);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        // The URL is a permission, so that no error may show it.
        let unreachable = |error: reqwest::Error| PutError::Unreachable(error.without_url());
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let body = response.text().await.map_err(unreachable)?;
        let told = format!("S3 answered {status}: {}", reason(&body));
        if status.is_server_error() {
            Err(PutError::Busy(told))
        } else {
            Err(PutError::Other(told))
        }
    }

    async fn signed(&self, file: &File, headers: &BTreeMap<&str, String>) -> anyhow::Result<Url> {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow!("the URL of the bucket has no path"))?
            .pop_if_empty()
            .push(FOLDER)
            .extend(file.path.split('/'));
        let (region, now) = (&self.region, SystemClock.now());
        presign(Method::PUT, url, headers, region, &self.credentials, now)
            .await
            .map_err(|error| anyhow!(error).context("the upload cannot be signed"))
    }
}

/// Code and message of an answer of S3, which is XML ("Error responses", Amazon S3 API Reference).
fn reason(body: &str) -> String {
    let text = |tag: &str| {
        let (_, rest) = body.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0)
    };
    let parts = [text("Code"), text("Message")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
}
