//! Exporting a user's data, and deleting the account.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    answer::Answer,
    person::{PASSWORD, Person, sign_in},
    server::TestServer,
};

crate::tests![
    an_export_holds_everything,
    an_export_of_many_movies_has_pages,
    a_cursor_of_another_user_is_400,
    deleting_the_account_deletes_its_movies,
    deleting_the_account_leaves_its_movies_without_their_owner,
    what_becomes_of_the_movies_must_be_said,
    deleting_again_changes_nothing,
    nothing_is_written_after_the_deletion,
    writers_that_race_the_deletion_leave_nothing,
    a_token_that_was_revoked_deletes_nothing,
    more_than_a_thousand_movies_take_another_call,
];

async fn add(ada: &Person, titles: &[&str]) {
    for title in titles {
        let movie = json!({ "title": title, "year": 1979 });
        let key = title.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        ada.api.add(&movie).key(&key).send().await.is(201);
    }
}

async fn export(ada: &Person, query: &str) -> Answer {
    ada.api.get(&format!("/me/export{query}")).send().await
}

async fn delete(ada: &Person, movies: &str) -> Answer {
    let path = format!("/me?movies={movies}");
    ada.api.delete_at(&path).send().await
}

fn titles(export: &Value) -> BTreeSet<String> {
    let items = export["movies"]["items"].as_array().unwrap();
    let title = |movie: &Value| movie["title"].as_str().unwrap().to_owned();
    items.iter().map(title).collect()
}

async fn an_export_holds_everything() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let eve = Person::new(&server, "eve@example.com").await;
    add(&ada, &["Alien", "50/50 & more"]).await;
    add(&eve, &["Stalker"]).await;
    let export = export(&ada, "")
        .await
        .is(200)
        .lacks("eve@example.com")
        .json();
    let profile = ada.api.get("/me").send().await.is(200).json();
    assert_eq!(export["profile"], profile);
    assert_eq!(export["attributes"]["email"], "ada@example.com");
    assert_eq!(export["sessions"]["items"].as_array().unwrap().len(), 1);
    let records = export["idempotencyRecords"].as_array().unwrap();
    let keys: BTreeSet<_> = records.iter().map(|r| r["key"].as_str().unwrap()).collect();
    assert_eq!(keys, BTreeSet::from(["Alien", "50-50---more"]));
    let expected = ["Alien", "50/50 & more"].map(ToOwned::to_owned);
    assert_eq!(titles(&export), BTreeSet::from(expected));
    assert_eq!(export["movies"].get("nextCursor"), None);
}

async fn an_export_of_many_movies_has_pages() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    for i in 0..101 {
        let movie = json!({ "title": format!("Part {i}"), "year": 1979 });
        ada.api.add(&movie).send().await.is(201);
    }
    let first = export(&ada, "").await.is(200).json();
    let cursor = first["movies"]["nextCursor"].as_str().unwrap();
    let second = export(&ada, &format!("?cursor={cursor}"))
        .await
        .is(200)
        .json();
    assert_eq!(titles(&first).len(), 100);
    assert_eq!(titles(&first).union(&titles(&second)).count(), 101);
    assert_eq!(second["movies"].get("nextCursor"), None);
}

async fn a_cursor_of_another_user_is_400() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    for i in 0..101 {
        let movie = json!({ "title": format!("Part {i}"), "year": 1979 });
        ada.api.add(&movie).send().await.is(201);
    }
    let first = export(&ada, "").await.is(200).json();
    let cursor = first["movies"]["nextCursor"].as_str().unwrap();
    let eve = Person::new(&server, "eve@example.com").await;
    for cursor in [cursor, "x", ""] {
        let answer = export(&eve, &format!("?cursor={cursor}")).await;
        answer.blames(&[("cursor", "invalid_value")]);
    }
}

async fn deleting_the_account_deletes_its_movies() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let eve = Person::new(&server, "eve@example.com").await;
    add(&ada, &["Alien"]).await;
    add(&eve, &["Stalker"]).await;
    delete(&ada, "delete").await.is(204);
    ada.refresh().await.problem(401, "session-ended");
    ada.api
        .get("/me")
        .send()
        .await
        .problem(401, "session-ended");
    sign_in(&server.api(), &ada.email, PASSWORD)
        .await
        .problem(401, "wrong-credentials");
    assert_eq!(eve.api.titles("").await, ["Stalker"]);
    // The address is free again, for another account.
    let again = Person::new(&server, "ada@example.com").await;
    assert_eq!(
        export(&again, "").await.is(200).json()["idempotencyRecords"],
        json!([])
    );
    let id = |person: &Person| {
        let api = person.api.clone();
        async move { api.get("/me").send().await.is(200).json()["id"].clone() }
    };
    assert_ne!(id(&again).await, id(&eve).await);
}

