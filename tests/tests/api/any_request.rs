//! Random requests: none causes a panic or a 5xx, and every answer keeps the contract.

use http::Method;
use libtest_mimic::{Failed, Trial};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Map, Value, json};
use tests::{
    api::{Api, Request},
    block_on,
    contract::Contract,
    issuer::Issuer,
    service::Service,
};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        Trial::test(
            "any_request::any_request_gets_an_answer_of_the_contract",
            any_request_gets_an_answer_of_the_contract,
        ),
        Trial::test(
            "any_request::the_schemas_and_the_code_accept_the_same_bodies",
            the_schemas_and_the_code_accept_the_same_bodies,
        ),
    ]
}

fn run<S: Strategy>(
    cases: u32,
    strategy: &S,
    test: impl Fn(&Api, S::Value) -> Result<(), TestCaseError>,
) -> Result<(), Failed> {
    let issuer = block_on(Issuer::start());
    let api = Service::embedded(&issuer).api();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(strategy, |value| test(&api, value))
        .map_err(|error| error.to_string().into())
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        6 => select(vec![Method::GET, Method::POST]),
        1 => select(vec![
            Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE, Method::PATCH,
            Method::TRACE, Method::CONNECT,
        ]),
        1 => "[A-Z!#$]{1,9}".prop_map(|name| Method::from_bytes(name.as_bytes()).unwrap()),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let known: Vec<&str> = service::operations()
        .iter()
        .map(|route| route.path)
        .collect();
    prop_oneof![
        8 => select(known.clone()).prop_map(str::to_owned),
        1 => "/[a-z0-9/%.~_&=+-]{0,30}",
        1 => (select(known), "[a-z0-9/%.~_-]{1,9}").prop_map(|(path, rest)| path.to_owned() + &rest),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        select(vec!["year", "titlePrefix", "limit", "cursor", "title"]).prop_map(str::to_owned),
        "[a-zA-Z%0-9+]{0,5}",
    ];
    let value = prop_oneof![
        select(vec![
            "2016",
            "50",
            "A",
            "%F0%9F%8E%AC",
            "",
            "0",
            "-1",
            "%00",
            "%"
        ])
        .prop_map(str::to_owned),
        "[a-zA-Z0-9%+=/?:@!$'()*,;_.~-]{0,20}",
    ];
    vec((name, value), 0..4).prop_map(|pairs| {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    })
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let name = select(vec![
        "if-match",
        "if-none-match",
        "idempotency-key",
        "origin",
        "access-control-request-method",
        "access-control-request-headers",
        "content-type",
        "authorization",
        "accept",
        "range",
        "expect",
        "cookie",
    ]);
    let value = prop_oneof![
        select(vec![
            "*",
            "\"a\"",
            "W/\"1-0\", \"b\"",
            "key",
            "https://a.example",
            "application/json"
        ])
        .prop_map(|value| value.as_bytes().to_vec()),
        "[ -~]{0,80}".prop_map(String::into_bytes),
        vec(prop_oneof![b' '..=b'~', 0x80_u8..=0xff], 0..30),
    ];
    vec((name, value), 0..4)
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => select(vec!["Alien", "Am\u{e9}lie", "2016", "2013-09-02", "https://example.com/x"]),
        2 => select(vec!["", " ", "a\u{0}b", "2013-02-30", "ftp://x", "\u{3000}", "a\tb", "18888"]),
    ]
    .prop_map(Value::from)
    .boxed()
    .prop_union(
        prop_oneof![
            "\\PC{0,12}",
            any::<String>(),
            (
                select(vec!["x", "\u{1f3ac}"]),
                select(vec![255_usize, 256, 2_049, 4_000, 4_001])
            )
                .prop_map(|(character, count)| character.repeat(count)),
        ]
        .prop_map(Value::from)
        .boxed(),
    )
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec![
            0, 1, 10, 1887, 1888, 2016, 2100, 2101, 1_000_000, 1_000_001
        ])
        .prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0..11.0_f64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text(),
        4 => number(),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => vec(text(), 0..4).prop_map(Value::from),
        1 => select(vec![100, 101]).prop_map(|count| json!(vec!["A"; count])),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            members(&INFO, inner, 0..4).prop_map(Value::from),
        ]
    })
}

const TOP: [&str; 12] = [
    "title",
    "year",
    "info",
    "directors",
    "actors",
    "genres",
    "rating",
    "releaseDate",
    "runningTimeSeconds",
    "imageUrl",
    "rank",
    "unknown",
];
const INFO: [&str; 10] = [
    "directors",
    "actors",
    "genres",
    "rating",
    "release_date",
    "running_time_secs",
    "image_url",
    "plot",
    "rank",
    "unknown",
];

