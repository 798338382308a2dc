//! The five operations: their success, a movie that is missing, and one that exists already.

use serde_json::json;
use tests::server::TestServer;

crate::tests![
    the_documented_bodies_are_accepted_as_they_are,
    what_was_added_is_found_in_both_ways,
    every_member_comes_back_as_it_was_sent,
    adding_what_exists_is_409_and_overwrites_nothing,
    of_twenty_that_add_the_same_movie_one_succeeds,
    a_movie_that_does_not_exist_is_404,
    update_changes_what_it_names_and_nothing_else,
    update_with_null_or_an_empty_list_removes,
    update_with_clear_removes_as_null_does,
    clear_that_contradicts_or_is_unknown_is_400,
    update_that_names_only_the_movie_is_400,
    null_in_a_new_movie_is_as_good_as_absent,
    a_deleted_movie_is_gone_and_can_be_added_again,
    what_a_movie_is_told_with_keeps_its_bounds,
    a_picture_is_kept_in_the_normal_form_of_its_url,
    an_answer_never_holds_what_an_earlier_caller_sent,
];

/// The two bodies that the first version of this API documented, byte by byte.
const GODZILLA: &str = r#"{ "title": "Godzilla vs. Dynamo", "year": "2016", "info": "New from Acme Films, starring John Smith."}"#;
const LOVE: &str = r#"{ "title": "Love and Friendship", "year": "2016", "info": "New from Amazon Studios, starring Kate Beckinsale."}"#;

async fn the_documented_bodies_are_accepted_as_they_are() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (body, title, info) in [
        (
            GODZILLA,
            "Godzilla vs. Dynamo",
            "New from Acme Films, starring John Smith.",
        ),
        (
            LOVE,
            "Love and Friendship",
            "New from Amazon Studios, starring Kate Beckinsale.",
        ),
    ] {
        let added = ada
            .post_text("/movies/add-movie", body)
            .send()
            .await
            .is(201);
        let expected = json!({
            "title": title, "year": 2016, "info": info,
            "directors": [], "actors": [], "genres": [], "version": 1,
        });
        assert_eq!(added.told(), expected);
        assert_eq!(added.json()["addedBy"], "ada");
        assert_eq!(added.json()["createdAt"], added.json()["updatedAt"]);
    }
    let mut titles = ada.titles("year=2016").await;
    titles.sort();
    assert_eq!(titles, ["Godzilla vs. Dynamo", "Love and Friendship"]);
}

async fn what_was_added_is_found_in_both_ways() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let added = ada
        .add(&json!({ "title": "Metropolis", "year": 1927 }))
        .send()
        .await
        .is(201);
    for found in [
        ada.find("Metropolis", 1927).send().await,
        ada.find_cached("Metropolis", 1927).send().await,
        ada.post(
            "/movies/findbytitleandyear",
            &json!({ "title": "  Metropolis ", "year": "1927" }),
        )
        .send()
        .await,
    ] {
        assert_eq!(found.status, 200);
        assert_eq!(found.json(), added.json());
        assert_eq!(found.etag(), added.etag());
    }
    let cached = ada.find_cached("Metropolis", 1927).send().await;
    assert_eq!(cached.header("cache-control"), Some("private, no-cache"));
    assert_eq!(added.header("cache-control"), Some("no-store"));
}

async fn every_member_comes_back_as_it_was_sent() {
    let server = TestServer::start().await;
    let movie = json!({
        "title": "Amélie",
        "year": 2001,
        "info": "Two lines.\n\tAnd a tab.",
        "directors": ["Jean-Pierre Jeunet"],
        "actors": ["Audrey Tautou", "Mathieu Kassovitz"],
        "genres": ["Comedy", "Romance"],
        "rating": 8.3,
        "releaseDate": "2001-04-25",
        "runningTimeSeconds": 7320,
        "imageUrl": "https://images.example.com/amelie.jpg?a=%20",
        "rank": 12,
    });
    let added = server.user("ada").add(&movie).send().await.is(201);
    let mut expected = movie;
    expected["version"] = 1.into();
    assert_eq!(added.told(), expected);
}

async fn adding_what_exists_is_409_and_overwrites_nothing() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.user("ada"), server.user("bob"));
    let first = json!({ "title": "Alien", "year": 1979, "info": "by Ada" });
    let added = ada.add(&first).send().await.is(201);
    for caller in [&ada, &bob, &server.editor()] {
        caller
            .add(&json!({ "title": "Alien", "year": "1979", "info": "by another" }))
            .send()
            .await
            .problem(409, "movie-exists")
            .lacks("by Ada");
    }
    let found = bob.find("Alien", 1979).send().await.is(200);
    assert_eq!(found.json(), added.json());
}

