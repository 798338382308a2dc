//! Pictures: private to their user, with files that everyone sees.

use bytes::Bytes;
use http::Method;
use http_body_util::StreamBody;
use hyper::body::Frame;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tests::{
    api::{Api, Request},
    issuer::Issuer,
    person::Person,
    server::TestServer,
    service::Service,
};

crate::tests![
    a_picture_is_put_uploaded_seen_and_deleted,
    a_file_is_as_it_was_told,
    an_upload_ends_in_time,
    what_is_not_valid_is_named,
    nobody_else_reads_or_writes,
    versions_and_keys_hold,
    an_account_takes_its_pictures_along,
    a_deployment_may_keep_no_files,
];

/// A picture of one pixel.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
    \0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

fn png() -> Value {
    json!({ "contentType": "image/png", "size": PNG.len() })
}

fn put(api: &Api, id: &str, body: &Value) -> Request {
    api.put(&format!("/me/pictures/{id}"), body)
}

fn find(api: &Api, id: &str) -> Request {
    api.get(&format!("/me/pictures/{id}"))
}

fn delete(api: &Api, id: &str) -> Request {
    api.delete_at(&format!("/me/pictures/{id}"))
}

/// Uploads to this URL, as clients do.
async fn upload(url: &str, content_type: &str, file: &'static [u8]) -> Response {
    let request = Client::new().put(url);
    let request = request.header("content-type", content_type).body(file);
    request.send().await.unwrap()
}

async fn see(picture: &Value) -> Response {
    let request = Client::new().get(picture["url"].as_str().unwrap());
    request.send().await.unwrap()
}

async fn uploaded(api: &Api, id: &str) -> Value {
    let picture = put(api, id, &png()).send().await.is(201).json();
    let url = picture["upload"]["url"].as_str().unwrap();
    assert_eq!(upload(url, "image/png", PNG).await.status(), 200);
    picture
}

async fn a_picture_is_put_uploaded_seen_and_deleted() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let added = put(&ada, "p-1", &png()).send().await.is(201);
    let mut body = added.json();
    let permission = body.as_object_mut().unwrap().remove("upload").unwrap();
    let expected = json!({
        "pictureId": "p-1", "contentType": "image/png", "size": PNG.len(), "url": body["url"], "etag": added.etag(),
        "version": 1, "createdAt": body["createdAt"], "updatedAt": body["updatedAt"],
    });
    assert_eq!(body, expected);
    assert_eq!(permission["headers"]["content-type"], "image/png");
    assert_eq!(find(&ada, "p-1").send().await.is(200).json(), body);
    let list = ada.get("/me/pictures").send().await.is(200).json();
    assert_eq!(list, json!({ "items": [body], "count": 1 }));

    assert_eq!(see(&body).await.status(), 404);
    let mut request = Client::new().put(permission["url"].as_str().unwrap());
    for (name, value) in permission["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    assert_eq!(request.body(PNG).send().await.unwrap().status(), 200);
    let seen = see(&body).await;
    assert_eq!(seen.headers()["content-type"], "image/png");
    assert_eq!(seen.headers()["x-content-type-options"], "nosniff");
    assert_eq!(
        seen.headers()["content-security-policy"],
        "default-src 'none'; sandbox"
    );
    assert_eq!(seen.bytes().await.unwrap(), PNG);

    // A movie has its URL.
    let movie = json!({ "title": "Rush", "year": 2013, "imageUrl": body["url"] });
    assert_eq!(
        ada.add(&movie).send().await.is(201).json()["imageUrl"],
        body["url"]
    );

    // Another upload of the same, and then another picture under the id.
    let again = put(&ada, "p-1", &png()).send().await.is(200).json();
    assert_eq!(
        (&again["version"], &again["url"]),
        (&json!(2), &body["url"])
    );
    let jpeg = json!({ "contentType": "image/jpeg", "size": 3 });
    let other = put(&ada, "p-1", &jpeg).send().await.is(200).json();
    assert_eq!(other["url"], body["url"]);
    let url = other["upload"]["url"].as_str().unwrap();
    assert_eq!(
        upload(url, "image/jpeg", b"\xff\xd8\xff").await.status(),
        200
    );
    assert_eq!(see(&body).await.headers()["content-type"], "image/jpeg");

    delete(&ada, "p-1").send().await.is(204);
    assert_eq!(see(&body).await.status(), 404);
    find(&ada, "p-1")
        .send()
        .await
        .problem(404, "picture-not-found");
    delete(&ada, "p-1")
        .send()
        .await
        .problem(404, "picture-not-found");
}

