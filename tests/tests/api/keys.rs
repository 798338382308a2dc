//! The issuer's key set: it is fetched only when needed, and a token that cannot be checked is refused.

use std::time::{Duration, Instant};

use accounts::token::{jwks::KeyError, jwks::KeySet, jwks::Timing};
use serde_json::json;
use service::aws::{Trust, connector};
use tests::{
    answer::Answer,
    api::{Api, Request},
    issuer::{Issuer, KEY, OTHER_KEY, claims, key_set, part, unsigned},
    logs::{Capture, Source},
    service::{Service, USER},
    stub::{Canned, Nowhere},
};

crate::tests![
    the_keys_are_fetched_once_for_many_requests,
    junk_costs_no_fetch,
    a_thousand_unknown_key_ids_in_a_row_cost_one_fetch_a_cool_down,
    a_rotated_key_is_found,
    a_key_set_that_is_down_is_401_until_it_is_up,
    a_key_set_that_is_slow_is_401_in_time_for_all_who_wait,
    a_key_set_that_is_html_is_401,
    a_key_set_that_is_empty_is_401,
    a_key_set_that_is_huge_is_401,
    a_key_set_of_other_keys_is_401,
    a_key_set_with_an_error_is_401,
    a_token_that_cannot_be_checked_is_an_error_in_the_log,
    an_issuer_that_goes_down_later_does_not_matter,
    an_old_key_set_is_fetched_again_and_nobody_waits,
    a_key_set_that_is_given_is_fetched_when_it_was_in_use_for_long_enough,
    a_key_set_that_is_given_and_is_none_is_refused,
];

/// Long enough not to end during a test.
const LONG: Duration = Duration::from_hours(1);
/// A cool-down that ends at once.
const NONE: Duration = Duration::ZERO;

fn timing(cool_down: Duration) -> Timing {
    Timing {
        cool_down,
        ..Timing::default()
    }
}

fn service(issuer: &Issuer, timing: Timing) -> Api {
    let service = Service::embedded(issuer).keys_at(issuer.url(), timing);
    service.api()
}

#[track_caller]
fn not_verifiable(answer: Answer) {
    let answer = answer.problem(401, "token-not-verifiable").lacks(USER);
    let challenge = r#"Bearer realm="movies", error="invalid_token""#;
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
    assert_eq!(answer.header("retry-after"), Some("1"));
}

async fn the_keys_are_fetched_once_for_many_requests() {
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer).api();
    let requests: Vec<_> = (0..50).map(|_| tokio::spawn(api.list("").send())).collect();
    for request in requests {
        request.await.unwrap().is(200);
    }
    assert_eq!(issuer.fetches(), 1);
}

async fn junk_costs_no_fetch() {
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer).api();
    let none = KEY.sign(&json!({ "alg": "none", "kid": "x" }), &claims(USER));
    let rs384 = KEY.sign(&json!({ "alg": "RS384", "kid": "x" }), &claims(USER));
    for token in ["", "junk", "a.b.c", &none, &rs384] {
        api.with_token(token)
            .list("")
            .send()
            .await
            .problem(401, "unauthorized");
    }
    assert_eq!(issuer.fetches(), 0);
}

/// A request with a token whose key is unknown.
fn unknown(api: &Api, number: usize) -> Request {
    let header = json!({ "alg": "RS256", "kid": format!("made-up-{number}") });
    let token = format!("{}.{}", unsigned(&header, &claims(USER)), part("x"));
    api.with_token(&token).list("")
}

async fn a_thousand_unknown_key_ids_in_a_row_cost_one_fetch_a_cool_down() {
    const COOL_DOWN: Duration = Duration::from_secs(2);
    let issuer = Issuer::start().await;
    let api = service(&issuer, timing(LONG));
    for n in 0..1_000 {
        unknown(&api, n).send().await.problem(401, "unauthorized");
    }
    api.list("").send().await.is(200);
    assert_eq!(issuer.fetches(), 1);
    // Now at the same time, and with a cool-down that ends during the test.
    let api = service(&issuer, timing(COOL_DOWN));
    let requests: Vec<_> = (0..100)
        .map(|n| tokio::spawn(unknown(&api, n).send()))
        .collect();
    for request in requests {
        request.await.unwrap().problem(401, "unauthorized");
    }
    assert_eq!(issuer.fetches(), 2);
    tokio::time::sleep(COOL_DOWN).await;
    unknown(&api, 1).send().await.problem(401, "unauthorized");
    assert_eq!(issuer.fetches(), 3);
}

