//! Hostile values, one at a time: each is refused with its cause, or taken as the contract says, and never
//! a fault of the service.

use serde_json::{Value, json};
use tests::{
    answer::Answer,
    api::{Api, encode},
    server::TestServer,
};

crate::tests![
    forms_of_one_title_find_it_or_do_not,
    a_year_is_an_integer_or_four_digits_in_quotes,
    a_title_is_text_that_can_be_seen_on_one_line,
    raw_text_that_is_no_unicode_is_refused,
    a_body_of_another_structure_is_refused,
    a_body_with_more_than_any_request_has_is_refused_in_few_words,
    a_member_that_is_doubled_or_foreign_is_refused,
    a_number_is_the_decimal_that_was_sent,
    if_match_is_a_list_of_entity_tags,
];

/// The demanded outcome of a request.
#[derive(Clone, Copy)]
enum Then<'a> {
    /// It is accepted.
    Fine,
    /// There is no such movie.
    Missing,
    /// It is refused: the field and the code.
    Bad(&'a str, &'a str),
}
use Then::{Bad, Fine, Missing};

#[track_caller]
fn holds(name: &str, answer: Answer, then: Then<'_>) -> Answer {
    match then {
        Fine => assert!(answer.status < 300, "{name}: {answer}"),
        Missing => assert_eq!(answer.status, 404, "{name}: {answer}"),
        Bad(field, code) => {
            assert_eq!(answer.status, 400, "{name}: {answer}");
            return answer.blames(&[(field, code)]);
        }
    }
    answer
}

async fn forms_of_one_title_find_it_or_do_not() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let title = "Am\u{e9}lie 2016";
    ada.add(&json!({ "title": title, "year": 2016 }))
        .send()
        .await
        .is(201);
    for (form, then) in [
        (title.to_owned(), Fine),
        (format!(" {title}"), Fine),
        (format!("{title} "), Fine),
        (format!("\u{a0}{title}\u{2003}"), Fine),
        ("Ame\u{301}lie 2016".to_owned(), Fine),
        (format!("\u{feff}{title}"), Missing),
        ("Ame\u{301}\u{301}lie 2016".to_owned(), Missing),
        ("Amelie 2016".to_owned(), Missing),
        (
            "Am\u{e9}lie \u{ff12}\u{ff10}\u{ff11}\u{ff16}".to_owned(),
            Missing,
        ),
        ("Am\u{e9}lie%202016".to_owned(), Missing),
        ("Am\u{e9}lie+2016".to_owned(), Missing),
        (format!("{title}/"), Missing),
        (format!("{title}\u{202e}"), Bad("title", "invalid_value")),
    ] {
        for found in [ada.find(&form, 2016), ada.find_cached(&form, 2016)] {
            holds(&form, found.send().await, then);
        }
    }
}

async fn a_year_is_an_integer_or_four_digits_in_quotes() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    ada.add(&json!({ "title": "T", "year": 2016 }))
        .send()
        .await
        .is(201);
    for (year, then) in [
        ("2016", Fine),
        ("\"2016\"", Fine),
        ("2016.0", Fine),
        ("2016.000", Fine),
        ("2016e0", Fine),
        ("20160e-1", Fine),
        ("0.2016E+4", Fine),
        ("\" 2016\"", Bad("year", "invalid_value")),
        ("\"2016 \"", Bad("year", "invalid_value")),
        ("\"02016\"", Bad("year", "invalid_value")),
        ("\"2016.0\"", Bad("year", "invalid_value")),
        ("\"2e3\"", Bad("year", "invalid_value")),
        ("\"MMXVI\"", Bad("year", "invalid_value")),
        (
            "\"\u{ff12}\u{ff10}\u{ff11}\u{ff16}\"",
            Bad("year", "invalid_value"),
        ),
        ("+2016", Bad("body", "malformed")),
        ("02016", Bad("body", "malformed")),
        ("-2016", Bad("year", "out_of_range")),
        ("67552", Bad("year", "out_of_range")),
        ("2016e400", Bad("year", "out_of_range")),
        ("null", Bad("year", "required")),
        ("true", Bad("year", "invalid_type")),
        ("2016.4", Bad("year", "invalid_type")),
        ("2015.9999999999999999", Bad("year", "invalid_type")),
        ("2016.0000000000000001", Bad("year", "invalid_type")),
        ("2016e-1", Bad("year", "invalid_type")),
    ] {
        let body = format!(r#"{{"title":"T","year":{year}}}"#);
        let found = ada.post_text("/movies/findbytitleandyear", body);
        holds(year, found.send().await, then);
    }
}

