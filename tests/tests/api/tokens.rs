//! Which access tokens open the API: those of this stage's issuer, made for this API, in force.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::{
    api::Api,
    contract::Contract,
    issuer::{CLIENT, Issuer, KEY, OTHER_KEY, claims, now, symmetric, unsigned},
    server::{Stage::Development, TestServer},
    service::{Service, USER},
};

crate::tests![
    every_movie_operation_needs_a_token,
    a_request_without_a_token_is_asked_for_one,
    an_authorization_that_is_no_bearer_token_is_401,
    a_token_with_wrong_claims_is_401,
    a_token_with_a_wrong_signature_is_401,
    a_token_at_the_edge_of_its_time_is_accepted,
    groups_that_are_not_a_list_are_401,
    the_token_decides_before_the_request_is_looked_at,
];

const SEND_ONE: &str = r#"Bearer realm="movies""#;
const SEND_ANOTHER: &str = r#"Bearer realm="movies", error="invalid_token""#;

async fn service() -> (Issuer, Api) {
    let issuer = Issuer::start().await;
    let api = Service::embedded(&issuer).api();
    (issuer, api)
}

async fn refused(api: &Api, what: &str, token: &str) {
    let answer = api.with_token(token).list("").send().await;
    assert_eq!(answer.status, 401, "{what}");
    let answer = answer.problem(401, "unauthorized").lacks(USER);
    assert_eq!(answer.header("www-authenticate"), Some(SEND_ANOTHER));
}

async fn every_movie_operation_needs_a_token() {
    let server = TestServer::start().await;
    let mut count = 0;
    for operation in Contract::get().operations() {
        let open = operation.object["security"] == json!([]);
        assert_eq!(
            open,
            !operation.path.starts_with("/movies") || operation.method == "options"
        );
        if !open {
            let method = operation.method.to_uppercase().parse().unwrap();
            let request = server
                .api()
                .request(method, operation.path)
                .header("content-type", "application/json")
                .body(r#"{"title":"Alien","year":1979}"#);
            request.send().await.problem(401, "unauthorized");
            count += 1;
        }
    }
    assert_eq!(count, 6);
    assert!(server.user("ada").titles("").await.is_empty());
}

async fn a_request_without_a_token_is_asked_for_one() {
    let server = TestServer::start().await;
    let answer = server.api().list("").send().await;
    let answer = answer.problem(401, "unauthorized");
    // RFC 6750, section 3.1: no error code when nothing was sent.
    assert_eq!(answer.header("www-authenticate"), Some(SEND_ONE));
}

async fn an_authorization_that_is_no_bearer_token_is_401() {
    let server = TestServer::start().await;
    let good = server.user("ada").token().to_owned();
    let parts: Vec<_> = good.split('.').collect();
    let [head, claims, signature] = parts[..] else {
        panic!("not a token: {good}")
    };
    for authorization in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        good.clone(),
        format!("Basic {good}"),
        format!("Bearer{good}"),
        format!("Token {good}"),
        format!("Bearer  {good}"),
        format!("Bearer {good} {good}"),
        format!("Bearer {good}, Bearer {good}"),
        format!("Bearer {good}."),
        format!("Bearer {head}.{claims}"),
        format!("Bearer {head}.{claims}."),
        format!("Bearer .{claims}.{signature}"),
        format!("Bearer {head}..{signature}"),
        format!("Bearer {head}.{claims}.{signature}=="),
        "Bearer a.b.c".to_owned(),
        "Bearer \u{fc}".to_owned(),
        format!("Bearer {}", "x".repeat(20_000)),
        format!(
            "Bearer {}.{}.{}",
            "x".repeat(7_000),
            "y".repeat(7_000),
            "z".repeat(7_000)
        ),
    ] {
        let request = server
            .api()
            .list("")
            .header("authorization", &authorization);
        let answer = request.send().await.problem(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), Some(SEND_ANOTHER));
    }
    let bearer = format!("Bearer {good}");
    server
        .api()
        .list("")
        .header("authorization", &bearer)
        .header("authorization", &bearer)
        .send()
        .await
        .problem(401, "unauthorized");
    server
        .api()
        .list("")
        .header("authorization", &bearer)
        .send()
        .await
        .is(200);
}

