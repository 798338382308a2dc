use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::stub::{Reply, Stub};

use super::{Bucket, Stack, Stage, Target, files, upload};

/// A built app.
fn app() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("assets")).unwrap();
    for name in [
        "sw.js",
        "manifest.webmanifest",
        "index.html",
        "icon-192.png",
        "build-manifest.json",
        "assets/main-BkQ_1.css",
        "assets/main-BkQ_1.js",
        "assets/news-D3.woff2",
    ] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    folder
}

const FOREVER: &str = "public, max-age=31536000, immutable";

/// The files of the app in the order of their upload, with type and cache control.
const EXPECTED: [(&str, &str, &str); 7] = [
    ("assets/main-BkQ_1.css", "text/css", FOREVER),
    ("assets/main-BkQ_1.js", "text/javascript", FOREVER),
    ("assets/news-D3.woff2", "font/woff2", FOREVER),
    ("icon-192.png", "image/png", "no-cache"),
    (
        "manifest.webmanifest",
        "application/manifest+json",
        "no-cache",
    ),
    ("index.html", "text/html", "no-cache"),
    ("sw.js", "text/javascript", "no-cache"),
];

#[test]
fn what_names_a_file_comes_after_it() {
    let folder = app();
    let files = files::of(folder.path()).unwrap();
    let files: Vec<_> = files
        .iter()
        .map(|file| {
            (
                file.path.as_str(),
                file.content_type.as_str(),
                file.cache_control(),
            )
        })
        .collect();
    assert_eq!(files, EXPECTED);
}

#[test]
fn a_folder_without_a_page_is_no_app() {
    let folder = app();
    fs::remove_file(folder.path().join("index.html")).unwrap();
    let error = files::of(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("has no index.html"), "{error}");
    files::of(&folder.path().join("nowhere")).unwrap_err();
}

fn stack(outputs: &[(&str, &str)]) -> Stack {
    let outputs: Vec<Value> = outputs
        .iter()
        .map(|(key, value)| json!({ "OutputKey": key, "OutputValue": value }))
        .collect();
    let arn = "arn:aws:cloudformation:eu-central-1:123456789012:stack/movies/1";
    Stack::of(
        "movies",
        json!({ "Stacks": [{ "StackId": arn, "Outputs": outputs }] }),
    )
    .unwrap()
}

#[test]
fn a_stage_is_published_at_its_own_addresses() {
    let stack = stack(&[
        ("DevelopmentUrl", "https://api.example.com/Development"),
        ("DevelopmentAppUrl", "https://d1.cloudfront.net"),
        ("DevelopmentWebBucketUrl", "https://dev.s3.example.com"),
        ("ProductionUrl", "https://api.example.com/Production"),
        ("ProductionAppUrl", "https://d2.cloudfront.net"),
        ("ProductionWebBucketUrl", "https://prod.s3.example.com"),
    ]);
    let target = Target::of(&stack, Stage::Production).unwrap();
    let expected = Target {
        api_origin: "https://api.example.com".to_owned(),
        bucket: "https://prod.s3.example.com".to_owned(),
        region: "eu-central-1".to_owned(),
        app: "https://d2.cloudfront.net".to_owned(),
    };
    assert_eq!(target, expected);
}

#[test]
fn a_stack_without_hosting_is_told() {
    let stack = stack(&[("ProductionUrl", "https://api.example.com/Production")]);
    let error = Target::of(&stack, Stage::Production).unwrap_err();
    assert!(error.to_string().contains("WebHosting=true"), "{error}");
    let error = Target::of(&stack, Stage::Development).unwrap_err();
    assert!(error.to_string().contains("DevelopmentUrl"), "{error}");
}

fn bucket(url: &str) -> Bucket {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let credentials = SharedCredentialsProvider::new(credentials);
    Bucket::new(url, "eu-central-1".to_owned(), credentials).unwrap()
}

fn reply(status: u16, body: &'static str) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: body.into(),
        delay: Duration::ZERO,
    }
}

#[tokio::test]
async fn files_are_put_below_app_group_by_group() {
    let busy = AtomicBool::new(true);
    let s3 = Stub::start(move |asked| {
        let is_css = asked.path.contains(".css");
        let fails = is_css && busy.swap(false, Ordering::SeqCst);
        reply(if fails { 503 } else { 200 }, "")
    })
    .await;
    let folder = app();
    let files = files::of(folder.path()).unwrap();
    let bucket = bucket(&format!("{}/bucket", s3.url()));
    upload(&bucket, folder.path(), &files).await.unwrap();

    let mut put: Vec<_> = s3
        .asked()
        .iter()
        .map(|asked| {
            let (path, query) = asked.path.split_once('?').unwrap();
            assert!(query.contains("X-Amz-Signature="), "{query}");
            let signed = "X-Amz-SignedHeaders=cache-control%3Bcontent-type%3Bhost";
            assert!(query.contains(signed), "{query}");
            let header = |name: &str| asked.headers[name].to_str().unwrap().to_owned();
            let name = path.strip_prefix("/bucket/app/").unwrap().to_owned();
            assert_eq!(asked.method, "PUT");
            assert_eq!(asked.bytes, name);
            (name, header("content-type"), header("cache-control"))
        })
        .collect();
    // Within a group the order is any, and one was put twice.
    put[..4].sort();
    put[4..6].sort();
    put.dedup();
    let expected =
        EXPECTED.map(|(path, kind, cache)| (path.to_owned(), kind.to_owned(), cache.to_owned()));
    assert_eq!(put, expected);
}

#[tokio::test]
async fn a_refusal_is_told_and_ends_the_upload() {
    let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let s3 = Stub::start(move |_| reply(403, denied)).await;
    let folder = app();
    let files = files::of(folder.path()).unwrap();
    let error = upload(&bucket(s3.url()), folder.path(), &files).await;
    let error = format!("{:#}", error.unwrap_err());
    assert!(error.contains("was not uploaded"), "{error}");
    assert!(error.contains("AccessDenied: Access Denied"), "{error}");
    assert!(!error.contains("Signature"), "{error}");
    let asked = s3.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.path.contains("/app/assets/"))
    );
}