/// Titles by name, and the reason for which they are refused if they are.
fn titles() -> Vec<(&'static str, String, Option<&'static str>)> {
    let (blank, invalid, long) = (Some("too_short"), Some("invalid_value"), Some("too_long"));
    let all = |text: &str| text.to_owned();
    vec![
        ("slash", all("50/50"), None),
        ("hash", all("#Alive"), None),
        ("percent", all("100% Wolf"), None),
        ("delete", all("a\u{7f}"), invalid),
        ("tab", all("a\tb"), invalid),
        ("line separator", all("a\u{2028}b"), invalid),
        ("paragraph separator", all("a\u{2029}b"), invalid),
        ("right-to-left override", all("a\u{202e}b"), invalid),
        ("right-to-left embedding", all("a\u{202b}b"), invalid),
        ("pop directional formatting", all("a\u{202c}b"), invalid),
        ("bidi isolate", all("a\u{2066}b\u{2069}"), invalid),
        (
            "bidi marks",
            all("\u{200f}\u{5e9}\u{5dc}\u{5d5}\u{5dd}!\u{200e}"),
            None,
        ),
        ("arabic letter mark", all("\u{61c}\u{633}!"), None),
        ("bidi marks only", all("\u{200e}\u{200f}\u{61c}"), blank),
        ("zero-width space only", all("\u{200b}"), blank),
        ("joiners only", all("\u{200c}\u{200d}"), blank),
        ("word joiner only", all("\u{2060}"), blank),
        ("byte order mark only", all("\u{feff}"), blank),
        ("hangul filler only", all("\u{3164}"), blank),
        (
            "hangul fillers only",
            all("\u{115f}\u{1160}\u{ffa0}"),
            blank,
        ),
        ("braille blank only", all("\u{2800}"), blank),
        ("soft hyphen only", all("\u{ad}"), blank),
        ("combining grapheme joiner only", all("\u{34f}"), blank),
        ("tag characters only", all("\u{e0041}\u{e007f}"), blank),
        ("variation selectors only", all("\u{fe0f}\u{e0100}"), blank),
        ("no-break space only", all("\u{a0}"), blank),
        ("ideographic space only", all("\u{3000}"), blank),
        (
            "invisible and white space",
            all(" \u{200b} \u{3000}\u{feff}"),
            blank,
        ),
        ("invisible within", all("\u{1f468}\u{200d}\u{1f469}"), None),
        ("255 emoji, 1,020 bytes", "\u{1f3ac}".repeat(255), None),
        ("256 emoji, 1,024 bytes", "\u{1f3ac}".repeat(256), long),
        ("255 and spaces", "x".repeat(255) + &" ".repeat(20), None),
        (
            "255 and white space without end",
            "x".repeat(255) + &" ".repeat(5_000),
            long,
        ),
        (
            "255 in twice as many characters",
            "e\u{301}".repeat(255),
            None,
        ),
        (
            "256 in twice as many characters",
            "e\u{301}".repeat(256),
            long,
        ),
        ("127 that NFC makes 254", "\u{958}".repeat(127), None),
        ("128 that NFC makes 256", "\u{958}".repeat(128), long),
        ("noncharacter U+FFFF", all("a\u{ffff}"), invalid),
        ("noncharacter U+FDD0", all("a\u{fdd0}"), invalid),
        ("noncharacter U+10FFFF", all("a\u{10ffff}"), invalid),
        ("private use", all("\u{f8ff}"), None),
        ("replacement character", all("\u{fffd}"), None),
        ("__proto__", all("__proto__"), None),
        ("HTML", all("<img src=x onerror=alert(1)>"), None),
        ("template", all("{{7*7}} ${7*7}"), None),
        ("header", all("a\r\nX-Evil: 1"), invalid),
        ("dots", all("../../etc/passwd"), None),
        ("JSON", all("{\"title\":\"x\"}"), None),
    ]
}

