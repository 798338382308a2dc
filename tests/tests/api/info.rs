//! `info` as an object: the shape of AWS's public movie data.

use serde_json::json;
use tests::server::TestServer;

crate::tests![
    an_info_object_lands_in_the_members,
    an_update_may_use_an_info_object,
    a_member_given_both_ways_is_400,
    an_info_object_follows_the_rules_of_the_members,
    a_release_date_may_be_a_moment_in_an_info_object_only,
    an_info_of_another_type_is_400,
];

async fn an_info_object_lands_in_the_members() {
    let server = TestServer::start().await;
    let added = server
        .user("ada")
        .add(&json!({
            "year": 2013,
            "title": "Rush",
            "info": {
                "directors": ["Ron Howard"],
                "release_date": "2013-09-02T00:00:00Z",
                "rating": 8.3,
                "genres": ["Action", "Biography"],
                "image_url": "http://images.example.com/rush.jpg",
                "plot": "A rivalry.",
                "rank": 2,
                "running_time_secs": 7380,
                "actors": ["Daniel Bruhl", "Chris Hemsworth"],
            },
        }))
        .send()
        .await
        .is(201);
    let expected = json!({
        "title": "Rush", "year": 2013, "info": "A rivalry.", "directors": ["Ron Howard"],
        "actors": ["Daniel Bruhl", "Chris Hemsworth"], "genres": ["Action", "Biography"],
        "rating": 8.3, "releaseDate": "2013-09-02", "runningTimeSeconds": 7380,
        "imageUrl": "http://images.example.com/rush.jpg", "rank": 2, "version": 1,
    });
    assert_eq!(added.told(), expected);
    let empty = json!({ "year": 2014, "title": "Rush", "info": {} });
    let added = server.user("ada").add(&empty).send().await.is(201);
    assert_eq!(added.json().get("info"), None);
}

async fn an_update_may_use_an_info_object() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&json!({ "title": "Rush", "year": 2013, "info": "old", "rank": 1, "rating": 8 }))
        .send()
        .await
        .is(201);
    let change = json!({
        "title": "Rush", "year": 2013, "genres": ["Sport"],
        "info": { "plot": "new", "rank": null },
    });
    let changed = ada.update(&change).send().await.is(200);
    let expected = json!({
        "title": "Rush", "year": 2013, "info": "new", "directors": [], "actors": [],
        "genres": ["Sport"], "rating": 8.0, "version": 2,
    });
    assert_eq!(changed.told(), expected);
}

async fn a_member_given_both_ways_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut all_top = json!({ "title": "Rush", "year": 2013 });
    let mut all_info = json!({});
    let mut faults = Vec::new();
    for (top, inner, value) in [
        ("directors", "directors", json!(["A"])),
        ("actors", "actors", json!(["A"])),
        ("genres", "genres", json!(["A"])),
        ("rating", "rating", json!(1)),
        ("releaseDate", "release_date", json!("2013-09-02")),
        ("imageUrl", "image_url", json!("https://example.com")),
        ("rank", "rank", json!(1)),
        ("runningTimeSeconds", "running_time_secs", json!(1)),
    ] {
        for twin in [value.clone(), json!(null)] {
            let movie = json!({
                "title": "Rush", "year": 2013, top: value, "info": { inner: twin },
            });
            let field = format!("info.{inner}");
            ada.add(&movie)
                .send()
                .await
                .blames(&[(&field, "not_allowed_together")]);
        }
        all_top[top] = value.clone();
        all_info[inner] = value;
        faults.push(format!("info.{inner}"));
    }
    all_top["info"] = all_info;
    let faults: Vec<_> = faults
        .iter()
        .map(|field| (field.as_str(), "not_allowed_together"))
        .collect();
    ada.add(&all_top).send().await.blames(&faults);
    assert!(ada.titles("").await.is_empty());
}

async fn an_info_object_follows_the_rules_of_the_members() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({
        "title": "Rush",
        "year": 2013,
        "info": {
            "directors": ["A", 2, "\u{0}"],
            "actors": ["ok", " "],
            "genres": "Drama",
            "rating": 10.01,
            "release_date": "2013-13-01",
            "image_url": "ftp://example.com",
            "plot": "a\u{0}b",
            "rank": 0,
            "running_time_secs": 1.5,
            "releaseDate": "2013-09-02",
            "info": "nested",
        },
    });
    ada.add(&movie).send().await.blames(&[
        ("info.actors[1]", "too_short"),
        ("info.directors[1]", "invalid_type"),
        ("info.genres", "invalid_type"),
        ("info.image_url", "invalid_value"),
        ("info.info", "unknown_member"),
        ("info.plot", "invalid_value"),
        ("info.rank", "out_of_range"),
        ("info.rating", "out_of_range"),
        ("info.releaseDate", "unknown_member"),
        ("info.release_date", "invalid_value"),
        ("info.running_time_secs", "invalid_type"),
    ]);
    ada.post_text(
        "/movies/add-movie",
        r#"{"title":"Rush","year":2013,"info":{"rank":1,"rank":1}}"#,
    )
    .send()
    .await
    .blames(&[("info.rank", "duplicate_member")]);
    assert!(ada.titles("").await.is_empty());
}

async fn a_release_date_may_be_a_moment_in_an_info_object_only() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (i, (given, kept)) in [
        ("2013-09-02", "2013-09-02"),
        ("2013-09-02T23:59:59Z", "2013-09-02"),
        ("2013-09-02T23:59:59.5+14:00", "2013-09-02"),
        ("0001-01-01T00:00:00-12:00", "0001-01-01"),
    ]
    .into_iter()
    .enumerate()
    {
        let movie = json!({
            "title": format!("Rush {i}"), "year": 2013, "info": { "release_date": given },
        });
        let added = ada.add(&movie).send().await.is(201);
        assert_eq!(added.json()["releaseDate"], kept, "{given}");
    }
    for bad in [
        "0000-12-31T00:00:00Z",
        "0000-01-01",
        "-0001-01-01",
        "+02013-09-02",
        "10000-01-01",
        "2013-09-02T25:00:00Z",
        "2013-09-02T00:00:00",
        "2013-09-02 ",
        "2013-9-2",
        "2 Sept 2013",
        "2013-02-29",
        "",
    ] {
        ada.add(&json!({ "title": "R", "year": 2013, "info": { "release_date": bad } }))
            .send()
            .await
            .blames(&[("info.release_date", "invalid_value")]);
        ada.add(&json!({ "title": "R", "year": 2013, "releaseDate": bad }))
            .send()
            .await
            .blames(&[("releaseDate", "invalid_value")]);
    }
    let moment = "2013-09-02T00:00:00Z";
    ada.add(&json!({ "title": "R", "year": 2013, "releaseDate": moment }))
        .send()
        .await
        .blames(&[("releaseDate", "invalid_value")]);
}

async fn an_info_of_another_type_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for info in [json!(1), json!(true), json!([]), json!(["plot"])] {
        ada.add(&json!({ "title": "Rush", "year": 2013, "info": info }))
            .send()
            .await
            .blames(&[("info", "invalid_type")]);
    }
}
