//! `listMovies`: searches.

use serde_json::json;
use tests::{api::Api, person::Person, server::TestServer};

crate::tests![
    words_titles_orders_and_genres_are_found,
    what_no_index_serves_is_refused_by_name,
    wrong_parameters_of_a_search_are_400,
    a_cursor_of_a_search_serves_that_search_alone,
    the_first_29_words_and_5_genres_are_found,
    what_is_updated_and_deleted_is_found_as_it_is,
    the_movies_of_who_leaves_are_found_no_more,
];

async fn add_some(api: &Api) {
    for movie in [
        json!({
            "title": "Am\u{e9}lie", "year": 2001, "directors": ["Jean-Pierre Jeunet"],
            "actors": ["Audrey Tautou"], "genres": ["Comedy", "Romance"], "rating": 8.3, "rank": 12,
        }),
        json!({
            "title": "Rush", "year": 2013, "directors": ["Ron Howard"], "actors": ["Daniel Br\u{fc}hl"],
            "genres": ["Action", "Drama"], "rating": 8.1, "rank": 2,
        }),
        json!({
            "title": "Apollo 13", "year": 1995, "directors": ["Ron Howard"], "actors": ["Tom Hanks"],
            "genres": ["Drama"], "rating": 7.6,
        }),
        json!({ "title": "The Thing", "year": 1982, "genres": ["Horror"] }),
        json!({ "title": "The Thing", "year": 2011, "genres": ["Horror"], "rating": 6.2 }),
    ] {
        api.add(&movie).send().await.is(201);
    }
}

async fn words_titles_orders_and_genres_are_found() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add_some(&ada).await;
    let cases: [(&str, &[&str]); 17] = [
        ("q=amelie", &["Am\u{e9}lie"]),
        ("q=AME", &["Am\u{e9}lie"]),
        ("q=bruhl", &["Rush"]),
        ("q=br%C3%BChl+ron", &["Rush"]),
        ("q=howard", &["Apollo 13", "Rush"]),
        ("q=thing", &["The Thing", "The Thing"]),
        ("q=nothing", &[]),
        ("titlePrefix=the%20t", &["The Thing", "The Thing"]),
        ("titlePrefix=AM%C3%89", &["Am\u{e9}lie"]),
        (
            "sort=title",
            &["Am\u{e9}lie", "Apollo 13", "Rush", "The Thing", "The Thing"],
        ),
        ("sort=rank", &["Rush", "Am\u{e9}lie"]),
        (
            "sort=-rating",
            &["Am\u{e9}lie", "Rush", "Apollo 13", "The Thing"],
        ),
        (
            "sort=-year",
            &["Rush", "The Thing", "Am\u{e9}lie", "Apollo 13", "The Thing"],
        ),
        ("genre=drama", &["Apollo 13", "Rush"]),
        ("genre=drama&sort=-rating", &["Rush", "Apollo 13"]),
        ("genre=DRAMA&sort=year", &["Apollo 13", "Rush"]),
        ("genre=Musical", &[]),
    ];
    for (query, expected) in cases {
        for limit in [1, 2, 100] {
            let titles = ada.titles(&format!("{query}&limit={limit}")).await;
            assert_eq!(titles, expected, "{query}, limit {limit}");
        }
    }
    // Together with a year a title is compared as it is written, as ever.
    assert!(ada.titles("year=1982&titlePrefix=the").await.is_empty());
}

async fn what_no_index_serves_is_refused_by_name() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let together = "not_allowed_together";
    let cases: [(&str, &[&str]); 12] = [
        ("year=2001&q=a", &["q"]),
        ("year=2001&sort=rating", &["sort"]),
        ("year=2001&genre=Drama", &["genre"]),
        ("year=2001&titlePrefix=A&sort=title", &["sort"]),
        ("q=a&titlePrefix=A", &["titlePrefix"]),
        ("q=a&genre=Drama", &["genre"]),
        ("q=a&sort=title", &["sort"]),
        ("titlePrefix=A&sort=-title", &["sort"]),
        ("titlePrefix=A&genre=Drama", &["genre"]),
        ("genre=Drama&sort=rank", &["sort"]),
        ("genre=Drama&sort=-rank", &["sort"]),
        (
            "year=2001&q=a&genre=Drama&sort=title",
            &["genre", "q", "sort"],
        ),
    ];
    for (query, names) in cases {
        let faults: Vec<_> = names.iter().map(|name| (*name, together)).collect();
        ada.list(query).send().await.blames(&faults);
    }
    let answer = ada.list("q=a&sort=title").send().await;
    let answer = answer.problem(400, "invalid-request").json();
    assert_eq!(
        answer["errors"][0]["message"],
        "cannot be given together with q; year can with titlePrefix; genre can with sort"
    );
    let answer = ada.list("genre=Drama&sort=rank").send().await;
    let answer = answer.problem(400, "invalid-request").json();
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("title, rating, year together with genre"),
        "{message}"
    );
}