async fn a_rotated_key_is_found() {
    let issuer = Issuer::start().await;
    let api = service(&issuer, timing(NONE));
    api.list("").send().await.is(200);
    let new = api.with_token(&OTHER_KEY.token(&claims(USER)));
    new.list("").send().await.problem(401, "unauthorized");
    issuer.rotate(&[&KEY, &OTHER_KEY]);
    new.list("").send().await.is(200);
    api.list("").send().await.is(200);
    // The next fetch removes a withdrawn key.
    issuer.rotate(&[&OTHER_KEY]);
    let unknown = KEY.sign(&json!({ "alg": "RS256", "kid": "unknown" }), &claims(USER));
    api.with_token(&unknown)
        .list("")
        .send()
        .await
        .problem(401, "unauthorized");
    api.list("").send().await.problem(401, "unauthorized");
}

async fn a_key_set_that_is_down_is_401_until_it_is_up() {
    let nowhere = Nowhere::new();
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer)
        .keys_at(nowhere.url(), timing(NONE))
        .api();
    for request in [
        api.list(""),
        api.add(&json!({ "title": "Alien", "year": 1979 })),
        api.find("Alien", 1979),
    ] {
        not_verifiable(request.send().await);
    }
    // A malformed token is refused without the key set.
    let junk = api.with_token("junk").list("").send().await;
    junk.problem(401, "unauthorized");
    let _issuer = Issuer::on(nowhere.listen());
    api.list("").send().await.is(200);
}

async fn a_key_set_that_is_slow_is_401_in_time_for_all_who_wait() {
    let issuer = Issuer::start().await;
    issuer.slow_down(LONG);
    // Longer than the cool-down while there is no key set.
    let time_out = Duration::from_millis(1_100);
    let api = service(
        &issuer,
        Timing {
            time_out,
            ..timing(LONG)
        },
    );
    let begun = Instant::now();
    let requests: Vec<_> = (0..20).map(|_| tokio::spawn(api.list("").send())).collect();
    for request in requests {
        not_verifiable(request.await.unwrap());
    }
    // One fetch failed for all of them; one after the other would take 22 seconds.
    assert!(begun.elapsed() < 5 * time_out, "{:?}", begun.elapsed());
    assert_eq!(issuer.fetches(), 1);
}

/// Demands that every token is refused while the key set is broken, and a good one accepted once it is repaired.
async fn shut_out(break_it: impl Fn(&Issuer)) {
    let issuer = Issuer::start().await;
    let api = service(&issuer, timing(NONE));
    break_it(&issuer);
    not_verifiable(api.list("").send().await);
    issuer.rotate(&[&KEY]);
    api.list("").send().await.is(200);
}

async fn a_key_set_that_is_html_is_401() {
    shut_out(|issuer| issuer.answer_html("<!doctype html><title>Sign in to the network</title>"))
        .await;
    shut_out(|issuer| issuer.answer_html("")).await;
}

async fn a_key_set_that_is_empty_is_401() {
    for body in [json!({ "keys": [] }), json!({}), json!([]), json!(null)] {
        shut_out(|issuer| issuer.answer(&Canned::ok(body.clone()))).await;
    }
}

async fn a_key_set_that_is_huge_is_401() {
    // It has the key, but it is too large.
    let mut keys = vec![KEY.public()];
    keys.resize_with(1_000, || OTHER_KEY.public());
    let filling = json!({ "keys": [KEY.public()], "more": "x".repeat(1_000_000) });
    for body in [json!({ "keys": keys }), filling] {
        shut_out(|issuer| issuer.answer(&Canned::ok(body.clone()))).await;
    }
}

async fn a_key_set_of_other_keys_is_401() {
    let mut short = KEY.public();
    short["n"] = json!("AQAB");
    let mut to_encrypt = KEY.public();
    to_encrypt["use"] = json!("enc");
    let mut to_sign_otherwise = KEY.public();
    to_sign_otherwise["alg"] = json!("RS512");
    let shared = json!({ "kty": "oct", "kid": KEY.id, "k": "c2VjcmV0", "alg": "HS256" });
    for key in [short, to_encrypt, to_sign_otherwise, shared, json!("key")] {
        let body = json!({ "keys": [key] });
        shut_out(|issuer| issuer.answer(&Canned::ok(body.clone()))).await;
    }
}