async fn a_title_is_text_that_can_be_seen_on_one_line() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (name, title, refused) in titles() {
        let then = |field: &'static str| refused.map_or(Fine, |code| Bad(field, code));
        let added = ada.add(&json!({ "title": title, "year": 2016 }));
        holds(name, added.send().await, then("title"));
        // A name has the rules of a title.
        let movie = json!({ "title": name, "year": 2015, "actors": [title] });
        holds(name, ada.add(&movie).send().await, then("actors[0]"));
        // A prefix may be white space, and nothing of it is removed.
        if refused != Some("too_short") && !title.ends_with(' ') {
            let query = format!("year=2016&titlePrefix={}", encode(&title));
            let listed = holds(name, ada.list(&query).send().await, then("titlePrefix"));
            if refused.is_none() {
                assert_eq!(listed.json()["count"], 1, "{name}");
            }
        }
    }
}

async fn raw_text_that_is_no_unicode_is_refused() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (name, title, then) in [
        ("lone surrogate", r#""\ud800""#, Bad("title", "malformed")),
        ("low surrogate", r#""\udc00a""#, Bad("title", "malformed")),
        ("escaped NUL", r#""a\u0000""#, Bad("title", "invalid_value")),
        ("raw control", "\"a\u{1}b\"", Bad("body", "malformed")),
        ("bad escape", r#""\x41""#, Bad("body", "malformed")),
        ("surrogate pair", r#""\ud83c\udfac""#, Fine),
    ] {
        let body = format!(r#"{{"title":{title},"year":2016}}"#);
        let added = ada.post_text("/movies/add-movie", body).send().await;
        holds(name, added, then);
    }
    let body = r#"{"title":"T","year":2016,"\ud800":1}"#;
    let added = ada.post_text("/movies/add-movie", body).send().await;
    holds("surrogate name", added, Bad("body", "malformed"));
}

async fn a_body_of_another_structure_is_refused() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let with = |members: &str| format!(r#"{{"title":"T","year":2016,{members}}}"#);
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let cases = [
        (
            "deep value",
            with(&format!("\"rank\":{deep}")),
            "rank",
            "invalid_type",
        ),
        (
            "deep in the info object",
            with(&format!("\"info\":{{\"rank\":{deep}}}")),
            "info.rank",
            "invalid_type",
        ),
        (
            "unclosed array",
            with("\"actors\":[\"A\"").replace("]}", ""),
            "body",
            "malformed",
        ),
        (
            "unclosed object",
            "{\"title\":\"T\"".to_owned(),
            "body",
            "malformed",
        ),
        (
            "numbers for names",
            with("\"actors\":[1]"),
            "actors[0]",
            "invalid_type",
        ),
        (
            "101 names",
            with(&format!("\"actors\":[{}\"A\"]", "\"A\",".repeat(100))),
            "actors",
            "too_long",
        ),
        (
            "info of 4,001",
            with(&format!("\"info\":\"{}\"", "x".repeat(4_001))),
            "info",
            "too_long",
        ),
        ("array", "[]".to_owned(), "body", "invalid_type"),
        ("string", "\"T\"".to_owned(), "body", "invalid_type"),
        ("nothing", String::new(), "body", "malformed"),
        ("spaces", "   ".to_owned(), "body", "malformed"),
        ("two documents", "{}{}".to_owned(), "body", "malformed"),
        (
            "byte order mark",
            "\u{feff}{}".to_owned(),
            "body",
            "malformed",
        ),
        (
            "foreign in the info object",
            with("\"info\":{\"stars\":1}"),
            "info.stars",
            "unknown_member",
        ),
        (
            "script for a picture",
            with("\"imageUrl\":\"javascript:alert(1)\""),
            "imageUrl",
            "invalid_value",
        ),
        (
            "white space in a picture",
            with("\"imageUrl\":\"https://a.example/ b\""),
            "imageUrl",
            "invalid_value",
        ),
        (
            "moment without a year",
            with("\"info\":{\"release_date\":\"0000-12-31T00:00:00Z\"}"),
            "info.release_date",
            "invalid_value",
        ),
        (
            "rank twice",
            with("\"rank\":1,\"info\":{\"rank\":1}"),
            "info.rank",
            "not_allowed_together",
        ),
    ];
    for (name, body, field, code) in cases {
        let added = ada.post_text("/movies/add-movie", body).send().await;
        holds(name, added, Bad(field, code));
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_body_with_more_than_any_request_has_is_refused_in_few_words() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let with = |members: &str| format!(r#"{{"title":"T","year":2016,{members}}}"#);
    let many: Vec<_> = (0..20_000).map(|i| format!("\"a{i}\":1")).collect();
    for (name, members) in [
        ("20,000 members", many.join(",")),
        (
            "one member 20,000 times",
            vec!["\"rank\":1"; 20_000].join(","),
        ),
        (
            "a name of 200,000",
            format!("\"{}\":1", "n".repeat(200_000)),
        ),
        (
            "info and plot",
            "\"info\":{\"plot\":\"a\",\"info\":\"b\"}".to_owned(),
        ),
    ] {
        let added = ada
            .post_text("/movies/add-movie", with(&members))
            .send()
            .await;
        let added = added.problem(400, "invalid-request");
        assert!(added.body.len() < 20_000, "{name}: {}", added.body.len());
    }
    assert!(ada.titles("").await.is_empty());
}

async fn a_member_that_is_doubled_or_foreign_is_refused() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    for (body, field, code) in [
        (
            r#"{"title":"x","title":"T","year":2016}"#,
            "title",
            "duplicate_member",
        ),
        (
            r#"{"title":"T","year":2016,"year":2017}"#,
            "year",
            "duplicate_member",
        ),
        (
            r#"{"titl\u0065":"x","title":"T","year":2016}"#,
            "title",
            "duplicate_member",
        ),
        (
            r#"{"title":"T","year":2016,"info":{"title":"x"}}"#,
            "info.title",
            "unknown_member",
        ),
        (
            r#"{"title":"T","year":2016,"__proto__":{}}"#,
            "__proto__",
            "unknown_member",
        ),
        (
            r#"{"title":"T","year":2016,"etag":"x"}"#,
            "etag",
            "unknown_member",
        ),
        (
            r#"{"title":"T","year":2016,"clear":["rank"]}"#,
            "clear",
            "unknown_member",
        ),
    ] {
        let added = ada.post_text("/movies/add-movie", body).send().await;
        holds(body, added, Bad(field, code));
    }
    let body = r#"{"Title":"T","year":2016}"#;
    let added = ada.post_text("/movies/add-movie", body).send().await;
    added.blames(&[("Title", "unknown_member"), ("title", "required")]);
}

/// A number, with the result for a rating and for a rank or running time: the value that comes back, or the code of
/// the fault.
type Number<'a> = (&'a str, Result<f64, &'a str>, Result<i64, &'a str>);

async fn a_number_is_the_decimal_that_was_sent() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let digits = "9".repeat(400);
    let small = format!("0.{}1", "0".repeat(400));
    let cases: [Number<'_>; 36] = [
        ("-0", Ok(0.0), Err("out_of_range")),
        ("-0.00e5", Ok(0.0), Err("out_of_range")),
        ("0", Ok(0.0), Err("out_of_range")),
        ("0e99999999999999999999", Ok(0.0), Err("out_of_range")),
        ("10", Ok(10.0), Ok(10)),
        ("10.0", Ok(10.0), Ok(10)),
        ("1e1", Ok(10.0), Ok(10)),
        ("1E+1", Ok(10.0), Ok(10)),
        ("0.1e2", Ok(10.0), Ok(10)),
        ("100e-1", Ok(10.0), Ok(10)),
        ("10.0000001", Err("out_of_range"), Err("invalid_type")),
        ("10.004", Err("out_of_range"), Err("invalid_type")),
        ("9.995", Ok(10.0), Err("invalid_type")),
        ("9.994", Ok(9.99), Err("invalid_type")),
        ("9.999", Ok(10.0), Err("invalid_type")),
        ("5.015", Ok(5.02), Err("invalid_type")),
        ("7.005", Ok(7.01), Err("invalid_type")),
        ("1.005", Ok(1.01), Err("invalid_type")),
        ("501.5e-2", Ok(5.02), Err("invalid_type")),
        ("7.00499999999999999999", Ok(7.0), Err("invalid_type")),
        ("0.005", Ok(0.01), Err("invalid_type")),
        ("0.00499", Ok(0.0), Err("invalid_type")),
        ("1e-300", Ok(0.0), Err("invalid_type")),
        ("1e-99999999999999999999", Ok(0.0), Err("invalid_type")),
        (&small, Ok(0.0), Err("invalid_type")),
        ("1.5", Ok(1.5), Err("invalid_type")),
        ("-1e-300", Err("out_of_range"), Err("invalid_type")),
        ("-0.001", Err("out_of_range"), Err("invalid_type")),
        (&digits, Err("out_of_range"), Err("out_of_range")),
        (
            "1e99999999999999999999",
            Err("out_of_range"),
            Err("out_of_range"),
        ),
        ("2147483648", Err("out_of_range"), Err("out_of_range")),
        (
            "9223372036854775808",
            Err("out_of_range"),
            Err("out_of_range"),
        ),
        ("\"7\"", Err("invalid_type"), Err("invalid_type")),
        ("[]", Err("invalid_type"), Err("invalid_type")),
        ("{}", Err("invalid_type"), Err("invalid_type")),
        ("true", Err("invalid_type"), Err("invalid_type")),
    ];
    for (at, (number, rating, integer)) in cases.into_iter().enumerate() {
        let integer = integer.map(Value::from);
        for (member, expected) in [
            ("rating", rating.map(Value::from)),
            ("rank", integer.clone()),
            ("runningTimeSeconds", integer),
        ] {
            let answer = add_with(&ada, &format!("{member} {at}"), member, number).await;
            match expected {
                Ok(value) => assert_eq!(answer.is(201).json()[member], value, "{number}"),
                Err(code) => drop(holds(number, answer, Bad(member, code))),
            }
        }
    }
    for number in [
        "NaN",
        "-NaN",
        "-Infinity",
        "7.",
        "+7",
        "1_0",
        "1e",
        "07",
        "0x7",
    ] {
        for member in ["rating", "rank", "runningTimeSeconds"] {
            let answer = add_with(&ada, "T", member, number).await;
            holds(number, answer, Bad("body", "malformed"));
        }
    }
}

async fn add_with(api: &Api, title: &str, member: &str, value: &str) -> Answer {
    let body = format!(r#"{{"title":"{title}","year":2016,"{member}":{value}}}"#);
    api.post_text("/movies/add-movie", body).send().await
}

async fn if_match_is_a_list_of_entity_tags() {
    let server = TestServer::start().await;
    let ada = server.user("ada");
    let movie = json!({ "title": "T", "year": 2016 });
    let tag = ada.add(&movie).send().await.is(201).etag();
    let [version, moment] = *tag.trim_matches('"').split('-').collect::<Vec<_>>() else {
        panic!("{tag}")
    };
    let eleven = ["\"a\""; 11].join(",");
    let long = format!("\"{}\"", "a".repeat(4_000));
    let (other, malformed) = ((412, "version-mismatch"), (400, "invalid-request"));
    for (name, condition, (status, kind)) in [
        ("other", "\"1-0\"".to_owned(), other),
        ("huge", "\"99999999999999999999-0\"".to_owned(), other),
        ("negative", "\"-1--1\"".to_owned(), other),
        ("zero padded", format!("\"0{version}-{moment}\""), other),
        (
            "upper hexadecimal",
            format!("\"{version}-{}F\"", moment.to_uppercase()),
            other,
        ),
        ("long", long, other),
        ("none", String::new(), malformed),
        ("star in a list", format!("*, {tag}"), malformed),
        ("single quotes", tag.replace('"', "'"), malformed),
        ("list without a comma", format!("{tag} {tag}"), malformed),
        ("eleven", eleven, malformed),
        ("commas only", ",,,".to_owned(), malformed),
        ("space inside", "\"a b\"".to_owned(), malformed),
        (
            "date",
            "Sat, 01 Jan 2000 00:00:00 GMT".to_owned(),
            malformed,
        ),
    ] {
        let change = ada.update(&json!({ "title": "T", "year": 2016, "rank": 1 }));
        let answer = change.header("if-match", &condition).send().await;
        assert_eq!(answer.status, status, "{name}: {answer}");
        answer.problem(status, kind);
    }
    let found = ada.find("T", 2016).send().await.is(200);
    assert_eq!(found.etag(), tag);
}
