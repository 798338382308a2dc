//! Titles are data, whatever is in them.

use serde_json::json;
use tests::server::TestServer;

crate::tests![
    any_title_goes_through_every_operation,
    both_ways_to_write_an_accent_are_one_movie,
    white_space_around_a_title_does_not_count,
    the_longest_title_is_255_characters,
];

const TITLES: [&str; 24] = [
    "Fast & Furious",
    "50/50",
    "V/H/S/2",
    "+1",
    "What?",
    "#Alive",
    "100% Wolf",
    "%2F%00",
    "a=b&c=d",
    "The \"Best\" Man",
    "It's a Wonderful Life",
    "back\\slash",
    "Am\u{e9}lie",
    "8\u{bd}",
    "\u{1f3ac}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{4e03}\u{4eba}\u{306e}\u{4f8d}",
    "\u{feff}BOM",
    "\u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd}!",
    "null",
    "<script>alert(1)</script>",
    "'; DROP TABLE movies; --",
    "../../etc/passwd",
    "{\"title\":\"x\"}",
];

async fn any_title_goes_through_every_operation() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for title in TITLES {
        let added = ada
            .add(&json!({ "title": title, "year": 2000 }))
            .send()
            .await
            .is(201);
        assert_eq!(added.json()["title"], title);
        for found in [
            ada.find(title, 2000).send().await,
            ada.find_cached(title, 2000).send().await,
        ] {
            assert_eq!(found.is(200).json(), added.json());
        }
        ada.update(&json!({ "title": title, "year": 2000, "info": title }))
            .send()
            .await
            .is(200);
    }
    // Every page but the last ends in a cursor that holds such a title.
    let mut expected = TITLES.to_vec();
    expected.sort_unstable();
    assert_eq!(ada.titles("year=2000&limit=1").await, expected);
    for title in TITLES {
        ada.delete(title, 2000).send().await.is(204);
    }
    assert!(ada.titles("").await.is_empty());
}

async fn both_ways_to_write_an_accent_are_one_movie() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let (nfc, nfd) = ("Am\u{e9}lie", "Ame\u{301}lie");
    let movie = |title: &str| json!({ "title": title, "year": 2001, "actors": [nfd] });
    let added = ada.add(&movie(nfd)).send().await.is(201);
    assert_eq!(added.json()["title"], nfc);
    assert_eq!(added.json()["actors"], json!([nfc]));
    ada.add(&movie(nfc))
        .send()
        .await
        .problem(409, "movie-exists");
    for title in [nfc, nfd] {
        ada.find(title, 2001).send().await.is(200);
        ada.find_cached(title, 2001).send().await.is(200);
    }
    ada.delete(nfd, 2001).send().await.is(204);
}

async fn white_space_around_a_title_does_not_count() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let spaced = json!({ "title": " \u{3000}The  Thing ", "year": 1982 });
    let added = ada.add(&spaced).send().await.is(201);
    assert_eq!(added.json()["title"], "The  Thing");
    ada.find("The  Thing", 1982).send().await.is(200);
    ada.find("The Thing", 1982)
        .send()
        .await
        .problem(404, "movie-not-found");
}

async fn the_longest_title_is_255_characters() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for character in ["x", "\u{1f3ac}"] {
        let longest = character.repeat(255);
        ada.add(&json!({ "title": longest, "year": 2000 }))
            .send()
            .await
            .is(201);
        ada.find_cached(&longest, 2000).send().await.is(200);
        let too_long = character.repeat(256);
        ada.add(&json!({ "title": too_long, "year": 2000 }))
            .send()
            .await
            .blames(&[("title", "too_long")])
            .lacks(&character.repeat(9));
    }
    // U+1D15E is one character as it comes and two in normal form.
    let grows = "\u{1d15e}".repeat(200);
    ada.add(&json!({ "title": grows, "year": 2000 }))
        .send()
        .await
        .blames(&[("title", "too_long")]);
    assert_eq!(ada.titles("limit=1").await.len(), 2);
}
