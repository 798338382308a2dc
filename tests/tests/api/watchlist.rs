//! The watchlist: private to its user, with ids that clients choose.

use serde_json::{Value, json};
use tests::{
    answer::Answer,
    api::{Api, Request},
    person::Person,
    server::TestServer,
};

crate::tests![
    a_put_adds_and_then_replaces,
    what_is_not_valid_is_named,
    an_update_changes_and_removes_what_it_names,
    nobody_else_reads_or_writes,
    versions_hold,
    a_repeated_request_gives_the_first_answer,
    puts_that_race_add_one_entry,
    a_page_follows_the_other,
    an_export_has_the_entries,
    a_deleted_account_leaves_no_entry,
];

fn put(api: &Api, id: &str, body: &Value) -> Request {
    api.put(&format!("/me/watchlist/{id}"), body)
}

fn patch(api: &Api, id: &str, body: &Value) -> Request {
    api.patch(&format!("/me/watchlist/{id}"), body)
}

fn find(api: &Api, id: &str) -> Request {
    api.get(&format!("/me/watchlist/{id}"))
}

fn delete(api: &Api, id: &str) -> Request {
    api.delete_at(&format!("/me/watchlist/{id}"))
}

async fn list(api: &Api, query: &str) -> Value {
    let answer = api.get(&format!("/me/watchlist{query}")).send().await;
    answer.is(200).json()
}

fn alien() -> Value {
    json!({ "title": "Alien", "year": 1979 })
}

fn no_entry(answer: Answer) {
    answer.problem(404, "watchlist-entry-not-found");
}

async fn a_put_adds_and_then_replaces() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let whole = json!({
        "title": " Alien ", "year": 1979, "note": "Not alone.\n", "watched": true, "watchedOn": "2026-03-15",
        "rating": 8.125,
    });
    let added = put(&ada, "e-1", &whole).send().await.is(201);
    let body = added.json();
    let expected = json!({
        "entryId": "e-1", "title": "Alien", "year": 1979, "note": "Not alone.\n", "watched": true,
        "watchedOn": "2026-03-15", "rating": 8.13, "version": 1, "etag": added.etag(),
        "createdAt": body["createdAt"], "updatedAt": body["updatedAt"],
    });
    assert_eq!(body, expected);
    assert_eq!(find(&ada, "e-1").send().await.is(200).json(), body);

    let replaced = put(&ada, "e-1", &alien()).send().await.is(200);
    let body = replaced.json();
    assert_eq!(body["version"], 2);
    assert_eq!(body["watched"], false);
    for removed in ["note", "watchedOn", "rating"] {
        assert_eq!(body.get(removed), None, "{removed}");
    }
    assert_eq!(find(&ada, "e-1").send().await.is(200).json(), body);
    assert_ne!(replaced.etag(), added.etag());
    delete(&ada, "e-1").send().await.is(204);
    no_entry(find(&ada, "e-1").send().await);
    no_entry(delete(&ada, "e-1").send().await);
    put(&ada, "e-1", &alien()).send().await.is(201);
}

async fn what_is_not_valid_is_named() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let wrong = json!({
        "year": 1887, "note": "x".repeat(1_001), "watched": "yes", "watchedOn": "yesterday", "rating": 11, "rank": 1,
    });
    put(&ada, "e", &wrong).send().await.blames(&[
        ("note", "too_long"),
        ("rank", "unknown_member"),
        ("rating", "out_of_range"),
        ("title", "required"),
        ("watched", "invalid_type"),
        ("watchedOn", "invalid_value"),
        ("year", "out_of_range"),
    ]);
    let long = "x".repeat(65);
    for id in ["%00", "a%2Fb", "a.b", "%20", &long] {
        let blamed = [("entryId", "invalid_value")];
        put(&ada, id, &alien()).send().await.blames(&blamed);
        find(&ada, id).send().await.blames(&blamed);
        delete(&ada, id).send().await.blames(&blamed);
    }
    put(&ada, "e", &alien()).send().await.is(201);
    let blames = async |body: Value, expected: &[(&str, &str)]| {
        patch(&ada, "e", &body).send().await.blames(expected);
    };
    blames(json!({}), &[("body", "required")]).await;
    blames(json!({ "title": null }), &[("title", "required")]).await;
    let required = json!({ "clear": ["year"] });
    blames(required, &[("clear[0]", "invalid_value")]).await;
    let both = json!({ "clear": ["note"], "note": "a" });
    blames(both, &[("clear[0]", "not_allowed_together")]).await;
    for (query, at) in [
        ("?cursor=x", "cursor"),
        ("?limit=0", "limit"),
        ("?q=a", "q"),
    ] {
        let answer = ada.get(&format!("/me/watchlist{query}")).send().await;
        let code = match at {
            "limit" => "out_of_range",
            "q" => "unknown_member",
            _ => "invalid_value",
        };
        answer.blames(&[(at, code)]);
    }
    let found = find(&ada, "e").send().await.is(200).json();
    assert_eq!(found["version"], 1);
}

