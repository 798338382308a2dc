//! The rights to change and delete a movie.

use kit::{
    clock::{Clock as _, SystemClock},
    user::UserId,
};
use movies::{MovieKey, Title, Year};
use serde_json::json;
use tests::server::TestServer;

crate::tests![
    any_caller_reads_what_another_added,
    only_the_owner_and_editors_change_and_delete,
    another_group_is_not_enough,
    a_refused_caller_learns_nothing_of_the_version,
    an_editor_does_not_become_the_owner,
    a_movie_that_was_let_go_of_is_for_editors,
];

async fn any_caller_reads_what_another_added() {
    let server = TestServer::start().await;
    let movie = json!({ "title": "Alien", "year": 1979 });
    let added = server.user("ada").add(&movie).send().await.is(201);
    let bob = server.user("bob");
    assert_eq!(
        bob.find("Alien", 1979).send().await.is(200).json(),
        added.json()
    );
    bob.find_cached("Alien", 1979).send().await.is(200);
    assert_eq!(bob.titles("year=1979").await, ["Alien"]);
}

async fn only_the_owner_and_editors_change_and_delete() {
    let server = TestServer::start().await;
    let (ada, bob, editor) = (server.user("ada"), server.user("bob"), server.editor());
    let movie = json!({ "title": "Alien", "year": 1979 });
    let change = json!({ "title": "Alien", "year": 1979, "rank": 1 });
    let added = ada.add(&movie).send().await.is(201);

    bob.update(&change).send().await.problem(403, "forbidden");
    bob.delete("Alien", 1979)
        .send()
        .await
        .problem(403, "forbidden");
    let found = ada.find("Alien", 1979).send().await.is(200);
    assert_eq!(found.json(), added.json());

    ada.update(&change).send().await.is(200);
    editor.update(&change).send().await.is(200);
    editor.delete("Alien", 1979).send().await.is(204);
    bob.add(&movie).send().await.is(201);
    ada.delete("Alien", 1979)
        .send()
        .await
        .problem(403, "forbidden");
    bob.delete("Alien", 1979).send().await.is(204);
}

async fn another_group_is_not_enough() {
    use tests::server::Stage::Development;

    let server = TestServer::start().await;
    server
        .user("ada")
        .add(&json!({ "title": "Alien", "year": 1979 }))
        .send()
        .await
        .is(201);
    for groups in [json!([]), json!(["Editors"]), json!(["editors2", "editor"])] {
        let mut claims = server.claims(Development, "bob");
        claims["cognito:groups"] = groups;
        let bob = server.api().with_token(&server.sign(Development, &claims));
        bob.delete("Alien", 1979)
            .send()
            .await
            .problem(403, "forbidden");
    }
}

async fn a_refused_caller_learns_nothing_of_the_version() {
    let server = TestServer::start().await;
    let movie = json!({ "title": "Alien", "year": 1979 });
    let etag = server.user("ada").add(&movie).send().await.is(201).etag();
    let bob = server.user("bob");
    for tag in [etag.as_str(), "\"1-0\"", "*"] {
        bob.delete("Alien", 1979)
            .header("if-match", tag)
            .send()
            .await
            .problem(403, "forbidden");
    }
}

async fn an_editor_does_not_become_the_owner() {
    let server = TestServer::start().await;
    let movie = json!({ "title": "Alien", "year": 1979 });
    server.user("ada").add(&movie).send().await.is(201);
    let change = json!({ "title": "Alien", "year": 1979, "rank": 1 });
    let changed = server.editor().update(&change).send().await.is(200);
    assert_eq!(changed.json()["addedBy"], "ada");
}

async fn a_movie_that_was_let_go_of_is_for_editors() {
    let server = TestServer::start().await;
    let (ada, editor) = (server.user("ada"), server.editor());
    let change = json!({ "title": "Alien", "year": 1979, "rank": 1 });
    let added = ada
        .add(&json!({ "title": "Alien", "year": 1979 }))
        .send()
        .await
        .is(201);
    let key = MovieKey {
        year: Year::parse(1979).unwrap(),
        title: Title::parse("Alien").unwrap(),
    };
    let movies = server.stores().movies;
    movies
        .disown(&key, &UserId::new("ada"), SystemClock.now())
        .await
        .unwrap();

    let found = ada.find("Alien", 1979).send().await.is(200);
    assert_eq!(found.json().get("addedBy"), None);
    assert_eq!(found.json()["version"], 2);
    assert_ne!(found.etag(), added.etag());
    let cached = ada.find_cached("Alien", 1979);
    let cached = cached.header("if-none-match", added.etag());
    cached.send().await.is(200);
    ada.update(&change).send().await.problem(403, "forbidden");
    ada.delete("Alien", 1979)
        .send()
        .await
        .problem(403, "forbidden");

    let changed = editor.update(&change).send().await.is(200);
    assert_eq!(changed.json().get("addedBy"), None);
    editor.delete("Alien", 1979).send().await.is(204);
}
