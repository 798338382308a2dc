//! The API accepts the access tokens of its stage's issuer that were made for it and are valid now. The tests with
//! other tokens are in `attacks.rs`.

use serde_json::{Value, json};
use tests::{
    issuer::{Issuer, KEY, claims, now},
    server::TestServer,
    service::{Served, Service, USER},
};

crate::tests![
    the_scope_may_be_one_of_several,
    a_scope_that_is_nearly_the_right_one_is_403,
    a_request_without_a_token_is_asked_for_one,
    a_token_expired_59_seconds_ago_is_accepted,
    a_token_that_begins_in_30_seconds_is_accepted,
    a_token_that_ends_in_a_day_is_accepted,
    a_token_with_members_that_nobody_reads_is_accepted,
    the_token_decides_before_the_request_is_looked_at,
];

const SEND_ONE: &str = r#"Bearer realm="movies""#;

async fn service() -> (Issuer, Served) {
    let issuer = Issuer::start().await;
    let served = Service::embedded(&issuer).serve().await;
    (issuer, served)
}

/// A token with another value of a claim; without the claim, if that is null.
fn with(claim: &str, value: Value) -> String {
    let mut claims = claims(USER);
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(claim)),
        value => claims[claim] = value,
    }
    KEY.token(&claims)
}

async fn the_scope_may_be_one_of_several() {
    let (_issuer, served) = service().await;
    for scope in [
        "openid aws.cognito.signin.user.admin",
        "aws.cognito.signin.user.admin movies/read",
        "a aws.cognito.signin.user.admin b",
    ] {
        let api = served.api.with_token(&with("scope", json!(scope)));
        api.list("").send().await.is(200);
    }
}

async fn a_scope_that_is_nearly_the_right_one_is_403() {
    let (_issuer, served) = service().await;
    for scope in [
        "aws.cognito.signin.user.adminx",
        "x/aws.cognito.signin.user.admin",
        "",
        "aws.cognito.signin.user",
        "aws.cognito.signin.user.adminopenid",
        "AWS.COGNITO.SIGNIN.USER.ADMIN",
        "openid,aws.cognito.signin.user.admin",
        "openid\taws.cognito.signin.user.admin",
        "aws.cognito.signin.user.admin\u{0}",
    ] {
        let api = served.api.with_token(&with("scope", json!(scope)));
        let answer = api.list("").send().await;
        answer.problem(403, "insufficient-scope");
    }
}

async fn a_request_without_a_token_is_asked_for_one() {
    let server = TestServer::start().await;
    let answer = server.api().list("").send().await;
    let answer = answer.problem(401, "unauthorized");
    // RFC 6750, section 3.1: no error code when nothing was sent.
    assert_eq!(answer.header("www-authenticate"), Some(SEND_ONE));
}

async fn accepted(token: &str) {
    let (_issuer, served) = service().await;
    served.api.with_token(token).list("").send().await.is(200);
}

async fn a_token_expired_59_seconds_ago_is_accepted() {
    let (_issuer, served) = service().await;
    // The first request of a service is its slowest, and here a second matters.
    served.api.list("").send().await.is(200);
    let api = served.api.with_token(&with("exp", json!(now() - 59)));
    api.list("").send().await.is(200);
}

async fn a_token_that_begins_in_30_seconds_is_accepted() {
    accepted(&with("nbf", json!(now() + 30))).await;
}

async fn a_token_that_ends_in_a_day_is_accepted() {
    // The longest lifetime of an access token in Cognito.
    accepted(&with("exp", json!(now() + 24 * 60 * 60))).await;
}

async fn a_token_with_members_that_nobody_reads_is_accepted() {
    let header = json!({ "alg": "RS256", "kid": KEY.id, "typ": "JWT", "x": [1] });
    let mut claims = claims(USER);
    claims["origin_jti"] = json!({ "any": "thing" });
    accepted(&KEY.sign(&header, &claims)).await;
}

async fn the_token_decides_before_the_request_is_looked_at() {
    let (_issuer, served) = service().await;
    let api = served.api.with_token("junk");
    for request in [
        api.list("limit=x"),
        api.post_text("/movies/add-movie", "{"),
        api.post_text("/movies/add-movie", "x".repeat(300_000)),
        api.post_text("/movies/add-movie", "{}")
            .without("content-type"),
        api.update(&json!({})).header("if-match", "x"),
        api.delete("", 0).key("two words"),
    ] {
        request.send().await.problem(401, "unauthorized");
    }
}