async fn of_twenty_that_add_the_same_movie_one_succeeds() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "Alien", "year": 1979 });
    let requests: Vec<_> = (0..20)
        .map(|_| tokio::spawn(ada.add(&movie).send()))
        .collect();
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(request.await.unwrap().status);
    }
    statuses.sort_unstable();
    let mut expected = vec![409; 20];
    expected[0] = 201;
    assert_eq!(statuses, expected);
}

async fn a_movie_that_does_not_exist_is_404() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&json!({ "title": "Solaris", "year": 1972 }))
        .send()
        .await
        .is(201);
    for (title, year) in [("Solaris", 2002), ("solaris", 1972), ("Stalker", 1972)] {
        for request in [
            ada.find(title, year),
            ada.find_cached(title, year),
            ada.update(&json!({ "title": title, "year": year, "rank": 1 })),
            ada.delete(title, year),
        ] {
            request
                .send()
                .await
                .problem(404, "movie-not-found")
                .lacks(title);
        }
    }
    assert_eq!(ada.titles("").await, ["Solaris"]);
}

async fn update_changes_what_it_names_and_nothing_else() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut expected = json!({
        "title": "Rush", "year": 2013, "info": "cars", "directors": ["Ron Howard"],
        "actors": ["Daniel Bruhl"], "genres": ["Drama"], "rating": 8.3,
        "releaseDate": "2013-09-02", "runningTimeSeconds": 7380,
        "imageUrl": "https://example.com/rush.jpg", "rank": 2,
    });
    let added = ada.add(&expected).send().await.is(201);
    let mut version = 1;
    for (member, value) in [
        ("info", json!("Formula 1")),
        ("directors", json!(["R. Howard"])),
        ("actors", json!(["Daniel Bruhl", "Chris Hemsworth"])),
        ("genres", json!(["Sport"])),
        ("rating", json!(8.1)),
        ("releaseDate", json!("2013-10-03")),
        ("runningTimeSeconds", json!(7400)),
        ("imageUrl", json!("http://example.com/r")),
        ("rank", json!(3)),
    ] {
        version += 1;
        expected[member] = value.clone();
        expected["version"] = version.into();
        let changed = ada
            .update(&json!({ "title": "Rush", "year": "2013", member: value }))
            .send()
            .await
            .is(200);
        assert_eq!(changed.told(), expected, "{member}");
        let (then, now) = (added.json(), changed.json());
        assert_eq!(now["createdAt"], then["createdAt"]);
        assert_eq!(now["addedBy"], "ada");
        assert!(now["updatedAt"].as_str() >= then["updatedAt"].as_str());
        let found = ada.find("Rush", 2013).send().await.is(200);
        assert_eq!(found.json(), changed.json());
    }
}

async fn update_with_null_or_an_empty_list_removes() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let full = json!({
        "title": "Rush", "year": 2013, "info": "cars", "directors": ["Ron Howard"],
        "actors": ["Daniel Bruhl"], "genres": ["Drama"], "rating": 8.3,
        "releaseDate": "2013-09-02", "runningTimeSeconds": 7380,
        "imageUrl": "https://example.com/rush.jpg", "rank": 2,
    });
    let mut expected = full.clone();
    ada.add(&full).send().await.is(201);
    let removals = [
        ("info", json!(null)),
        ("directors", json!(null)),
        ("actors", json!([])),
        ("genres", json!([])),
        ("rating", json!(null)),
        ("releaseDate", json!(null)),
        ("runningTimeSeconds", json!(null)),
        ("imageUrl", json!(null)),
        ("rank", json!(null)),
    ];
    for (version, (member, nothing)) in (2..).zip(removals) {
        if full[member].is_array() {
            expected[member] = json!([]);
        } else {
            expected.as_object_mut().unwrap().remove(member);
        }
        expected["version"] = version.into();
        let changed = ada
            .update(&json!({ "title": "Rush", "year": 2013, member: nothing }))
            .send()
            .await
            .is(200);
        assert_eq!(changed.told(), expected, "{member}");
    }
}