async fn an_update_changes_and_removes_what_it_names() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let whole =
        json!({ "title": "Alien", "year": 1979, "note": "a", "rating": 1, "watched": true });
    put(&ada, "e", &whole).send().await.is(201);
    let change = json!({ "note": null, "watchedOn": "2026-03-15", "clear": ["watched"] });
    let changed = patch(&ada, "e", &change).send().await.is(200).json();
    assert_eq!(changed.get("note"), None);
    assert_eq!(changed["watched"], false);
    assert_eq!(changed["watchedOn"], "2026-03-15");
    assert_eq!(changed["rating"], 1.0);
    assert_eq!(changed["title"], "Alien");
    let another = json!({ "title": "Aliens", "year": 1986 });
    let changed = patch(&ada, "e", &another).send().await.is(200).json();
    assert_eq!(
        (&changed["title"], &changed["version"]),
        (&json!("Aliens"), &json!(3))
    );
    no_entry(patch(&ada, "other", &another).send().await);
}

async fn nobody_else_reads_or_writes() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    put(&ada, "e", &alien()).send().await.is(201);
    for other in [server.user("eve"), server.editor()] {
        no_entry(find(&other, "e").send().await);
        no_entry(patch(&other, "e", &json!({ "watched": true })).send().await);
        no_entry(delete(&other, "e").send().await);
        assert_eq!(list(&other, "").await["count"], 0);
        // The same id is another entry.
        let aliens = json!({ "title": "Aliens", "year": 1986 });
        put(&other, "e", &aliens).send().await.is(201);
        assert_eq!(list(&other, "").await["items"][0]["title"], "Aliens");
    }
    let found = find(&ada, "e").send().await.is(200).json();
    assert_eq!(
        (&found["title"], &found["version"]),
        (&json!("Alien"), &json!(1))
    );
    let nobody = server.api();
    let answer = nobody.get("/me/watchlist").send().await;
    answer.problem(401, "unauthorized");
}

async fn versions_hold() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let tag = put(&ada, "e", &alien()).send().await.is(201).etag();
    let same = find(&ada, "e").header("if-none-match", &tag).send().await;
    same.is(304);
    let watched = json!({ "watched": true });
    let changed = patch(&ada, "e", &watched).header("if-match", &tag);
    changed.send().await.is(200);
    for stale in [
        patch(&ada, "e", &watched),
        put(&ada, "e", &alien()),
        delete(&ada, "e"),
    ] {
        let answer = stale.header("if-match", &tag).send().await;
        answer.problem(412, "version-mismatch");
    }
    // With If-Match a put only replaces.
    no_entry(
        put(&ada, "f", &alien())
            .header("if-match", "*")
            .send()
            .await,
    );
    let found = find(&ada, "e").send().await.is(200);
    let tag = found.etag();
    delete(&ada, "e")
        .header("if-match", &tag)
        .send()
        .await
        .is(204);
}