async fn deleting_the_account_leaves_its_movies_without_their_owner() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let eve = Person::new(&server, "eve@example.com").await;
    add(&ada, &["Alien"]).await;
    delete(&ada, "disown").await.is(204);
    let found = eve.api.find("Alien", 1979).send().await.is(200).json();
    assert_eq!(found.get("addedBy"), None);
    assert_eq!(found["version"], 2);
    eve.api
        .delete("Alien", 1979)
        .send()
        .await
        .problem(403, "forbidden");
    server.editor().delete("Alien", 1979).send().await.is(204);
}

async fn what_becomes_of_the_movies_must_be_said() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let missing = ada.api.delete_at("/me").send().await;
    missing.blames(&[("movies", "required")]);
    delete(&ada, "keep")
        .await
        .blames(&[("movies", "invalid_value")]);
    ada.api.get("/me").send().await.is(200);
}

/// A client that got no answer sends the request again, and learns that the deletion is done.
async fn deleting_again_changes_nothing() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    delete(&ada, "delete").await.is(204);
    delete(&ada, "delete").await.is(204);
    let again = Person::new(&server, "ada@example.com").await;
    add(&again, &["Alien"]).await;
    delete(&ada, "delete").await.is(204);
    again.api.get("/me").send().await.is(200);
    assert_eq!(again.api.titles("").await, ["Alien"]);
}

/// The access token is valid for some more minutes, but for reading only.
async fn nothing_is_written_after_the_deletion() {
    for movies in ["delete", "disown"] {
        let server = TestServer::start().await;
        let ada = Person::new(&server, "ada@example.com").await;
        let eve = Person::new(&server, "eve@example.com").await;
        add(&ada, &["Alien"]).await;
        add(&eve, &["Stalker"]).await;
        delete(&ada, movies).await.is(204);
        let after = json!({ "title": "After", "year": 1979 });
        let change = json!({ "title": "Stalker", "year": 1979, "rank": 1 });
        let writes = || {
            [
                ada.api.add(&after),
                ada.api.update(&change),
                ada.api.delete("Stalker", 1979),
            ]
        };
        for write in writes() {
            write.key("k").send().await.problem(401, "session-ended");
        }
        for write in writes() {
            write.send().await.problem(401, "session-ended");
        }
        ada.api.find("Stalker", 1979).send().await.is(200);
        let find = eve.api.find("After", 1979).send().await;
        find.problem(404, "movie-not-found");
        let again = Person::new(&server, "ada@example.com").await;
        again.api.add(&after).send().await.is(201);
    }
}

/// Many writers use one token. After the 204, every movie that was acknowledged is gone.
async fn writers_that_race_the_deletion_leave_nothing() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let api = ada.api.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    let movie = json!({ "title": format!("{writer}/{n}"), "year": 1979 });
                    let answer = api.add(&movie).key(&format!("{writer}-{n}")).send().await;
                    if answer.status != 201 {
                        answer.problem(401, "session-ended");
                        return n;
                    }
                }
                unreachable!()
            })
        })
        .collect();
    let eve = Person::new(&server, "eve@example.com").await;
    while eve.api.titles("").await.len() < 20 {}
    delete(&ada, "delete").await.is(204);
    let mut added = 0;
    for writer in writers {
        added += writer.await.unwrap();
    }
    assert!(added >= 20);
    assert!(eve.api.titles("").await.is_empty());
}

/// A stolen token that the owner has revoked has a valid signature for some more minutes.
async fn a_token_that_was_revoked_deletes_nothing() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    add(&ada, &["Alien"]).await;
    let path = "/me/sign-out-everywhere";
    ada.api.post_nothing(path).send().await.is(204);
    delete(&ada, "delete").await.problem(401, "session-ended");
    let ada = Person::signed_in(&server.api(), &ada.email, PASSWORD).await;
    assert_eq!(ada.api.titles("").await, ["Alien"]);
}

async fn more_than_a_thousand_movies_take_another_call() {
    let server = TestServer::start().await;
    let ada = Person::new(&server, "ada@example.com").await;
    let profile = ada.api.get("/me").send().await.is(200).json();
    server.plant(profile["id"].as_str().unwrap(), 1_001).await;
    let answer = delete(&ada, "delete").await.is(202);
    assert_eq!(answer.json(), json!({ "nextStep": "REPEAT" }));
    assert_eq!(answer.header("retry-after"), Some("1"));
    delete(&ada, "delete").await.is(204);
    assert!(server.user("eve").titles("").await.is_empty());
}