async fn update_with_clear_removes_as_null_does() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let members = [
        "info",
        "directors",
        "actors",
        "genres",
        "rating",
        "releaseDate",
        "runningTimeSeconds",
        "imageUrl",
        "rank",
    ];
    let full = |title: &str| {
        json!({
            "title": title, "year": 2013, "info": "cars", "directors": ["Ron Howard"],
            "actors": ["Daniel Bruhl"], "genres": ["Drama"], "rating": 8.3,
            "releaseDate": "2013-09-02", "runningTimeSeconds": 7380,
            "imageUrl": "https://example.com/rush.jpg", "rank": 2,
        })
    };
    let mut one_by_one = full("Rush");
    ada.add(&one_by_one).send().await.is(201);
    for (version, member) in (2..).zip(members) {
        if one_by_one[member].is_array() {
            one_by_one[member] = json!([]);
        } else {
            one_by_one.as_object_mut().unwrap().remove(member);
        }
        one_by_one["version"] = version.into();
        let change = json!({ "title": "Rush", "year": 2013, "clear": [member] });
        let changed = ada.update(&change).send().await.is(200);
        assert_eq!(changed.told(), one_by_one, "{member}");
    }
    // All members at once, one of them twice and one as null, while another is set.
    ada.add(&full("All")).send().await.is(201);
    let change = json!({
        "title": "All", "year": 2013, "rating": 1, "genres": null, "info": {},
        "clear": ["info", "directors", "actors", "releaseDate", "runningTimeSeconds", "imageUrl", "rank", "rank", "genres"],
    });
    let changed = ada.update(&change).send().await.is(200);
    let expected = json!({
        "title": "All", "year": 2013, "directors": [], "actors": [], "genres": [], "rating": 1.0,
        "version": 2,
    });
    assert_eq!(changed.told(), expected);
    // The two ways to remove are one request.
    ada.add(&full("Once")).send().await.is(201);
    let by_name = json!({ "title": "Once", "year": 2013, "clear": ["rank"] });
    let by_null = json!({ "title": "Once", "year": 2013, "rank": null });
    let first = ada.update(&by_name).key("k").send().await.is(200);
    let again = ada.update(&by_null).key("k").send().await.is(200);
    assert!(again.is_replay());
    assert_eq!(again.body, first.body);
    let other = json!({ "title": "Once", "year": 2013, "clear": ["rating"] });
    ada.update(&other)
        .key("k")
        .send()
        .await
        .problem(422, "idempotency-key-reused");
}

async fn clear_that_contradicts_or_is_unknown_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&json!({ "title": "Rush", "year": 2013, "rank": 2 }))
        .send()
        .await
        .is(201);
    let (unknown, both) = ("invalid_value", "not_allowed_together");
    let cases: [(serde_json::Value, &[(&str, &str)]); 12] = [
        (json!({ "clear": [] }), &[("body", "required")]),
        (json!({ "clear": null }), &[("body", "required")]),
        (json!({ "clear": "rank" }), &[("clear", "invalid_type")]),
        (json!({ "clear": [1] }), &[("clear[0]", "invalid_type")]),
        (
            json!({ "clear": vec!["rank"; 101] }),
            &[("clear", "too_long")],
        ),
        (
            json!({ "clear": ["rank", "plot"] }),
            &[("clear[1]", unknown)],
        ),
        (
            json!({ "clear": ["title", "year"] }),
            &[("clear[0]", unknown), ("clear[1]", unknown)],
        ),
        (
            json!({ "clear": ["Rank", "clear"] }),
            &[("clear[0]", unknown), ("clear[1]", unknown)],
        ),
        (
            json!({ "clear": ["rank"], "rank": 1 }),
            &[("clear[0]", both)],
        ),
        (
            json!({ "clear": ["genres"], "genres": [] }),
            &[("clear[0]", both)],
        ),
        (
            json!({ "clear": ["info"], "info": { "plot": "x" } }),
            &[("clear[0]", both)],
        ),
        (
            json!({ "clear": ["x", "rank"], "info": { "rank": 1 } }),
            &[("clear[0]", unknown), ("clear[1]", both)],
        ),
    ];
    for (change, faults) in cases {
        let mut body = json!({ "title": "Rush", "year": 2013 });
        let members = change.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        ada.update(&body).send().await.blames(faults);
    }
    let body = json!({ "title": "Rush", "year": 2013, "clear": ["stars"] });
    let answer = ada.update(&body).send().await;
    let message = answer.json()["errors"][0]["message"].clone();
    let message = message.as_str().unwrap();
    for name in ["`stars`", "rank", "imageUrl"] {
        assert!(message.contains(name), "{message}");
    }
    // Nothing to remove, and something to change.
    let body = json!({ "title": "Rush", "year": 2013, "clear": [], "rating": 5 });
    ada.update(&body).send().await.is(200);
    let found = ada.find("Rush", 2013).send().await.is(200);
    assert_eq!(found.json()["rank"], 2);
}

async fn update_that_names_only_the_movie_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "Alien", "year": 1979 });
    ada.add(&movie).send().await.is(201);
    ada.update(&movie)
        .send()
        .await
        .blames(&[("body", "required")]);
    let found = ada.find("Alien", 1979).send().await.is(200);
    assert_eq!(found.json()["version"], 1);
}

async fn null_in_a_new_movie_is_as_good_as_absent() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({
        "title": "Alien", "year": 1979, "info": null, "directors": null, "actors": null,
        "genres": [], "rating": null, "releaseDate": null, "runningTimeSeconds": null,
        "imageUrl": null, "rank": null,
    });
    let added = ada.add(&movie).send().await.is(201);
    let expected = json!({
        "title": "Alien", "year": 1979, "directors": [], "actors": [], "genres": [], "version": 1,
    });
    assert_eq!(added.told(), expected);
    ada.add(&json!({ "title": null, "year": null }))
        .send()
        .await
        .blames(&[("title", "required"), ("year", "required")]);
}

