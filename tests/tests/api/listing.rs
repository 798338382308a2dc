//! `listMovies`: pages, filters and cursors.

use std::collections::BTreeSet;

use serde_json::json;
use tests::{
    api::{Api, encode},
    server::TestServer,
};

crate::tests![
    paging_to_the_end_yields_every_movie_once,
    a_year_is_ordered_by_the_bytes_of_the_title,
    a_prefix_is_data,
    a_page_has_fifty_movies_unless_told,
    an_empty_listing_is_an_empty_page,
    a_listing_goes_on_while_movies_come_and_go,
    wrong_parameters_are_400,
    a_cursor_changed_anywhere_is_400,
    a_cursor_with_other_parameters_is_400,
    percent_encoding_that_is_none_is_400,
];

async fn add_all(api: &Api, movies: &[(&str, i32)]) {
    for (title, year) in movies {
        api.add(&json!({ "title": title, "year": year }))
            .send()
            .await
            .is(201);
    }
}

async fn paging_to_the_end_yields_every_movie_once() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let mut expected = BTreeSet::new();
    for n in 0..23 {
        let (title, year) = (format!("Movie {n}"), 2000 + n % 4);
        ada.add(&json!({ "title": title, "year": year }))
            .send()
            .await
            .is(201);
        expected.insert(title);
    }
    for limit in [1, 2, 7, 22, 23, 24, 100] {
        let titles = ada.titles(&format!("limit={limit}")).await;
        assert_eq!(titles.len(), 23, "limit {limit}");
        assert_eq!(titles.into_iter().collect::<BTreeSet<_>>(), expected);
        let of_2001 = ada.titles(&format!("year=2001&limit={limit}")).await;
        assert_eq!(of_2001.len(), 6, "limit {limit}");
    }
    let page = ada.list("limit=7").send().await.is(200).json();
    assert_eq!(page["count"], 7);
    assert_eq!(page["items"].as_array().unwrap().len(), 7);
}

async fn a_year_is_ordered_by_the_bytes_of_the_title() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let in_order = [
        "+1",
        "8\u{bd}",
        "A",
        "A B",
        "AB",
        "B",
        "a",
        "\u{c4}",
        "\u{1f3ac}",
    ];
    let mut movies: Vec<_> = in_order.iter().map(|title| (*title, 2010)).collect();
    movies.rotate_left(4);
    movies.push(("Z", 2009));
    add_all(&ada, &movies).await;
    assert_eq!(ada.titles("year=2010&limit=2").await, in_order);
    assert_eq!(ada.titles("year=2009").await, ["Z"]);
    assert!(ada.titles("year=2011").await.is_empty());
}

async fn a_prefix_is_data() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let titles = [
        "100% Wolf",
        "100 Bloody Acres",
        "50/50",
        "Fast & Furious",
        "Fast_Five",
        "Fast",
        "+1",
        "\u{1f3ac} Clapper",
        "Am\u{e9}lie",
        "The Thing",
        "Then",
        "\u{10fffd}",
        "\u{10fffd}\u{10fffd}",
    ];
    let movies: Vec<_> = titles.iter().map(|title| (*title, 2010)).collect();
    add_all(&ada, &movies).await;
    add_all(&ada, &[("Fast", 2011), ("Fast Times", 1982)]).await;
    for (prefix, expected) in [
        ("100%", &["100% Wolf"][..]),
        ("100", &["100 Bloody Acres", "100% Wolf"]),
        ("50/", &["50/50"]),
        ("Fast", &["Fast", "Fast & Furious", "Fast_Five"]),
        ("Fast_", &["Fast_Five"]),
        ("Fast &", &["Fast & Furious"]),
        ("fast", &[]),
        ("+", &["+1"]),
        ("\u{1f3ac}", &["\u{1f3ac} Clapper"]),
        ("Ame\u{301}", &["Am\u{e9}lie"]),
        ("The ", &["The Thing"]),
        ("The", &["The Thing", "Then"]),
        ("\u{10fffd}", &["\u{10fffd}", "\u{10fffd}\u{10fffd}"]),
        ("\u{10fffd}\u{10fffd}\u{10fffd}", &[]),
        ("%", &[]),
    ] {
        let query = format!("year=2010&limit=1&titlePrefix={}", encode(prefix));
        assert_eq!(ada.titles(&query).await, expected, "{prefix:?}");
    }
}

async fn a_page_has_fifty_movies_unless_told() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for n in 0..51 {
        ada.add(&json!({ "title": format!("{n:03}"), "year": 2000 }))
            .send()
            .await
            .is(201);
    }
    let page = ada.list("").send().await.is(200).json();
    assert_eq!(page["count"], 50);
    assert!(page["nextCursor"].is_string());
    let page = ada.list("limit=100").send().await.is(200);
    assert_eq!(page.json()["count"], 51);
    assert_eq!(page.lacks("nextCursor").json()["items"][50]["title"], "050");
}

async fn an_empty_listing_is_an_empty_page() {
    let server = TestServer::start().await;
    let page = server.user("ada").list("").send().await.is(200);
    assert_eq!(page.json(), json!({ "items": [], "count": 0 }));
}

async fn a_listing_goes_on_while_movies_come_and_go() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add_all(&ada, &[("A", 2000), ("C", 2000), ("E", 2000)]).await;
    let page = ada.list("year=2000&limit=2").send().await.is(200).json();
    let cursor = page["nextCursor"].as_str().unwrap();
    ada.delete("C", 2000).send().await.is(204);
    add_all(&ada, &[("B", 2000), ("D", 2000)]).await;
    let rest = ada
        .titles(&format!("year=2000&limit=2&cursor={cursor}"))
        .await;
    assert_eq!(rest, ["D", "E"]);
}

