//! The bucket of a stage, and its distribution.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use http::Method;
use kit::{
    clock::{Clock as _, SystemClock},
    files::s3::presign,
};
use local::server::Stage;
use reqwest::{Client, Response};
use url::Url;

use crate::cloud::Cloud;

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    url: Url,
    region: String,
}

impl Bucket {
    pub(crate) fn of(cloud: &Cloud, stage: Stage) -> Self {
        Self {
            url: cloud.of_stage(stage, "WebBucketUrl").parse().unwrap(),
            region: cloud.region.clone(),
        }
    }

    /// The URL of a file.
    pub(crate) fn at(&self, path: &str) -> Url {
        format!("{}/{path}", self.url).parse().unwrap()
    }

    /// Sends a signed request for a file, and returns the status of the answer.
    pub(crate) async fn send(&self, who: Credentials, method: Method, path: &str) -> u16 {
        let headers = BTreeMap::from([("content-type", "text/html".to_owned())]);
        let who = SharedCredentialsProvider::new(who);
        let now = SystemClock.now();
        let url = presign(
            method.clone(),
            self.at(path),
            &headers,
            &self.region,
            &who,
            now,
        );
        let request = http().request(method.clone(), url.await.unwrap());
        let request = request.header("content-type", "text/html");
        let request = if method == Method::PUT {
            request.body("<!doctype html>")
        } else {
            request
        };
        request.send().await.unwrap().status().as_u16()
    }
}

/// Asks a distribution for a URL. The local cloud tells distributions apart by the header `Host`, and knows by another one
/// that the viewer came by https.
pub(crate) async fn see(cloud: &Cloud, url: &str) -> Response {
    let url: Url = url.parse().unwrap();
    let request = http()
        .get(format!("{}{}", cloud.endpoint, url.path()))
        .header("host", url.host_str().unwrap())
        .header("x-forwarded-proto", url.scheme());
    request.send().await.unwrap()
}

/// A client that follows no redirects.
pub(crate) fn http() -> Client {
    let http = Client::builder().no_proxy();
    let http = http.redirect(reqwest::redirect::Policy::none());
    http.build().unwrap()
}