async fn a_deleted_movie_is_gone_and_can_be_added_again() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "Alien", "year": 1979, "rank": 7 });
    ada.add(&movie).send().await.is(201);
    ada.delete("Alien", 1979).send().await.is(204);
    ada.find("Alien", 1979)
        .send()
        .await
        .problem(404, "movie-not-found");
    ada.delete("Alien", 1979)
        .send()
        .await
        .problem(404, "movie-not-found");
    assert!(ada.titles("year=1979").await.is_empty());
    let again = ada
        .add(&json!({ "title": "Alien", "year": 1979 }))
        .send()
        .await
        .is(201)
        .lacks("rank");
    assert_eq!(again.json()["version"], 1);
}

/// A typed client reads dates of the years 1 to 9999, and integers of 32 bits.
async fn what_a_movie_is_told_with_keeps_its_bounds() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (at, (member, value)) in [
        ("releaseDate", json!("0001-01-01")),
        ("releaseDate", json!("9999-12-31")),
        ("releaseDate", json!("2000-02-29")),
        ("rank", json!(1_000_000)),
        ("runningTimeSeconds", json!(1_000_000)),
        ("rating", json!(10.0)),
    ]
    .into_iter()
    .enumerate()
    {
        let movie = json!({ "title": format!("Movie {at}"), "year": 2000, member: value });
        let added = ada.add(&movie).send().await.is(201);
        assert_eq!(added.json()[member], value);
    }
    for (member, value, code) in [
        ("releaseDate", json!("0000-01-01"), "invalid_value"),
        ("releaseDate", json!("0000-12-31"), "invalid_value"),
        ("releaseDate", json!("-0001-01-01"), "invalid_value"),
        ("releaseDate", json!("10000-01-01"), "invalid_value"),
        ("releaseDate", json!("1900-02-29"), "invalid_value"),
        ("rank", json!(i64::from(i32::MAX) + 1), "out_of_range"),
        ("runningTimeSeconds", json!(u32::MAX), "out_of_range"),
    ] {
        let movie = json!({ "title": "Bad", "year": 2000, member: value });
        ada.add(&movie).send().await.blames(&[(member, code)]);
    }
}

async fn a_picture_is_kept_in_the_normal_form_of_its_url() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (at, (given, kept)) in [
        (
            "HTTPS://Images.Example.com/A.jpg",
            "https://images.example.com/A.jpg",
        ),
        ("http://x", "http://x/"),
        (
            "https://b\u{fc}cher.example/\u{e9}t\u{e9}.jpg",
            "https://xn--bcher-kva.example/%C3%A9t%C3%A9.jpg",
        ),
        (
            "https://a.example/\"<b>\"?<|>",
            "https://a.example/%22%3Cb%3E%22?%3C%7C%3E",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let movie = json!({ "title": format!("Movie {at}"), "year": 2000, "imageUrl": given });
        let added = ada.add(&movie).send().await.is(201);
        assert_eq!(added.json()["imageUrl"], kept);
    }
    for (given, cause) in [
        ("ftp://a.example/b", "http or https"),
        ("https:///b", "with a host"),
        (
            "https://ada:secret@a.example/",
            "without a user name and a password",
        ),
        ("https://a.example/a b", "without white space"),
        ("https://a.example/100%", "two hexadecimal digits"),
        ("https://a.example:99999/", "a port"),
        ("https://exa<mple.com/", "a valid host"),
    ] {
        let movie = json!({ "title": "Bad", "year": 2000, "imageUrl": given });
        let answer = ada.add(&movie).send().await;
        let answer = answer.blames(&[("imageUrl", "invalid_value")]);
        let message = answer.json()["errors"][0]["message"].clone();
        assert!(message.as_str().unwrap().contains(cause), "{message}");
        answer.lacks("secret");
    }
    let long = format!("https://a.example/{}", "\u{e9}".repeat(339));
    ada.add(&json!({ "title": "Bad", "year": 2000, "imageUrl": long }))
        .send()
        .await
        .blames(&[("imageUrl", "too_long")]);
}

async fn an_answer_never_holds_what_an_earlier_caller_sent() {
    let server = TestServer::start().await;
    let (sonja, bob) = (server.user("sonja"), server.user("bob"));
    sonja
        .add(&json!({ "title": "A", "year": 2000, "info": "secret of sonja", "rank": 1 }))
        .send()
        .await
        .is(201);
    bob.add(&json!({ "title": "B", "year": 2000 }))
        .send()
        .await
        .is(201)
        .lacks("sonja")
        .lacks("rank");
}
