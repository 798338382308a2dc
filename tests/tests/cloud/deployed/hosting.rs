//! The bucket and the distribution of a stage.

use http::Method;
use local::server::Stage;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    bucket::{Bucket, http, see},
    cloud::Cloud,
    role::{owner, session},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and more";

fn other(stage: Stage) -> Stage {
    match stage {
        Stage::Development => Stage::Production,
        Stage::Production => Stage::Development,
    }
}

/// Uploads as clients do, with this body; returns the status of the answer.
async fn upload(permission: &Value, file: &'static [u8]) -> u16 {
    let mut request = http().put(permission["url"].as_str().unwrap());
    for (name, value) in permission["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    let answer = request.body(file).send().await.unwrap();
    answer.status().as_u16()
}

pub(crate) async fn a_picture_is_uploaded_seen_and_deleted(cloud: Cloud, stage: Stage) {
    let ada = cloud.person(stage).await.api;
    let form = json!({ "contentType": "image/png", "size": PNG.len() });
    let picture = ada.put("/me/pictures/p-1", &form).send().await.is(201);
    let picture = picture.json();
    let url = picture["url"].as_str().unwrap();
    assert!(url.starts_with(cloud.of_stage(stage, "AppUrl")), "{url}");
    assert_eq!(see(&cloud, url).await.status(), 403, "it is not there yet");

    // A page of any origin may upload.
    let preflight = http()
        .request(Method::OPTIONS, picture["upload"]["url"].as_str().unwrap())
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "PUT")
        .header(
            "access-control-request-headers",
            "cache-control,content-type",
        );
    let allowed = preflight.send().await.unwrap();
    assert_eq!(allowed.status(), 200);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "*");

    // Another size, another type and another file are not permitted.
    assert_eq!(
        upload(&picture["upload"], b"longer than it was told").await,
        403
    );
    let mut other_type = picture["upload"].clone();
    other_type["headers"]["content-type"] = json!("text/html");
    assert_eq!(upload(&other_type, PNG).await, 403);
    let mut other_file = picture["upload"].clone();
    let permitted = other_file["url"].as_str().unwrap();
    other_file["url"] = json!(permitted.replace("/files/", "/app/"));
    assert_eq!(upload(&other_file, PNG).await, 403);

    assert_eq!(upload(&picture["upload"], PNG).await, 200);
    let seen = see(&cloud, url).await;
    assert_eq!(seen.status(), 200);
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "public, max-age=86400"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(seen.headers()[name], value, "{name}");
    }
    assert_eq!(seen.bytes().await.unwrap(), PNG);

    ada.delete_at("/me/pictures/p-1").send().await.is(204);
    assert_eq!(see(&cloud, url).await.status(), 403, "it is gone");
}

pub(crate) async fn a_bucket_is_read_through_its_distribution_alone(cloud: Cloud, stage: Stage) {
    let bucket = Bucket::of(&cloud, stage);
    let path = &*format!("files/{}", Uuid::new_v4());
    assert_eq!(bucket.send(owner(), Method::PUT, path).await, 200);
    let app = cloud.of_stage(stage, "AppUrl");
    assert_eq!(see(&cloud, &format!("{app}/{path}")).await.status(), 200);
    let plain = format!("{app}/{path}").replace("https:", "http:");
    assert_eq!(see(&cloud, &plain).await.status(), 301);
    let elsewhere = cloud.of_stage(other(stage), "AppUrl");
    let elsewhere = see(&cloud, &format!("{elsewhere}/{path}")).await;
    assert_eq!(elsewhere.status(), 403);
    for path in [path, "files/", ""] {
        let direct = http().get(bucket.at(path)).send().await.unwrap();
        assert_eq!(direct.status(), 403, "{path}");
    }
}

pub(crate) async fn the_app_is_served_with_its_policy(cloud: Cloud, stage: Stage) {
    let bucket = Bucket::of(&cloud, stage);
    let put = bucket.send(owner(), Method::PUT, "app/index.html").await;
    assert_eq!(put, 200);
    let page = see(&cloud, cloud.of_stage(stage, "AppUrl")).await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    // The outputs have the addresses that API and bucket would have on AWS, but for the bucket's here.
    let api = cloud.of_stage(stage, "Url");
    let api = api.strip_suffix(&format!("/{stage:?}")).unwrap();
    let name = cloud.of_stage(stage, "WebBucketName");
    let bucket = format!("https://{name}.s3.{}.amazonaws.com", cloud.region);
    let reached = format!("; connect-src 'self' {api} {bucket}; ");
    assert!(policy.contains(&reached), "{policy}");
    assert!(policy.ends_with("; frame-ancestors 'none'"), "{policy}");
    assert_eq!(
        page.headers()["strict-transport-security"],
        "max-age=31536000"
    );
}

pub(crate) async fn the_function_writes_files_of_its_stage_alone(cloud: Cloud) {
    // The session of the role begins with the first request.
    cloud.served_by(Stage::Development).await;
    let own = Bucket::of(&cloud, Stage::Development);
    let production = Bucket::of(&cloud, Stage::Production);
    let function = || session(&cloud);
    let file = "files/of-the-function.html";
    assert_eq!(own.send(function(), Method::PUT, file).await, 200);
    for (bucket, method, path) in [
        (&own, Method::GET, file),
        (&own, Method::GET, ""),
        (&own, Method::PUT, "app/index.html"),
        (&own, Method::DELETE, "app/index.html"),
        (&production, Method::PUT, file),
        (&production, Method::DELETE, file),
    ] {
        let status = bucket.send(function(), method.clone(), path).await;
        assert_eq!(status, 403, "{method} {bucket:?} {path}");
    }
    assert_eq!(own.send(function(), Method::DELETE, file).await, 204);
}