async fn wrong_parameters_of_a_search_are_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let long = format!("q={}", "x".repeat(256));
    let cases: [(&str, &[(&str, &str)]); 16] = [
        ("q=", &[("q", "too_short")]),
        ("q=%21%20%F0%9F%8E%AC", &[("q", "invalid_value")]),
        ("q=%00", &[("q", "invalid_value")]),
        (&long, &[("q", "too_long")]),
        ("q=a&q=b", &[("q", "duplicate_member")]),
        ("genre=", &[("genre", "too_short")]),
        ("genre=%20", &[("genre", "too_short")]),
        ("titlePrefix=", &[("titlePrefix", "too_short")]),
        ("titlePrefix=%CC%81", &[("titlePrefix", "too_short")]),
        ("sort=", &[("sort", "invalid_value")]),
        ("sort=length", &[("sort", "invalid_value")]),
        ("sort=--title", &[("sort", "invalid_value")]),
        ("sort=Title", &[("sort", "invalid_value")]),
        ("q=a&limit=0", &[("limit", "out_of_range")]),
        ("q=a&cursor=AAAA", &[("cursor", "invalid_value")]),
        (
            "q=&sort=x&genres=Drama",
            &[
                ("genres", "unknown_member"),
                ("q", "too_short"),
                ("sort", "not_allowed_together"),
            ],
        ),
    ];
    for (query, faults) in cases {
        ada.list(query).send().await.blames(faults);
    }
    let answer = ada.list("sort=length").send().await;
    let answer = answer.problem(400, "invalid-request").json();
    assert_eq!(
        answer["errors"][0]["message"],
        "must be one of title, rating, rank, year, each also with a - before it"
    );
}

async fn a_cursor_of_a_search_serves_that_search_alone() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add_some(&ada).await;
    let queries = [
        "",
        "year=2011",
        "q=thing",
        "q=t",
        "q=thing%20the",
        "titlePrefix=the",
        "sort=title",
        "sort=-title",
        "sort=year",
        "genre=Horror",
        "genre=horror&sort=year",
        "genre=drama",
    ];
    let mut cursors = Vec::new();
    for (of, query) in queries.iter().enumerate() {
        let page = ada.list(&format!("{query}&limit=1")).send().await.is(200);
        if let Some(cursor) = page.json()["nextCursor"].as_str() {
            cursors.push((of, cursor.to_owned()));
        }
    }
    assert!(cursors.len() > 9, "{cursors:?}");
    for (of, cursor) in cursors {
        for (with, query) in queries.iter().enumerate() {
            let answer = ada.list(&format!("{query}&cursor={cursor}")).send().await;
            if of == with {
                assert_eq!(answer.status, 200);
            } else {
                answer.blames(&[("cursor", "invalid_value")]);
            }
        }
    }
}

/// As the document says.
async fn the_first_29_words_and_5_genres_are_found() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let actors: Vec<_> = (1..=40).map(|n| format!("Actor{n:02}")).collect();
    let genres: Vec<_> = (1..=7).map(|n| format!("Genre{n}")).collect();
    let movie = json!({ "title": "One Two", "year": 2001, "actors": actors, "genres": genres });
    ada.add(&movie).send().await.is(201);
    assert_eq!(ada.titles("q=actor").await, ["One Two"]);
    assert_eq!(ada.titles("q=actor27").await, ["One Two"]);
    assert!(ada.titles("q=actor28").await.is_empty());
    assert_eq!(ada.titles("genre=genre5").await, ["One Two"]);
    assert!(ada.titles("genre=genre6").await.is_empty());
}

async fn what_is_updated_and_deleted_is_found_as_it_is() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add_some(&ada).await;
    let change =
        json!({ "title": "Rush", "year": 2013, "actors": ["Chris Hemsworth"], "rating": 9 });
    ada.update(&change).send().await.is(200);
    assert!(ada.titles("q=bruhl").await.is_empty());
    assert_eq!(ada.titles("q=hems").await, ["Rush"]);
    assert_eq!(ada.titles("sort=-rating").await[0], "Rush");
    let cleared = json!({ "title": "Rush", "year": 2013, "clear": ["rating", "genres"] });
    ada.update(&cleared).send().await.is(200);
    assert!(
        !ada.titles("sort=-rating")
            .await
            .contains(&"Rush".to_owned())
    );
    assert_eq!(ada.titles("genre=drama").await, ["Apollo 13"]);
    ada.delete("Rush", 2013).send().await.is(204);
    assert!(ada.titles("q=rush").await.is_empty());
}

async fn the_movies_of_who_leaves_are_found_no_more() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (fate, left) in [("delete", 1), ("disown", 2)] {
        let leaver = Person::new(&server, &format!("{fate}@example.com")).await;
        let title = format!("Left {fate}");
        for (api, year) in [(&leaver.api, 2001), (&ada, 2002)] {
            let movie = json!({ "title": title, "year": year });
            api.add(&movie).send().await.is(201);
        }
        let path = format!("/me?movies={fate}");
        leaver.api.delete_at(&path).send().await.is(204);
        assert_eq!(ada.titles(&format!("q={fate}")).await.len(), left);
    }
}