fn members(
    names: &'static [&'static str],
    value: impl Strategy<Value = Value>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Map<String, Value>> {
    vec((select(names), value), count).prop_map(|members| {
        let members = members.into_iter();
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

/// A body that is nearly valid: a title and a year that are mostly valid, and some other members.
fn movie() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        6 => ("[A-Z]{12}", 1888..=2100_i32).prop_map(|(title, year)| json!({ "title": title, "year": year })),
        1 => ("[A-Z]{12}", 1800..=2200_i32)
            .prop_map(|(title, year)| json!({ "title": title, "year": year.to_string() })),
        1 => (value(), value()).prop_map(|(title, year)| json!({ "title": title, "year": year })),
        1 => Just(json!({})),
    ];
    (key, members(&TOP[2..], value(), 0..4)).prop_map(|(mut body, more)| {
        body.as_object_mut().unwrap().extend(more);
        body
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => movie().prop_map(|body| body.to_string().into_bytes()),
        // A good body, cut off or with a byte changed.
        2 => (movie(), any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(
            |(body, at, byte, cut)| {
                let mut body = body.to_string().into_bytes();
                let at = at.index(body.len());
                if cut {
                    body.truncate(at);
                } else {
                    body[at] = byte;
                }
                body
            },
        ),
        1 => vec(any::<u8>(), 0..200),
        1 => value().prop_map(|body| body.to_string().into_bytes()),
    ]
}

fn any_request_gets_an_answer_of_the_contract() -> Result<(), Failed> {
    let request = (
        method(),
        path(),
        query(),
        headers(),
        body(),
        prop::bool::weighted(0.9),
    );
    run(
        1_000,
        &request,
        |api, (method, path, query, headers, body, as_json)| {
            let mut request: Request = api.request(method, &format!("{path}?{query}")).body(body);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            if as_json {
                request = request.header("content-type", "application/json");
            }
            // Sending checks the contract, and a panic of the service is a 500.
            let answer = block_on(request.send());
            if answer.status < 500 {
                Ok(())
            } else {
                Err(TestCaseError::fail(answer.to_string()))
            }
        },
    )
}

fn the_schemas_and_the_code_accept_the_same_bodies() -> Result<(), Failed> {
    let operation = select(vec![
        ("/movies/add-movie", "AddMovieRequest"),
        ("/movies/update-movie", "UpdateMovieRequest"),
        ("/movies/findbytitleandyear", "MovieKeyRequest"),
    ]);
    run(2_000, &(operation, movie()), |api, ((path, name), body)| {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        let answer = block_on(api.post(path, &body).send());
        // The service accepts more forms than the schema, so the body is first rewritten into the schema's form.
        let body = as_documented(body, name);
        let violations = Contract::get().violations(&schema, &body);
        prop_assert_eq!(
            violations.is_empty(),
            answer.status != 400,
            "{:?}\n{}",
            violations,
            answer
        );
        Ok(())
    })
}

/// Rewrites the forms that `addMovie` accepts beyond the schema into the schema's form. A member that is given twice,
/// as itself and in the `info` object, becomes an unknown member.
fn as_documented(body: Value, schema: &str) -> Value {
    let Value::Object(mut body) = body else {
        return body;
    };
    if let Some(year) = body.get_mut("year")
        && let Some(number) = year.as_str().filter(|text| text.len() == 4)
        && let Ok(number) = number.parse::<u16>()
    {
        *year = number.into();
    }
    if schema != "MovieKeyRequest" {
        let before = body.clone();
        flatten_info(&mut body);
        body.retain(|name, value| !value.is_null() || !is_optional(name));
        // An update that names a null or an empty object changes something.
        if schema == "UpdateMovieRequest" && body.len() == 2 && before.len() > 2 {
            body.insert("clear".to_owned(), json!([]));
        }
    }
    for value in body.values_mut() {
        if let Some(number) = value.as_f64().filter(|number| number.fract() == 0.0)
            && let Ok(integer) = format!("{number:.0}").parse::<i64>()
        {
            *value = integer.into();
        }
    }
    body.into()
}

fn is_optional(name: &str) -> bool {
    !["title", "year", "unknown"].contains(&name)
}

fn flatten_info(body: &mut Map<String, Value>) {
    let Some(Value::Object(object)) = body.get("info").cloned() else {
        return;
    };
    body.remove("info");
    for (name, value) in object {
        let name = match name.as_str() {
            "plot" => "info",
            "release_date" => "releaseDate",
            "image_url" => "imageUrl",
            "running_time_secs" => "runningTimeSeconds",
            "directors" | "actors" | "genres" | "rating" | "rank" => &name,
            _ => "unknown",
        };
        let twice = body.contains_key(name);
        body.insert(if twice { "unknown" } else { name }.to_owned(), value);
    }
}