async fn a_token_with_wrong_claims_is_401() {
    let server = TestServer::start().await;
    let now = now();
    let cases = [
        ("expired", "exp", json!(now - 61)),
        ("expired long ago", "exp", json!(1)),
        ("no time as a text", "exp", json!("never")),
        ("not yet in force", "nbf", json!(now + 90)),
        (
            "another pool",
            "iss",
            json!("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x"),
        ),
        (
            "nearly the same pool",
            "iss",
            json!(format!("{}/", server.issuer(Development).url)),
        ),
        ("no pool", "iss", json!("")),
        ("another client", "client_id", json!("another")),
        (
            "the client of Production",
            "client_id",
            json!("local-Production"),
        ),
        ("an ID token", "token_use", json!("id")),
        ("a refresh token", "token_use", json!("refresh")),
        ("nobody", "sub", json!("")),
        ("a user that is no text", "sub", json!(7)),
    ];
    for (what, claim, value) in cases {
        let mut claims = server.claims(Development, USER);
        claims[claim] = value;
        refused(&server.api(), what, &server.sign(Development, &claims)).await;
    }
    for claim in ["exp", "iss", "client_id", "token_use", "sub"] {
        let mut claims = server.claims(Development, USER);
        claims.as_object_mut().unwrap().remove(claim);
        let token = server.sign(Development, &claims);
        refused(&server.api(), claim, &token).await;
    }
    let id_token = json!({
        "sub": USER, "iss": server.issuer(Development).url, "token_use": "id",
        "aud": server.issuer(Development).client_id, "exp": now + 900,
    });
    refused(
        &server.api(),
        "an ID token",
        &server.sign(Development, &id_token),
    )
    .await;
}

async fn a_token_with_a_wrong_signature_is_401() {
    let (_issuer, api) = service().await;
    let good = claims(USER);
    let token = KEY.token(&good);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();

    let mut of_eve = good.clone();
    of_eve["sub"] = json!("eve");
    let payload = URL_SAFE_NO_PAD.encode(of_eve.to_string());
    let tampered = format!("{head}.{payload}.{signature}");
    let header = |alg: &str| json!({ "alg": alg, "kid": KEY.id, "typ": "JWT" });
    let none = |alg: &str| format!("{}.", unsigned(&header(alg), &good));
    let public = KEY.public();
    let secrets: [Vec<u8>; 4] = [
        public.to_string().into_bytes(),
        public["n"].as_str().unwrap().as_bytes().to_vec(),
        URL_SAFE_NO_PAD
            .decode(public["n"].as_str().unwrap())
            .unwrap(),
        Vec::new(),
    ];
    let mut cases: Vec<(&str, String)> = vec![
        ("tampered with", tampered),
        ("alg none", none("none")),
        ("alg None", none("None")),
        ("alg none, signed", KEY.sign(&header("none"), &good)),
        ("RS384", KEY.sign(&header("RS384"), &good)),
        (
            "RS256 that is called RS512",
            KEY.sign(&header("RS512"), &good),
        ),
        (
            "RS256 that is called PS256",
            KEY.sign(&header("PS256"), &good),
        ),
        (
            "RS256 that is called HS256",
            KEY.sign(&header("HS256"), &good),
        ),
        (
            "an algorithm that is none",
            KEY.sign(&header("RS255"), &good),
        ),
        ("no algorithm", KEY.sign(&json!({ "kid": KEY.id }), &good)),
        ("an unknown key", OTHER_KEY.token(&good)),
        (
            "another key under a known id",
            OTHER_KEY.sign(&header("RS256"), &good),
        ),
        ("no key id", KEY.sign(&json!({ "alg": "RS256" }), &good)),
        (
            "a key that it brings along",
            OTHER_KEY.sign(
                &json!({ "alg": "RS256", "kid": OTHER_KEY.id, "jwk": OTHER_KEY.public() }),
                &good,
            ),
        ),
        ("no JSON in it", KEY.token(&Value::from("claims"))),
    ];
    for secret in &secrets {
        cases.push((
            "HS256 with the public key",
            symmetric(secret, KEY.id, &good),
        ));
    }
    for (what, token) in cases {
        refused(&api, what, &token).await;
    }
    api.with_token(&token).list("").send().await.is(200);
}

async fn a_token_at_the_edge_of_its_time_is_accepted() {
    let (_issuer, api) = service().await;
    for (claim, moment) in [("exp", now() - 30), ("nbf", now() + 30)] {
        let mut claims = claims(USER);
        claims[claim] = moment.into();
        api.with_token(&KEY.token(&claims))
            .list("")
            .send()
            .await
            .is(200);
    }
    let more = json!({ "alg": "RS256", "kid": KEY.id, "typ": "JWT", "x": [1] });
    let token = KEY.sign(&more, &claims(USER));
    api.with_token(&token).list("").send().await.is(200);
}

async fn groups_that_are_not_a_list_are_401() {
    let (_issuer, api) = service().await;
    for groups in [
        json!("editors"),
        json!({ "editors": true }),
        json!([1]),
        json!(null),
    ] {
        let mut claims = claims(USER);
        assert_eq!(claims["client_id"], CLIENT);
        claims["cognito:groups"] = groups;
        refused(&api, "groups", &KEY.token(&claims)).await;
    }
}

async fn the_token_decides_before_the_request_is_looked_at() {
    let (_issuer, api) = service().await;
    let api = api.with_token("junk");
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