async fn a_file_is_as_it_was_told() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let picture = put(&ada, "p", &png()).send().await.is(201).json();
    let url = picture["upload"]["url"].as_str().unwrap();
    let other = put(&ada, "q", &png()).send().await.is(201).json();
    let name = |picture: &Value| {
        let url = picture["url"].as_str().unwrap();
        url.rsplit('/').next().unwrap().to_owned()
    };
    let elsewhere = url.replace(&name(&picture), &name(&other));
    let larger = url.replace(&format!("size={}", PNG.len()), "size=3");
    let later = url.replace("expires=", "expires=9");
    let unsigned = url.split('?').next().unwrap();
    for (url, content_type, file) in [
        (url, "image/jpeg", PNG),
        (url, "image/png; charset=utf-8", PNG),
        (url, "image/png", &PNG[1..]),
        (&larger, "image/png", &PNG[..3]),
        (&elsewhere, "image/png", PNG),
        (&later, "image/png", PNG),
        (unsigned, "image/png", PNG),
        (&format!("{unsigned}?x"), "image/png", PNG),
    ] {
        let refused = upload(url, content_type, file).await;
        assert_eq!(refused.status(), 403, "{url} {content_type}");
    }
    // The size has to be told.
    let unsized_body = reqwest::Body::wrap(StreamBody::new(futures_util::stream::iter([Ok::<
        _,
        std::io::Error,
    >(
        Frame::data(Bytes::from_static(PNG)),
    )])));
    let request = Client::new().put(url).header("content-type", "image/png");
    let refused = request.body(unsized_body).send().await;
    assert_eq!(refused.unwrap().status(), 411);
    let refused = Client::new().request(Method::POST, url).send().await;
    assert_eq!(refused.unwrap().status(), 405);
    assert_eq!(see(&picture).await.status(), 404);
    assert_eq!(see(&other).await.status(), 404);
    for nothing in ["..%2F..%2Fmovies.redb", "x", &"A".repeat(44)] {
        let url = format!("{}/{nothing}", unsigned.rsplit_once('/').unwrap().0);
        assert_eq!(see(&json!({ "url": url })).await.status(), 404, "{url}");
    }
}

async fn an_upload_ends_in_time() {
    let (server, clock) = TestServer::start_with_a_clock_to_set().await;
    let ada = server.user("ada");
    let picture = put(&ada, "p", &png()).send().await.is(201).json();
    let url = picture["upload"]["url"].as_str().unwrap();
    clock.advance(time::Duration::minutes(15));
    assert_eq!(upload(url, "image/png", PNG).await.status(), 403);
    clock.advance(-time::Duration::seconds(1));
    assert_eq!(upload(url, "image/png", PNG).await.status(), 200);
}

