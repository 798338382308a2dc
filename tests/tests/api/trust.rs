//! The certificate authorities that are trusted for AWS: Amazon's, or those of a file; for an emulator the system's.

use aws_smithy_runtime_api::client::{http::HttpConnector as _, orchestrator::HttpRequest};
use service::aws::{AMAZON_ROOTS, Trust, connector};
use tests::{
    stub::{Canned, Stub},
    tls::Authority,
};

crate::tests![
    a_server_is_trusted_when_its_authority_is,
    a_file_of_certificates_takes_the_place_of_amazons,
    the_five_roots_of_amazon_are_built_in,
];

async fn a_server_is_trusted_when_its_authority_is() {
    let (ours, another) = (Authority::generate(), Authority::generate());
    let server = Stub::start_with_tls(&ours, |_| Canned::ok(serde_json::json!({}))).await;
    for (trust, trusted) in [
        (Trust::File(ours.pem().into()), true),
        (Trust::File(another.pem().into()), false),
        (Trust::Amazon, false),
        (Trust::System, false),
    ] {
        let request = HttpRequest::get(server.url()).unwrap();
        let answer = connector(trust.clone()).call(request).await;
        assert_eq!(answer.is_ok(), trusted, "{trust:?}");
    }
}

async fn a_file_of_certificates_takes_the_place_of_amazons() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let authority = Authority::generate();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let empty = tempfile::NamedTempFile::new().unwrap();
    let path = |file: &tempfile::NamedTempFile| Some(file.path().display().to_string());
    let read = |bundle: Option<String>, stands_in| {
        Trust::read(
            |name| bundle.clone().filter(|_| name == "AWS_CA_BUNDLE"),
            stands_in,
        )
    };
    assert_eq!(read(None, false), Ok(Trust::Amazon));
    assert_eq!(read(Some(String::new()), false), Ok(Trust::Amazon));
    assert_eq!(read(None, true), Ok(Trust::System));
    for stands_in in [false, true] {
        let trust = read(path(&file), stands_in).unwrap();
        assert_eq!(trust, Trust::File(authority.pem().into()));
        for wrong in [path(&empty), Some("/there/is/no/such/file".to_owned())] {
            let error = read(wrong, stands_in).unwrap_err().to_string();
            assert!(error.contains("AWS_CA_BUNDLE"), "{error}");
        }
    }
}

async fn the_five_roots_of_amazon_are_built_in() {
    let text = std::str::from_utf8(AMAZON_ROOTS).unwrap();
    assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 5);
    // The connector reads them all, or panics.
    let _ = connector(Trust::Amazon);
}
