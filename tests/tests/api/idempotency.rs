//! `Idempotency-Key`: the first answer again, and nothing written twice.

use serde_json::{Value, json};
use tests::{api::Api, server::TestServer};

crate::tests![
    add_again_with_the_same_key_is_the_first_answer,
    update_again_with_the_same_key_is_the_first_answer,
    delete_again_with_the_same_key_is_the_first_answer,
    another_body_with_the_same_key_is_422,
    another_precondition_with_the_same_key_is_422,
    another_operation_with_the_same_key_is_422,
    the_same_request_in_other_words_is_a_replay,
    a_key_belongs_to_its_caller,
    a_refusal_is_the_answer_to_its_key,
    a_refused_put_is_the_answer_to_its_key,
    another_failure_leaves_no_record,
    a_replay_outlives_the_movie,
    a_key_that_is_no_key_is_400,
    of_twenty_identical_requests_one_is_carried_out,
];

fn movie() -> Value {
    json!({ "title": "Alien", "year": 1979, "rank": 1 })
}

async fn version(api: &Api) -> Value {
    let found = api.find("Alien", 1979).send().await.is(200);
    found.json()["version"].clone()
}

async fn add_again_with_the_same_key_is_the_first_answer() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let first = ada.add(&movie()).key("k").send().await.is(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    for _ in 0..2 {
        let again = ada.add(&movie()).key("k").send().await.is(201);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.json(), first.json());
        assert_eq!(again.etag(), first.etag());
    }
    ada.add(&movie())
        .key("k2")
        .send()
        .await
        .problem(409, "movie-exists");
    ada.add(&movie()).send().await.problem(409, "movie-exists");
}

async fn update_again_with_the_same_key_is_the_first_answer() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let added = ada.add(&movie()).send().await.is(201);
    let change = json!({ "title": "Alien", "year": 1979, "rank": 2 });
    let request = ada
        .update(&change)
        .key("k")
        .header("if-match", added.etag());
    let first = request.clone().send().await.is(200);
    assert!(!first.is_replay());
    // By now the tag is stale, and another user wrote as well: the answer is the same.
    let other = json!({ "title": "Alien", "year": 1979, "rank": 3 });
    server.editor().update(&other).send().await.is(200);
    let again = request.send().await.is(200);
    assert!(again.is_replay());
    assert_eq!(again.json(), first.json());
    assert_eq!(again.etag(), first.etag());
    assert_eq!(version(&ada).await, 3);
}

async fn delete_again_with_the_same_key_is_the_first_answer() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&movie()).send().await.is(201);
    let first = ada.delete("Alien", 1979).key("k").send().await.is(204);
    assert!(!first.is_replay());
    let again = ada.delete("Alien", 1979).key("k").send().await.is(204);
    assert!(again.is_replay());
    // A retry that comes late must not delete the next movie of that name.
    ada.add(&movie()).send().await.is(201);
    let late = ada.delete("Alien", 1979).key("k").send().await.is(204);
    assert!(late.is_replay());
    assert_eq!(version(&ada).await, 1);
}

async fn another_body_with_the_same_key_is_422() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&movie()).key("k").send().await.is(201);
    for other in [
        json!({ "title": "Aliens", "year": 1979, "rank": 1 }),
        json!({ "title": "Alien", "year": 1980, "rank": 1 }),
        json!({ "title": "Alien", "year": 1979, "rank": 2 }),
        json!({ "title": "Alien", "year": 1979 }),
        json!({ "title": "Alien", "year": 1979, "rank": 1, "info": "" }),
    ] {
        ada.add(&other)
            .key("k")
            .send()
            .await
            .problem(422, "idempotency-key-reused");
    }
    assert_eq!(ada.titles("").await, ["Alien"]);

    let change = |rank: i32| json!({ "title": "Alien", "year": 1979, "rank": rank });
    ada.update(&change(2)).key("k2").send().await.is(200);
    ada.update(&change(3))
        .key("k2")
        .send()
        .await
        .problem(422, "idempotency-key-reused");
    assert_eq!(version(&ada).await, 2);
    ada.delete("Alien", 1979).key("k3").send().await.is(204);
    ada.delete("Aliens", 1979)
        .key("k3")
        .send()
        .await
        .problem(422, "idempotency-key-reused");
}

