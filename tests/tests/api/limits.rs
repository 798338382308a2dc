//! Requests that exceed a limit are refused at once, with a short answer.

use std::io::Write as _;

use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use serde_json::json;
use tests::server::TestServer;

crate::tests![
    a_body_with_too_many_members_is_400_and_answered_shortly,
    a_list_that_is_too_long_is_400_and_answered_shortly,
    every_entry_at_fault_is_named,
    a_query_with_too_many_parameters_is_400,
    a_number_too_large_is_out_of_range,
    a_date_with_a_sign_is_400,
    a_body_in_gzip_or_deflate_is_read,
    a_body_in_another_coding_is_415_and_the_answer_lists_which_are_read,
    a_bomb_is_413,
    if_match_says_nothing_about_adding,
];

/// The longest answer to a request that exceeds a limit, in bytes.
const SHORT: usize = 16 * 1024;

async fn a_body_with_too_many_members_is_400_and_answered_shortly() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let members: Vec<String> = (0..20_000).map(|n| format!("\"{n}\":0")).collect();
    let members = members.join(",");
    for path in ["/auth/sign-in", "/auth/sign-up", "/movies/add-movie"] {
        let answer = ada.post_text(path, format!("{{{members}}}")).send().await;
        let answer = answer.problem(400, "invalid-request");
        assert_eq!(answer.json()["errors"][0]["field"], "body");
        assert_eq!(answer.json()["errors"][0]["code"], "too_long");
        assert!(answer.json().to_string().len() < SHORT);
    }
    let inside = format!(r#"{{"title":"A","year":2016,"info":{{{members}}}}}"#);
    let answer = ada.post_text("/movies/add-movie", inside).send().await;
    let answer = answer.problem(400, "invalid-request");
    assert_eq!(answer.json()["errors"][0]["field"], "info");
    assert!(answer.json().to_string().len() < SHORT);
    assert!(ada.titles("").await.is_empty());
}

async fn a_list_that_is_too_long_is_400_and_answered_shortly() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let zeros = vec!["0"; 100_000].join(",");
    let body = format!(r#"{{"title":"A","year":2016,"actors":[{zeros}]}}"#);
    let answer = ada.post_text("/movies/add-movie", body).send().await;
    answer.blames(&[("actors", "too_long")]);
    let names = vec!["\"A\""; 101].join(",");
    let body = format!(r#"{{"title":"A","year":2016,"info":{{"genres":[{names}]}}}}"#);
    let answer = ada.post_text("/movies/add-movie", body).send().await;
    answer.blames(&[("info.genres", "too_long")]);
}

async fn every_entry_at_fault_is_named() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "A", "year": 2016, "actors": ["", "ok", " ", "a\u{0}b"] });
    ada.add(&movie).send().await.blames(&[
        ("actors[0]", "too_short"),
        ("actors[2]", "too_short"),
        ("actors[3]", "invalid_value"),
    ]);
}

async fn a_query_with_too_many_parameters_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let query: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
    for path in ["/movies", "/health"] {
        let answer = ada.get(&format!("{path}?{}", query.join("&"))).send().await;
        let answer = answer.problem(400, "invalid-request");
        let faults = answer.json()["errors"].clone();
        let faults = faults.as_array().unwrap();
        assert!(
            faults
                .iter()
                .any(|fault| fault["field"] == "query" && fault["code"] == "too_long")
        );
        assert!(faults.len() < 100);
    }
}

async fn a_number_too_large_is_out_of_range() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let body =
        r#"{"title":"A","year":99999999999999999999,"rating":1e999,"rank":-99999999999999999999}"#;
    ada.post_text("/movies/add-movie", body)
        .send()
        .await
        .blames(&[
            ("rank", "out_of_range"),
            ("rating", "out_of_range"),
            ("year", "out_of_range"),
        ]);
    ada.get("/movies?limit=99999999999999999999")
        .send()
        .await
        .blames(&[("limit", "out_of_range")]);
}

async fn a_date_with_a_sign_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for date in ["-2013-09-02", "+2013-09-02", "-0001-01-01", "+002013-09-02"] {
        let movie = json!({ "title": "A", "year": 2016, "releaseDate": date });
        ada.add(&movie)
            .send()
            .await
            .blames(&[("releaseDate", "invalid_value")]);
        let movie = json!({ "title": "A", "year": 2016, "info": { "release_date": date } });
        ada.add(&movie)
            .send()
            .await
            .blames(&[("info.release_date", "invalid_value")]);
    }
    assert!(ada.titles("").await.is_empty());
}

type Coding = fn(&str) -> Vec<u8>;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

async fn a_body_in_gzip_or_deflate_is_read() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let codings: [(&[&str], Coding); 6] = [
        (&["gzip"], gzip),
        (&["GZIP"], gzip),
        (&["deflate"], deflate),
        (&["identity, gzip"], gzip),
        (&["identity", "gzip"], gzip),
        (&["identity"], |text| text.as_bytes().to_vec()),
    ];
    for (year, (said, coded)) in (2000..).zip(codings) {
        let movie = json!({ "title": "A", "year": year }).to_string();
        let mut request = ada.post_text("/movies/add-movie", coded(&movie));
        for said in said {
            request = request.header("content-encoding", said);
        }
        let added = request.send().await.is(201);
        assert_eq!(added.json()["year"], year);
    }
}

async fn a_body_in_another_coding_is_415_and_the_answer_lists_which_are_read() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "A", "year": 2016 }).to_string();
    let cut = gzip(&movie)[..20].to_vec();
    for (said, body) in [
        ("br", gzip(&movie)),
        ("x", movie.clone().into()),
        // The body does not have the declared coding.
        ("gzip", movie.clone().into()),
        ("gzip", deflate(&movie)),
        ("gzip", cut),
        ("deflate", gzip(&movie)),
        // Compressed twice.
        ("gzip, deflate", deflate(&movie)),
        ("gzip, gzip", gzip(&movie)),
    ] {
        let request = ada.post_text("/movies/add-movie", body);
        let answer = request.header("content-encoding", said).send().await;
        let answer = answer.problem(415, "unsupported-media-type");
        assert_eq!(
            answer.header("accept-encoding"),
            Some("gzip, deflate, identity")
        );
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(said), "{detail}");
    }
    assert!(ada.titles("").await.is_empty());
}

/// The limit applies to the decompressed body.
async fn a_bomb_is_413() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "A", "year": 2016 }).to_string();
    let just = format!("{movie}{}", " ".repeat(262_144 - movie.len()));
    let over = format!("{just} ");
    let bomb = " ".repeat(200_000_000);
    for (body, status) in [(gzip(&bomb), 413), (gzip(&over), 413), (gzip(&just), 201)] {
        let request = ada.post_text("/movies/add-movie", body);
        let request = request.header("content-encoding", "gzip");
        request.send().await.is(status);
    }
}

async fn if_match_says_nothing_about_adding() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "A", "year": 2016 });
    ada.add(&movie)
        .header("if-match", "\"zz\"")
        .send()
        .await
        .is(201);
}
