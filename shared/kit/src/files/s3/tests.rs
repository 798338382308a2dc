use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use time::macros::datetime;

use super::*;

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-03-14 12:00 UTC)
    }
}

#[derive(Debug)]
struct NeverAnswers;

impl HttpConnector for NeverAnswers {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(std::future::pending())
    }
}

fn bucket() -> Bucket {
    let credentials = Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        Some("session".into()),
        None,
        "test",
    );
    Bucket {
        url: "https://example-bucket.s3.eu-central-1.amazonaws.com"
            .parse()
            .unwrap(),
        public_url: "https://d111111abcdef8.cloudfront.net".parse().unwrap(),
        region: "eu-central-1".to_owned(),
        credentials: SharedCredentialsProvider::new(credentials),
        connector: SharedHttpConnector::new(NeverAnswers),
        clock: Arc::new(Noon),
    }
}

fn name() -> FileName {
    FileName::parse("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU").unwrap()
}

/// Computed with Python's `hmac`, step by step as "Authenticating Requests: Using Query Parameters" has it.
const SIGNATURE: &str = "b42237d627c737d8dab4333f5c1beb7b8563589fb0450fed5f2b27076c16b7f8";

#[tokio::test]
async fn an_upload_is_signed_with_its_type_and_size() {
    let form = FileForm {
        content_type: "image/jpeg",
        size: 123_456,
    };
    let upload = bucket().permit(&name(), &form).await.unwrap();
    let url = Url::parse(&upload.url).unwrap();
    assert_eq!(
        url.host_str(),
        Some("example-bucket.s3.eu-central-1.amazonaws.com")
    );
    assert_eq!(url.path(), format!("/files/{}", name().as_str()));
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let expected = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        (
            "X-Amz-Credential",
            "AKIDEXAMPLE/20260314/eu-central-1/s3/aws4_request",
        ),
        ("X-Amz-Date", "20260314T120000Z"),
        ("X-Amz-Expires", "900"),
        ("X-Amz-Security-Token", "session"),
        (
            "X-Amz-SignedHeaders",
            "cache-control;content-length;content-type;host",
        ),
        ("X-Amz-Signature", SIGNATURE),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(query, BTreeMap::from(expected));
    assert_eq!(upload.expires_at, datetime!(2026-03-14 12:15 UTC));
    assert_eq!(upload.headers["content-type"], "image/jpeg");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_without_an_answer_ends() {
    let deleted = bucket().delete(&name()).await;
    assert!(matches!(deleted, Err(FilesError::Unavailable(_))));
}

#[test]
fn a_file_is_read_from_the_cdn() {
    let url = bucket().url(&name()).unwrap();
    let expected =
        "https://d111111abcdef8.cloudfront.net/files/47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    assert_eq!(url, expected);
}

#[test]
fn a_name_is_a_hash_in_base64url() {
    for wrong in [
        "",
        "..",
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuF",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
    ] {
        assert_eq!(FileName::parse(wrong), None, "{wrong}");
    }
}
