//! `ETag`, `If-Match` and `If-None-Match`.

use serde_json::json;
use tests::{answer::Answer, api::Api, server::TestServer};

crate::tests![
    update_with_a_stale_version_is_412,
    delete_with_a_stale_version_is_412,
    if_match_is_a_strong_comparison_with_a_list,
    if_match_that_is_malformed_is_400,
    if_match_of_a_missing_movie_is_404,
    if_none_match_is_a_weak_comparison_with_a_list,
    if_none_match_that_is_malformed_is_400,
    a_movie_deleted_and_added_again_has_another_etag,
    every_version_has_its_own_etag,
    of_twenty_that_change_one_version_one_succeeds,
    the_etag_of_a_listed_movie_is_what_if_match_takes,
];

/// Makes the values of `If-Match` from the movie's tag.
type Headers = fn(&str) -> Vec<String>;

async fn add(api: &Api) -> Answer {
    api.add(&json!({ "title": "Alien", "year": 1979 }))
        .send()
        .await
        .is(201)
}

fn change(rank: i32) -> serde_json::Value {
    json!({ "title": "Alien", "year": 1979, "rank": rank })
}

async fn update_with_a_stale_version_is_412() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let stale = add(&ada).await.etag();
    let current = ada
        .update(&change(1))
        .header("if-match", &stale)
        .send()
        .await
        .is(200);
    ada.update(&change(2))
        .header("if-match", &stale)
        .send()
        .await
        .problem(412, "version-mismatch")
        .lacks(&current.etag());
    let found = ada.find("Alien", 1979).send().await.is(200);
    assert_eq!(found.json(), current.json());
}

async fn delete_with_a_stale_version_is_412() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let stale = add(&ada).await.etag();
    let current = ada.update(&change(1)).send().await.is(200).etag();
    ada.delete("Alien", 1979)
        .header("if-match", stale)
        .send()
        .await
        .problem(412, "version-mismatch");
    ada.find("Alien", 1979).send().await.is(200);
    ada.delete("Alien", 1979)
        .header("if-match", current)
        .send()
        .await
        .is(204);
}

async fn if_match_is_a_strong_comparison_with_a_list() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut etag = add(&ada).await.etag();
    let cases: [(Headers, u16); 10] = [
        (|tag| vec![tag.into()], 200),
        (|_| vec!["*".into()], 200),
        (|tag| vec![format!("\"x\", {tag}")], 200),
        (|tag| vec![format!(",, {tag} ,\t,")], 200),
        (|tag| vec!["\"x\"".into(), tag.into()], 200),
        (|tag| vec![format!("W/\"x\",{tag}")], 200),
        (|tag| vec![format!("W/{tag}")], 412),
        (|_| vec!["\"\"".into()], 412),
        (|_| vec!["\"1-0\", \"never given\"".replace(' ', "")], 412),
        (|tag| vec![format!("\"0{}", &tag[1..])], 412),
    ];
    for (tags, status) in cases {
        let tags = tags(&etag);
        let mut request = ada.update(&change(1));
        for tag in &tags {
            request = request.header("if-match", tag);
        }
        let answer = request.send().await;
        assert_eq!(answer.status, status, "{tags:?}");
        if status == 200 {
            etag = answer.etag();
        }
    }
}

/// Values that are no list of entity tags, or a list of too many.
const MALFORMED: [&[u8]; 11] = [
    b"",
    b" ",
    b",",
    b"abc",
    b"\"abc",
    b"\"a\" \"b\"",
    b"\"a\", *",
    b"w/\"a\"",
    b"W/ \"a\"",
    b"\"\xff\"",
    b"\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"",
];

async fn if_match_that_is_malformed_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add(&ada).await;
    for tag in MALFORMED {
        ada.update(&change(1))
            .header("if-match", tag)
            .send()
            .await
            .blames(&[("If-Match", "malformed")]);
        ada.delete("Alien", 1979)
            .header("if-match", tag)
            .send()
            .await
            .blames(&[("If-Match", "malformed")]);
    }
    let found = ada.find("Alien", 1979).send().await.is(200);
    assert_eq!(found.json()["version"], 1);
}

async fn if_match_of_a_missing_movie_is_404() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for tag in ["*", "\"1-0\"", "\"x\""] {
        ada.update(&change(1))
            .header("if-match", tag)
            .send()
            .await
            .problem(404, "movie-not-found");
        ada.delete("Alien", 1979)
            .header("if-match", tag)
            .send()
            .await
            .problem(404, "movie-not-found");
    }
}

