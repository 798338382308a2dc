//! Movies, in the stage's own table.

use local::server::Stage;
use serde_json::json;

use crate::cloud::{Cloud, title};

pub(crate) async fn a_movie_is_added_found_listed_changed_and_deleted(cloud: Cloud, stage: Stage) {
    let (ada, title) = (cloud.person(stage).await.api, title());
    let movie = json!({ "title": title, "year": 1979, "rating": 8.5 });
    let added = ada.add(&movie).send().await.is(201);
    ada.add(&movie).send().await.problem(409, "movie-exists");
    let found = ada.find(&title, 1979).send().await.is(200);
    assert_eq!(found.json(), added.json());
    let cached = ada.find_cached(&title, 1979);
    let tag = cached.clone().send().await.is(200).etag();
    let unchanged = cached.header("if-none-match", tag).send().await;
    unchanged.is(304);
    let listed = ada.titles("year=1979&limit=2").await;
    assert!(listed.contains(&title), "{listed:?}");

    cloud.until_found(&ada, &title).await;
    let best = ada.titles("sort=-rating&limit=2").await;
    assert!(best.contains(&title), "{best:?}");

    let change = json!({ "title": title, "year": 1979, "rating": 9 });
    let update = ada.update(&change).header("if-match", added.etag());
    let updated = update.clone().send().await.is(200);
    assert_eq!(updated.json()["rating"], 9.0);
    update.send().await.problem(412, "version-mismatch");
    // Another user may not delete it.
    let bob = cloud.person(stage).await.api;
    bob.delete(&title, 1979)
        .send()
        .await
        .problem(403, "forbidden");

    ada.delete(&title, 1979).send().await.is(204);
    ada.find(&title, 1979)
        .send()
        .await
        .problem(404, "movie-not-found");
}

pub(crate) async fn a_repeated_request_is_answered_as_before(cloud: Cloud, stage: Stage) {
    let (ada, title) = (cloud.person(stage).await.api, title());
    let add = ada
        .add(&json!({ "title": title, "year": 1979 }))
        .key("once");
    let first = add.clone().send().await.is(201);
    assert!(!first.is_replay());
    let again = add.send().await.is(201);
    assert!(again.is_replay());
    assert_eq!(again.body, first.body);
    let other = ada
        .add(&json!({ "title": title, "year": 1980 }))
        .key("once");
    other.send().await.problem(422, "idempotency-key-reused");
}

pub(crate) async fn every_fault_of_a_request_is_named(cloud: Cloud, stage: Stage) {
    let ada = cloud.person(stage).await.api;
    let body = json!({ "title": "", "year": "soon", "rating": 11 });
    let answer = ada.add(&body).send().await.problem(400, "invalid-request");
    let problem = answer.json();
    let faults = problem["errors"].as_array().unwrap().iter();
    let fields: Vec<_> = faults.map(|fault| &fault["field"]).collect();
    for field in ["title", "year", "rating"] {
        assert!(fields.contains(&&json!(field)), "{answer}");
    }
}
