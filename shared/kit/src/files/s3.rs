//! Files in a bucket of Amazon S3. Clients upload by presigned URLs, and read what a CDN in front of the bucket serves.
//!
//! A URL is signed with the headers `Content-Type` and `Content-Length` (Amazon S3 API Reference, "Authenticating Requests:
//! Using Query Parameters"), so S3 refuses a file of another type or size: 403.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, SharedHttpConnector},
    identity::Identity,
    orchestrator::HttpRequest,
};
use aws_smithy_types::body::SdkBody;
use http::Method;
use time::OffsetDateTime;
use tokio::time::timeout;
use url::Url;

use super::{FileForm, FileName, Files, FilesError, PERMITTED_FOR, Upload};
use crate::{BoxError, clock::Clock, deadline};

/// The folder of the bucket, and of the CDN, that has the files.
const FOLDER: &str = "files";

/// The timeout of a deletion, if the request has so much time.
const DELETED_WITHIN: Duration = Duration::from_secs(3);

/// The place of the files, and how to get there.
#[derive(Clone)]
pub struct Bucket {
    /// The URL of the bucket, such as `https://example-bucket.s3.eu-central-1.amazonaws.com`.
    pub url: Url,
    /// The URL of the CDN.
    pub public_url: Url,
    /// The region of the bucket.
    pub region: String,
    /// The credentials of the service. A URL is good for no longer than they are.
    pub credentials: SharedCredentialsProvider,
    /// Sends the requests of the service's own.
    pub connector: SharedHttpConnector,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

impl Bucket {
    /// The URL of a request for a file with these headers, signed until `now` + [`PERMITTED_FOR`].
    async fn presigned(
        &self,
        method: Method,
        name: &FileName,
        headers: &BTreeMap<&str, String>,
        now: OffsetDateTime,
    ) -> Result<Url, BoxError> {
        let url = below(&self.url, name)?;
        presign(method, url, headers, &self.region, &self.credentials, now).await
    }

    async fn send_deletion(&self, name: &FileName) -> Result<(), BoxError> {
        let now = self.clock.now();
        let none = BTreeMap::new();
        let url = self.presigned(Method::DELETE, name, &none, now).await?;
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method(Method::DELETE.as_str())?;
        request.set_uri(url.as_str())?;
        let limit = deadline::at_most(DELETED_WITHIN);
        let response = timeout(limit, self.connector.call(request)).await??;
        // S3 answers 204 for a file that is not there, too.
        let status = response.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("S3 answered a deletion with {}", status.as_u16()).into())
        }
    }
}

#[async_trait]
impl Files for Bucket {
    fn url(&self, name: &FileName) -> Result<String, FilesError> {
        let url = below(&self.public_url, name).map_err(FilesError::Unavailable)?;
        Ok(url.into())
    }

    async fn permit(&self, name: &FileName, form: &FileForm<'_>) -> Result<Upload, FilesError> {
        let now = self.clock.now();
        let headers = Upload::headers(form);
        let mut signed = headers.clone();
        // A client sets it by itself, from the body that it sends.
        signed.insert("content-length", form.size.to_string());
        let url = self.presigned(Method::PUT, name, &signed, now).await;
        Ok(Upload {
            url: url.map_err(FilesError::Unavailable)?.into(),
            headers,
            expires_at: now + PERMITTED_FOR,
        })
    }

    async fn delete(&self, name: &FileName) -> Result<(), FilesError> {
        let deleted = self.send_deletion(name).await;
        deleted.map_err(FilesError::Unavailable)
    }
}

/// Signs a request with these headers into its URL, until `now` + [`PERMITTED_FOR`].
///
/// # Errors
/// There are no credentials, or the request cannot be signed.
pub async fn presign(
    method: Method,
    mut url: Url,
    headers: &BTreeMap<&str, String>,
    region: &str,
    credentials: &SharedCredentialsProvider,
    now: OffsetDateTime,
) -> Result<Url, BoxError> {
    let identity = Identity::from(credentials.provide_credentials().await?);
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(PERMITTED_FOR.try_into()?);
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    // S3 encodes and normalises no path a second time.
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(now.into())
        .settings(settings)
        .build()?
        .into();
    let request = SignableRequest::new(
        method.as_str(),
        url.as_str(),
        headers.iter().map(|(name, value)| (*name, value.as_str())),
        SignableBody::UnsignedPayload,
    )?;
    let (signed, _) = sign(request, &parameters)?.into_parts();
    url.query_pairs_mut().extend_pairs(signed.params());
    Ok(url)
}

/// The URL of a file below that of a bucket or a CDN. Emulators have a bucket at a path of their own.
fn below(base: &Url, name: &FileName) -> Result<Url, BoxError> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| "the URL of the files has no path")?
        .pop_if_empty()
        .extend([FOLDER, name.as_str()]);
    Ok(url)
}

#[cfg(test)]
mod tests;