async fn another_precondition_with_the_same_key_is_422() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let etag = ada.add(&movie()).send().await.is(201).etag();
    let change = json!({ "title": "Alien", "year": 1979, "rank": 2 });
    ada.update(&change).key("k").send().await.is(200);
    ada.update(&change)
        .key("k")
        .header("if-match", etag)
        .send()
        .await
        .problem(422, "idempotency-key-reused");
}

async fn another_operation_with_the_same_key_is_422() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&movie()).key("k").send().await.is(201);
    ada.update(&movie())
        .key("k")
        .send()
        .await
        .problem(422, "idempotency-key-reused");
    ada.delete("Alien", 1979)
        .key("k")
        .send()
        .await
        .problem(422, "idempotency-key-reused");
    assert_eq!(version(&ada).await, 1);
}

async fn the_same_request_in_other_words_is_a_replay() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let first = r#"{"title":"Alien","year":1979,"info":"In space","rating":8.5}"#;
    ada.post_text("/movies/add-movie", first)
        .key("k")
        .send()
        .await
        .is(201);
    for same in [
        r#"{"rating":8.5,"info":"In space","year":1979,"title":"Alien"}"#,
        "\n{ \"year\": 1979 , \"title\": \"\\u0041lien\",\n\"info\":\"In space\",\"rating\":8.50e0 }",
        r#"{"title":"Alien","year":"1979","info":"In space","rating":8.5}"#,
        r#"{"title":"Alien","year":1979,"info":{"plot":"In space","rating":8.5}}"#,
    ] {
        let again = ada
            .post_text("/movies/add-movie", same)
            .key("k")
            .send()
            .await
            .is(201);
        assert!(again.is_replay(), "{same}");
    }
}

async fn a_key_belongs_to_its_caller() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.user("ada"), server.user("bob"));
    ada.add(&movie()).key("k").send().await.is(201);
    let other = json!({ "title": "Aliens", "year": 1986 });
    let added = bob.add(&other).key("k").send().await.is(201);
    assert!(!added.is_replay());
    assert_eq!(added.json()["addedBy"], "bob");
}

async fn a_refusal_is_the_answer_to_its_key() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.user("ada"), server.user("bob"));
    let change = json!({ "title": "Alien", "year": 1979, "rank": 2 });
    let update = |user: &Api, key: &str| user.update(&change).key(key);
    let delete = |user: &Api, key: &str| user.delete("Alien", 1979).key(key);
    let add = |user: &Api, key: &str| user.add(&movie()).key(key);
    let stale = |key| update(&bob, key).header("if-match", "\"1-0\"");

    let missing = "movie-not-found";
    update(&ada, "u1").send().await.problem(404, missing);
    delete(&ada, "d1").send().await.problem(404, missing);
    bob.add(&movie()).send().await.is(201);
    update(&ada, "u2").send().await.problem(403, "forbidden");
    delete(&ada, "d2").send().await.problem(403, "forbidden");
    add(&ada, "a1").send().await.problem(409, "movie-exists");
    stale("u1").send().await.problem(412, "version-mismatch");
    bob.delete("Alien", 1979).send().await.is(204);

    // Each would succeed now, or fail in another way.
    add(&ada, "a1").send().await.problem(409, "movie-exists");
    add(&ada, "a2").send().await.is(201);
    update(&ada, "u1").send().await.problem(404, missing);
    update(&ada, "u2").send().await.problem(403, "forbidden");
    delete(&ada, "d1").send().await.problem(404, missing);
    delete(&ada, "d2").send().await.problem(403, "forbidden");
    stale("u1").send().await.problem(412, "version-mismatch");
    let reused = "idempotency-key-reused";
    update(&bob, "u1").send().await.problem(422, reused);
    let changed = update(&ada, "u3").send().await.is(200);
    assert!(!changed.is_replay());
}