async fn wrong_parameters_are_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let long = "x".repeat(256);
    let long = format!("year=2000&titlePrefix={long}");
    let cases: [(&str, &[(&str, &str)]); 25] = [
        ("limit=0", &[("limit", "out_of_range")]),
        ("limit=101", &[("limit", "out_of_range")]),
        ("limit=-1", &[("limit", "out_of_range")]),
        ("limit=9223372036854775808", &[("limit", "out_of_range")]),
        ("limit=1.0", &[("limit", "invalid_type")]),
        ("limit=1e1", &[("limit", "invalid_type")]),
        ("limit=%2B1", &[("limit", "invalid_type")]),
        ("limit=01", &[("limit", "invalid_type")]),
        ("limit=", &[("limit", "invalid_type")]),
        ("limit", &[("limit", "invalid_type")]),
        ("year=1887", &[("year", "out_of_range")]),
        ("year=2101", &[("year", "out_of_range")]),
        ("year=20I6", &[("year", "invalid_value")]),
        ("year=-2000", &[("year", "invalid_value")]),
        (
            "year=%D9%A2%D9%A0%D9%A1%D9%A6",
            &[("year", "invalid_value")],
        ),
        (
            "titlePrefix=A&sort=title",
            &[("sort", "not_allowed_together")],
        ),
        ("year=2000&titlePrefix=", &[("titlePrefix", "too_short")]),
        (
            "year=2000&titlePrefix=%00",
            &[("titlePrefix", "invalid_value")],
        ),
        (&long, &[("titlePrefix", "too_long")]),
        ("Limit=1", &[("Limit", "unknown_member")]),
        ("title=A", &[("title", "unknown_member")]),
        ("limit=1&limit=1", &[("limit", "duplicate_member")]),
        ("year=2000&%79ear=2000", &[("year", "duplicate_member")]),
        ("cursor=", &[("cursor", "invalid_value")]),
        (
            "limit=0&year=x&titlePrefix=&what=1&what=2",
            &[
                ("limit", "out_of_range"),
                ("titlePrefix", "too_short"),
                ("what", "duplicate_member"),
                ("what", "unknown_member"),
                ("year", "invalid_value"),
            ],
        ),
    ];
    for (query, faults) in cases {
        ada.list(query).send().await.blames(faults);
    }
    ada.get("/movies/findbytitleandyear?title=&Year=2000")
        .send()
        .await
        .blames(&[
            ("Year", "unknown_member"),
            ("title", "too_short"),
            ("year", "required"),
        ]);
}

async fn a_cursor_changed_anywhere_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add_all(&ada, &[("Am\u{e9}lie", 2001), ("B", 2001)]).await;
    let page = ada.list("year=2001&limit=1").send().await.is(200).json();
    let cursor = page["nextCursor"].as_str().unwrap();
    let mut changed = vec![
        cursor[1..].to_owned(),
        cursor[..cursor.len() - 1].to_owned(),
        format!("{cursor}A"),
        format!("{cursor}="),
        format!("%20{cursor}"),
        "AAAA".to_owned(),
        encode("\u{1f3ac}"),
    ];
    for at in 0..cursor.len() {
        for to in ["A", "_"] {
            let mut other = cursor.to_owned();
            other.replace_range(at..=at, to);
            if other != cursor {
                changed.push(other);
            }
        }
    }
    for cursor in changed {
        ada.list(&format!("year=2001&limit=1&cursor={cursor}"))
            .send()
            .await
            .blames(&[("cursor", "invalid_value")]);
    }
}

async fn a_cursor_with_other_parameters_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    add_all(
        &ada,
        &[("A1", 2001), ("A2", 2001), ("A1", 2002), ("A2", 2002)],
    )
    .await;
    let queries = [
        "",
        "year=2001&",
        "year=2002&",
        "year=2001&titlePrefix=A&",
        "year=2001&titlePrefix=A1&",
    ];
    let mut cursors = Vec::new();
    for query in &queries[..4] {
        let page = ada.list(&format!("{query}limit=1")).send().await.is(200);
        cursors.push(page.json()["nextCursor"].as_str().unwrap().to_owned());
    }
    for (of, cursor) in cursors.iter().enumerate() {
        for (with, query) in queries.iter().enumerate() {
            let answer = ada.list(&format!("{query}cursor={cursor}")).send().await;
            if of == with {
                // Another limit does not make another listing.
                assert_eq!(answer.status, 200);
            } else {
                answer.blames(&[("cursor", "invalid_value")]);
            }
        }
    }
}

async fn percent_encoding_that_is_none_is_400() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (query, field) in [
        ("year=2000&titlePrefix=%", "titlePrefix"),
        ("year=2000&titlePrefix=%4", "titlePrefix"),
        ("year=2000&titlePrefix=%zz", "titlePrefix"),
        ("year=2000&titlePrefix=%ff", "titlePrefix"),
        ("year=2000&titlePrefix=%ed%a0%80", "titlePrefix"),
        ("%ff=1", "query"),
        ("cursor=%f0%28%8c%28", "cursor"),
    ] {
        ada.list(query).send().await.blames(&[(field, "malformed")]);
    }
    ada.get("/movies/findbytitleandyear?title=%E0%A4%A&year=2000")
        .send()
        .await
        .blames(&[("title", "malformed")]);
}
