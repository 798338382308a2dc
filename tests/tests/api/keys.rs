//! The issuer's key set: fetched when needed, never more.

use std::time::Duration;

use api::token::jwks::Timing;
use serde_json::json;
use tests::{
    issuer::{Issuer, KEY, OTHER_KEY, claims},
    service::{Service, USER},
    stub::{Canned, Nowhere},
};

crate::tests![
    the_keys_are_fetched_once_for_many_requests,
    junk_costs_no_fetch,
    unknown_key_ids_in_a_row_cost_one_fetch_a_cool_down,
    a_rotated_key_is_found,
    an_issuer_that_is_down_is_503_until_it_is_up,
    an_issuer_that_talks_nonsense_is_503,
    an_issuer_that_goes_down_later_does_not_matter,
];

/// Long enough not to end during a test.
const LONG: Duration = Duration::from_hours(1);
/// Over as soon as it began.
const NONE: Duration = Duration::ZERO;

fn timing(cool_down: Duration) -> Timing {
    Timing {
        cool_down,
        ..Timing::default()
    }
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

async fn unknown_key_ids_in_a_row_cost_one_fetch_a_cool_down() {
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer)
        .keys_at(issuer.url(), timing(LONG))
        .api();
    for n in 0..20 {
        let kid = format!("made-up-{n}");
        let token = KEY.sign(&json!({ "alg": "RS256", "kid": kid }), &claims(USER));
        api.with_token(&token)
            .list("")
            .send()
            .await
            .problem(401, "unauthorized");
    }
    api.list("").send().await.is(200);
    assert_eq!(issuer.fetches(), 1);
}

async fn a_rotated_key_is_found() {
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer)
        .keys_at(issuer.url(), timing(NONE))
        .api();
    api.list("").send().await.is(200);
    let new = api.with_token(&OTHER_KEY.token(&claims(USER)));
    new.list("").send().await.problem(401, "unauthorized");
    issuer.rotate(&[&KEY, &OTHER_KEY]);
    new.list("").send().await.is(200);
    api.list("").send().await.is(200);
    // A key that was withdrawn goes with the next fetch.
    issuer.rotate(&[&OTHER_KEY]);
    let unknown = KEY.sign(&json!({ "alg": "RS256", "kid": "unknown" }), &claims(USER));
    api.with_token(&unknown)
        .list("")
        .send()
        .await
        .problem(401, "unauthorized");
    api.list("").send().await.problem(401, "unauthorized");
}

async fn an_issuer_that_is_down_is_503_until_it_is_up() {
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
        let answer = request.send().await.problem(503, "unavailable");
        assert_eq!(answer.header("www-authenticate"), None);
    }
    let _issuer = Issuer::on(nowhere.listen());
    api.list("").send().await.is(200);
}

async fn an_issuer_that_talks_nonsense_is_503() {
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer)
        .keys_at(issuer.url(), timing(NONE))
        .api();
    let mut short = KEY.public();
    short["n"] = json!("AQAB");
    let mut of_another_kind = KEY.public();
    of_another_kind["use"] = json!("enc");
    for canned in [
        Canned {
            status: 500,
            body: json!({ "keys": [KEY.public()] }),
        },
        Canned {
            status: 302,
            body: json!({}),
        },
        Canned::ok(json!("sorry")),
        Canned::ok(json!({ "keys": [] })),
        Canned::ok(json!({ "keys": [short] })),
        Canned::ok(json!({ "keys": [of_another_kind] })),
        Canned::ok(json!({ "keys": ["x".repeat(100_000)] })),
    ] {
        issuer.answer(canned);
        api.list("").send().await.problem(503, "unavailable");
    }
    issuer.rotate(&[&KEY]);
    api.list("").send().await.is(200);
}

async fn an_issuer_that_goes_down_later_does_not_matter() {
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer)
        .keys_at(issuer.url(), timing(NONE))
        .api();
    api.list("").send().await.is(200);
    issuer.answer(Canned {
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