async fn if_none_match_is_a_weak_comparison_with_a_list() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let etag = add(&ada).await.etag();
    for (tag, status) in [
        (etag.clone(), 304),
        (format!("W/{etag}"), 304),
        (format!("\"x\" , W/\"y\", {etag}"), 304),
        ("*".to_owned(), 304),
        ("\"x\"".to_owned(), 200),
        ("W/\"x\", \"1-0\"".to_owned(), 200),
    ] {
        let answer = ada
            .find_cached("Alien", 1979)
            .header("if-none-match", &tag)
            .send()
            .await;
        assert_eq!(answer.status, status, "{tag}");
        assert_eq!(answer.etag(), etag);
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        assert_eq!(answer.body.is_empty(), status == 304);
    }
    ada.update(&change(1)).send().await.is(200);
    ada.find_cached("Alien", 1979)
        .header("if-none-match", etag)
        .send()
        .await
        .is(200);
    ada.find_cached("Aliens", 1979)
        .header("if-none-match", "*")
        .send()
        .await
        .problem(404, "movie-not-found");
}

async fn if_none_match_that_is_malformed_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add(&ada).await;
    for tag in MALFORMED {
        ada.find_cached("Alien", 1979)
            .header("if-none-match", tag)
            .send()
            .await
            .blames(&[("If-None-Match", "malformed")]);
    }
}

async fn a_movie_deleted_and_added_again_has_another_etag() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let before = add(&ada).await;
    ada.delete("Alien", 1979).send().await.is(204);
    let after = add(&ada).await;
    assert_eq!(after.json()["version"], before.json()["version"]);
    assert_ne!(after.etag(), before.etag());
    ada.delete("Alien", 1979)
        .header("if-match", before.etag())
        .send()
        .await
        .problem(412, "version-mismatch");
    ada.find_cached("Alien", 1979)
        .header("if-none-match", before.etag())
        .send()
        .await
        .is(200);
}

async fn every_version_has_its_own_etag() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut etags = vec![add(&ada).await.etag()];
    for rank in [1, 1, 2] {
        let changed = ada.update(&change(rank)).send().await.is(200);
        let found = ada.find_cached("Alien", 1979).send().await.is(200);
        assert_eq!(found.etag(), changed.etag());
        assert!(!etags.contains(&changed.etag()));
        etags.push(changed.etag());
    }
    assert!(etags.iter().all(|etag| etag.starts_with('"')));
}

async fn of_twenty_that_change_one_version_one_succeeds() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let etag = add(&ada).await.etag();
    let requests: Vec<_> = (0..20)
        .map(|rank| ada.update(&change(rank + 1)).header("if-match", &etag))
        .map(|request| tokio::spawn(request.send()))
        .collect();
    let mut winners = Vec::new();
    for request in requests {
        let answer = request.await.unwrap();
        match answer.status {
            200 => winners.push(answer.json()),
            _ => drop(answer.problem(412, "version-mismatch")),
        }
    }
    let found = ada.find("Alien", 1979).send().await.is(200);
    assert_eq!(winners, [found.json()]);
}

async fn the_etag_of_a_listed_movie_is_what_if_match_takes() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let added = add(&ada).await;
    assert_eq!(added.json()["etag"], added.etag());
    let listed = || async {
        let page = ada.list("year=1979").send().await.is(200).json();
        page["items"][0]["etag"].as_str().unwrap().to_owned()
    };
    let first = listed().await;
    assert_eq!(first, added.etag());
    let changed = ada.update(&change(1)).header("if-match", &first);
    let changed = changed.send().await.is(200);
    assert_eq!(changed.json()["etag"], changed.etag());
    let second = listed().await;
    assert_eq!(second, changed.etag());
    for stale in [ada.update(&change(2)), ada.delete("Alien", 1979)] {
        let answer = stale.header("if-match", &first).send().await;
        answer.problem(412, "version-mismatch");
    }
    for found in [ada.find("Alien", 1979), ada.find_cached("Alien", 1979)] {
        let found = found.send().await.is(200);
        assert_eq!(found.json()["etag"], found.etag());
    }
    let unchanged = ada.find_cached("Alien", 1979);
    unchanged
        .header("if-none-match", &second)
        .send()
        .await
        .is(304);
    let delete = ada.delete("Alien", 1979).header("if-match", &second);
    delete.send().await.is(204);
}