async fn what_is_not_valid_is_named() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let blames = async |body: Value, faults: &[(&str, &str)]| {
        put(&ada, "p", &body).send().await.blames(faults);
    };
    let none = [("contentType", "required"), ("size", "required")];
    blames(json!({}), &none).await;
    for content_type in ["image/svg+xml", "image/gif", "text/html", "IMAGE/PNG", ""] {
        let body = json!({ "contentType": content_type, "size": 1 });
        blames(body, &[("contentType", "invalid_value")]).await;
    }
    for size in [0, 5_242_881, -1] {
        let body = json!({ "contentType": "image/png", "size": size });
        blames(body, &[("size", "out_of_range")]).await;
    }
    let with_url = json!({ "contentType": "image/png", "size": 1, "url": "https://example.com/" });
    blames(with_url, &[("url", "unknown_member")]).await;
    let faults = [("pictureId", "invalid_value")];
    put(&ada, "a.b", &png()).send().await.blames(&faults);
    let largest = json!({ "contentType": "image/webp", "size": 5_242_880 });
    put(&ada, "p", &largest).send().await.is(201);
}

async fn nobody_else_reads_or_writes() {
    let server = TestServer::start().await;
    let picture = uploaded(&server.user("ada"), "p").await;
    for other in [server.user("eve"), server.editor()] {
        for refused in [find(&other, "p"), delete(&other, "p")] {
            refused.send().await.problem(404, "picture-not-found");
        }
        let list = other.get("/me/pictures").send().await.is(200).json();
        assert_eq!(list["count"], 0);
        // The same id is another picture.
        let own = put(&other, "p", &png()).send().await.is(201).json();
        assert_ne!(own["url"], picture["url"]);
        delete(&other, "p").send().await.is(204);
    }
    assert_eq!(see(&picture).await.status(), 200);
}

async fn versions_and_keys_hold() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let added = put(&ada, "a", &png()).key("1").send().await.is(201);
    let again = put(&ada, "a", &png()).key("1").send().await.is(201);
    assert!(again.is_replay());
    assert_eq!(again.json()["version"], added.json()["version"]);
    let url = again.json()["upload"]["url"].as_str().unwrap().to_owned();
    assert_eq!(upload(&url, "image/png", PNG).await.status(), 200);
    let reused = put(&ada, "b", &png()).key("1").send().await;
    reused.problem(422, "idempotency-key-reused");

    let tag = added.etag();
    let same = find(&ada, "a").header("if-none-match", &tag);
    same.send().await.is(304);
    put(&ada, "a", &png())
        .header("if-match", &tag)
        .send()
        .await
        .is(200);
    for stale in [put(&ada, "a", &png()), delete(&ada, "a")] {
        let answer = stale.header("if-match", &tag).send().await;
        answer.problem(412, "version-mismatch");
    }
    let reused = delete(&ada, "a").key("1").send().await;
    reused.problem(422, "idempotency-key-reused");
    // A deletion that was refused left the file.
    assert_eq!(see(&added.json()).await.status(), 200);
    for replay in [false, true] {
        let deleted = delete(&ada, "a").key("2").send().await.is(204);
        assert_eq!(deleted.is_replay(), replay);
        assert_eq!(see(&added.json()).await.status(), 404);
    }
    // The deletion of before says nothing of a picture that was added since.
    let added = uploaded(&ada, "a").await;
    assert!(delete(&ada, "a").key("2").send().await.is_replay());
    assert_eq!(see(&added).await.status(), 200);
    let absent = put(&ada, "b", &png()).header("if-match", "*").send().await;
    absent.problem(404, "picture-not-found");
}

async fn an_account_takes_its_pictures_along() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await.api;
    let picture = uploaded(&ada, "p").await;
    let export = ada.get("/me/export").send().await.is(200).json();
    let found = find(&ada, "p").send().await.is(200).json();
    assert_eq!(export["pictures"]["items"], json!([found]));
    ada.delete_at("/me?movies=delete").send().await.is(204);
    assert_eq!(see(&picture).await.status(), 404);
}

async fn a_deployment_may_keep_no_files() {
    let issuer = Issuer::start().await;
    let ada = Service::without_hosted_sign_in(&issuer).api();
    let refused = put(&ada, "p", &png()).send().await;
    refused.problem(404, "uploads-not-offered");
    let list = ada.get("/me/pictures").send().await.is(200).json();
    assert_eq!(list["count"], 0);
}