async fn a_refused_put_is_the_answer_to_its_key() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let put = |key: &str, tag: Option<&str>| {
        let body = json!({ "title": "Alien", "year": 1979 });
        let request = ada.put("/me/watchlist/0b9f4c1e-6a52-4d0c-8f0e-2f1d1a5f7c33", &body);
        match tag {
            Some(tag) => request.key(key).header("if-match", tag),
            None => request.key(key),
        }
    };
    let stale = Some("\"1-0\"");
    put("p1", stale).send().await.is(404);
    put("p2", None).send().await.is(201);
    let replaced = put("p3", None).send().await.is(200);
    put("p1", stale).send().await.is(404);
    let mismatch = "version-mismatch";
    put("p4", stale).send().await.problem(412, mismatch);
    let tag = Some(replaced.etag());
    put("p5", tag.as_deref()).send().await.is(200);
    put("p4", stale).send().await.problem(412, mismatch);
    assert!(put("p2", None).send().await.is(201).is_replay());
}

async fn another_failure_leaves_no_record() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&json!({ "title": "", "year": 1 }))
        .key("k")
        .send()
        .await
        .problem(400, "invalid-request");
    let added = ada.add(&movie()).key("k").send().await.is(201);
    assert!(!added.is_replay());
}

async fn a_replay_outlives_the_movie() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let first = ada.add(&movie()).key("k").send().await.is(201);
    ada.delete("Alien", 1979).send().await.is(204);
    let again = ada.add(&movie()).key("k").send().await.is(201);
    assert!(again.is_replay());
    assert_eq!(again.json(), first.json());
    ada.find("Alien", 1979)
        .send()
        .await
        .problem(404, "movie-not-found");
}

async fn a_key_that_is_no_key_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let too_long = "k".repeat(65);
    for key in [
        "".as_bytes(),
        b" ",
        b"two words",
        b"tab\tbed",
        "schl\u{fc}ssel".as_bytes(),
        b"\xff",
        too_long.as_bytes(),
    ] {
        for request in [
            ada.add(&movie()),
            ada.update(&movie()),
            ada.delete("Alien", 1979),
        ] {
            request
                .header("idempotency-key", key)
                .send()
                .await
                .blames(&[("Idempotency-Key", "invalid_value")]);
        }
    }
    ada.add(&movie())
        .key("one")
        .key("two")
        .send()
        .await
        .blames(&[("Idempotency-Key", "invalid_value")]);
    ada.update(&movie())
        .key("one")
        .header("if-match", "nonsense")
        .send()
        .await
        .blames(&[("If-Match", "malformed")]);
    assert!(ada.titles("").await.is_empty());
    ada.add(&movie()).key(&"~".repeat(64)).send().await.is(201);
}

async fn of_twenty_identical_requests_one_is_carried_out() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&json!({ "title": "B", "year": 1979 }))
        .send()
        .await
        .is(201);
    for (request, success) in [
        (ada.add(&movie()).key("a"), 201),
        (ada.update(&movie()).key("u"), 200),
        (ada.delete("B", 1979).key("d"), 204),
    ] {
        let racing: Vec<_> = (0..20)
            .map(|_| tokio::spawn(request.clone().send()))
            .collect();
        let mut firsts = 0;
        for answer in racing {
            let answer = answer.await.unwrap();
            match answer.status {
                409 => drop(answer.problem(409, "request-in-flight")),
                _ => firsts += usize::from(!answer.is(success).is_replay()),
            }
        }
        assert_eq!(firsts, 1);
    }
    assert_eq!(version(&ada).await, 2);
    assert_eq!(ada.titles("").await, ["Alien"]);
}