async fn a_repeated_request_gives_the_first_answer() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let added = put(&ada, "e", &alien()).key("k1").send().await.is(201);
    let watched = json!({ "watched": true });
    let changed = patch(&ada, "e", &watched).key("k2").send().await.is(200);
    let replaced = put(&ada, "e", &alien()).key("k3").send().await.is(200);
    for (again, first) in [
        (put(&ada, "e", &alien()).key("k1"), added),
        (patch(&ada, "e", &watched).key("k2"), changed),
        (put(&ada, "e", &alien()).key("k3"), replaced),
    ] {
        let again = again.send().await.is(first.status);
        assert!(again.is_replay());
        assert_eq!(again.json(), first.json());
    }
    let found = find(&ada, "e").send().await.is(200).json();
    assert_eq!(found["version"], 3);
    let other = put(&ada, "f", &alien()).key("k1").send().await;
    other.problem(422, "idempotency-key-reused");
    delete(&ada, "e").key("k4").send().await.is(204);
    assert!(delete(&ada, "e").key("k4").send().await.is(204).is_replay());
}

async fn puts_that_race_add_one_entry() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut racers = tokio::task::JoinSet::new();
    for rating in 0..8 {
        let body = json!({ "title": "Alien", "year": 1979, "rating": rating });
        racers.spawn(put(&ada, "e", &body).send());
    }
    let answers = racers.join_all().await;
    let added = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(added.count(), 1);
    assert!(
        answers
            .iter()
            .all(|answer| [200, 201].contains(&answer.status))
    );
    let found = find(&ada, "e").send().await.is(200).json();
    assert_eq!(found["version"], 8);
}

async fn a_page_follows_the_other() {
    let server = TestServer::start().await;
    let (ada, eve) = (server.user("ada"), server.user("eve"));
    for n in 0..5 {
        put(&ada, &format!("n{n}"), &alien()).send().await.is(201);
    }
    put(&eve, "n2", &alien()).send().await.is(201);
    let (mut found, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = list(&ada, &query).await;
        let entries = page["items"].as_array().unwrap().iter();
        found.extend(entries.map(|entry| entry["entryId"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        // Another user's cursor is none.
        let stolen = eve.get(&format!("/me/watchlist?cursor={cursor}"));
        stolen.send().await.blames(&[("cursor", "invalid_value")]);
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(found, ["n0", "n1", "n2", "n3", "n4"]);
}

async fn an_export_has_the_entries() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await.api;
    let eve = Person::new(&server, "eve@example.com").await.api;
    for n in 0..101 {
        put(&ada, &format!("n{n:03}"), &alien())
            .send()
            .await
            .is(201);
    }
    put(&eve, "hers", &alien()).send().await.is(201);
    let movie = json!({ "title": "Alien", "year": 1979 });
    ada.add(&movie).send().await.is(201);
    let first = ada.get("/me/export").send().await.is(200).json();
    assert_eq!(first["movies"]["items"].as_array().unwrap().len(), 1);
    let entries = first["watchlist"]["items"].as_array().unwrap();
    assert_eq!(entries.len(), 100);
    assert_eq!(entries[0], find(&ada, "n000").send().await.is(200).json());
    let cursor = first["watchlist"]["nextCursor"].as_str().unwrap();
    let next = ada.get(&format!("/me/export?cursor={cursor}")).send().await;
    let next = next.is(200).json();
    assert_eq!(next["watchlist"]["items"][0]["entryId"], "n100");
    assert_eq!(next["watchlist"].get("nextCursor"), None);
    assert_eq!(next["movies"]["items"], json!([]));
}

async fn a_deleted_account_leaves_no_entry() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await.api;
    let eve = Person::new(&server, "eve@example.com").await.api;
    put(&ada, "e", &alien()).key("k").send().await.is(201);
    put(&eve, "e", &alien()).send().await.is(201);
    // The choice is about movies alone.
    ada.delete_at("/me?movies=disown").send().await.is(204);
    for gone in [put(&ada, "e", &alien()), put(&ada, "f", &alien()).key("l")] {
        gone.send().await.problem(401, "session-ended");
    }
    assert_eq!(list(&ada, "").await["count"], 0);
    find(&eve, "e").send().await.is(200);
}