async fn a_key_set_with_an_error_is_401() {
    for status in [302, 403, 404, 500, 503] {
        let canned = Canned {
            status,
            body: json!({ "keys": [KEY.public()] }),
        };
        shut_out(|issuer| issuer.answer(&canned)).await;
    }
}

async fn a_token_that_cannot_be_checked_is_an_error_in_the_log() {
    let issuer = Issuer::start().await;
    issuer.answer(&Canned {
        status: 418,
        body: json!({}),
    });
    let api = service(&issuer, timing(NONE));
    let log = Capture::start(Source::Function);
    let answer = api.list("").send().await;
    let line = log.lines_with(answer.header("x-request-id").unwrap());
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in ["ERROR", "status=401", "token-not-verifiable", "status 418"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    // A token that was checked and is bad is no error of the service.
    issuer.rotate(&[&KEY]);
    let answer = api.with_token("junk").list("").send().await;
    let line = log.lines_with(answer.header("x-request-id").unwrap());
    assert!(line.contains("INFO") && !line.contains("ERROR"), "{line}");
    let text = log.text();
    for part in api.token().split('.').skip(1) {
        assert!(!text.contains(part), "a part of the token was logged");
    }
}

async fn an_issuer_that_goes_down_later_does_not_matter() {
    let issuer = Issuer::start().await;
    let api = service(&issuer, timing(NONE));
    api.list("").send().await.is(200);
    issuer.answer(&Canned {
        status: 500,
        body: json!({}),
    });
    api.with_token(&OTHER_KEY.token(&claims(USER)))
        .list("")
        .send()
        .await
        .problem(401, "unauthorized");
    api.list("").send().await.is(200);
    assert_eq!(issuer.fetches(), 2);
}

async fn an_old_key_set_is_fetched_again_and_nobody_waits() {
    let issuer = Issuer::start().await;
    let api = service(
        &issuer,
        Timing {
            max_age: Duration::from_millis(50),
            time_out: LONG,
            cool_down: NONE,
            ..Timing::default()
        },
    );
    api.list("").send().await.is(200);
    assert_eq!(issuer.fetches(), 1);
    issuer.slow_down(LONG);
    tokio::time::sleep(Duration::from_millis(100)).await;
    // Even requests that come during the fetch do not wait. It lasts until the connector's timeout of three seconds.
    for _ in 0..5 {
        let answer = tokio::time::timeout(Duration::from_secs(2), api.list("").send());
        answer.await.expect("an answer at once").is(200);
    }
    until_fetched(&issuer, 2).await;
}

fn given(key_set: &Canned, timing: Timing, issuer: &Issuer) -> Result<KeySet, KeyError> {
    let connector = connector(Trust::Amazon);
    KeySet::given(
        key_set.body.to_string().as_bytes(),
        issuer.url(),
        connector,
        timing,
    )
}

async fn a_key_set_that_is_given_is_fetched_when_it_was_in_use_for_long_enough() {
    for (max_age_of_given, fetches) in [(LONG, 0), (NONE, 1)] {
        let issuer = Issuer::start().await;
        let timing = Timing {
            max_age_of_given,
            ..Timing::default()
        };
        let keys = given(&key_set(&[&KEY]), timing, &issuer).unwrap();
        keys.prewarm().await.unwrap();
        // One of many requests with a known key starts a fetch, and none waits for it.
        for _ in 0..5 {
            assert!(keys.key(KEY.id).await.unwrap().is_some());
        }
        until_fetched(&issuer, fetches).await;
        // A request with an unknown key waits for the fetch that is under way, if there is one. Within the cool-down
        // there is no second one.
        assert!(keys.key("unknown").await.unwrap().is_none());
        assert_eq!(issuer.fetches(), 1, "{max_age_of_given:?}");
    }
}

/// Waits for that many fetches; there may be no more.
async fn until_fetched(issuer: &Issuer, fetches: usize) {
    let begun = Instant::now();
    while issuer.fetches() < fetches {
        assert!(begun.elapsed() < Duration::from_secs(10), "no fetch");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(issuer.fetches(), fetches);
}

async fn a_key_set_that_is_given_and_is_none_is_refused() {
    let issuer = Issuer::start().await;
    for none in [json!({}), json!({ "keys": [] }), json!("keys")] {
        let refused = given(&Canned::ok(none), Timing::default(), &issuer);
        assert!(matches!(refused, Err(KeyError::Unreadable(_))));
    }
}
