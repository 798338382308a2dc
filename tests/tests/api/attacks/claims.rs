//! Well signed tokens that were made for something else, or for another time.

use serde_json::{Value, json};
use tests::{
    issuer::{CLIENT, ISS, KEY, claims, now, part},
    service::USER,
};

use super::{claims_with, refuse, with};

crate::tests![
    the_iss_of_another_pool,
    the_iss_of_another_region,
    the_iss_with_a_trailing_slash,
    the_iss_as_a_list,
    an_id_token,
    an_opaque_refresh_token,
    an_encrypted_refresh_token,
    a_token_of_another_client,
    a_token_expired_61_seconds_ago,
    a_token_that_begins_in_the_future,
    a_missing_exp,
    a_negative_exp,
    an_exp_that_is_a_text,
    an_exp_that_is_a_float,
    a_huge_exp,
    duplicate_claims,
    a_missing_claim,
    a_user_without_a_name,
    groups_that_are_not_a_list_of_texts,
    a_scope_that_is_no_text,
    claims_that_are_no_object,
];

async fn claim<const N: usize>(claim: &str, values: [Value; N]) {
    refuse(values.map(|value| (value.to_string(), with(claim, value)))).await;
}

async fn the_iss_of_another_pool() {
    let other = ISS.replace("_tests", "_other");
    assert_ne!(other, ISS);
    let longer = format!("{ISS}2");
    claim("iss", [json!(other), json!(longer), json!("")]).await;
}

async fn the_iss_of_another_region() {
    let region = ISS.replace("eu-west-1.", "us-east-1.");
    let everywhere = ISS.replace("eu-west-1", "us-east-1");
    let upper = ISS.to_uppercase();
    claim("iss", [json!(region), json!(everywhere), json!(upper)]).await;
}

async fn the_iss_with_a_trailing_slash() {
    let slash = format!("{ISS}/");
    let key_set = format!("{ISS}/.well-known/jwks.json");
    let plain = ISS.replace("https", "http");
    claim("iss", [json!(slash), json!(key_set), json!(plain)]).await;
}

async fn the_iss_as_a_list() {
    let lists = [
        json!([ISS]),
        json!(["https://evil.example", ISS]),
        json!([]),
    ];
    claim("iss", lists).await;
}

async fn an_id_token() {
    let id_token = json!({
        "sub": USER, "iss": ISS, "token_use": "id", "aud": CLIENT, "exp": now() + 900,
        "cognito:username": USER, "email": "ada@example.com",
    });
    let mut with_everything = claims_with("token_use", "id");
    with_everything["aud"] = CLIENT.into();
    let tokens = [
        ("as it is", KEY.token(&id_token)),
        (
            "with the claims of an access token",
            KEY.token(&with_everything),
        ),
        ("another word", with("token_use", "Access")),
        ("a list", with("token_use", json!(["access"]))),
    ];
    refuse(tokens).await;
}

async fn an_opaque_refresh_token() {
    let signed = with("token_use", "refresh");
    let opaque = "b3BhcXVlLXJlZnJlc2gtdG9rZW4taW4tdGhlLWF0dGFja3M".to_owned();
    refuse([("a word", opaque), ("signed", signed)]).await;
}

async fn an_encrypted_refresh_token() {
    // JWE (RFC 7516), as Cognito makes them: five parts, the second one an encrypted key.
    let head = |kid: &str| {
        let head = json!({ "cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP", "kid": kid });
        part(&head.to_string())
    };
    let rest = ["key", "iv", "text", "tag"]
        .map(|word| part(&word.repeat(20)))
        .join(".");
    let rs256 = part(&json!({ "alg": "RS256", "kid": KEY.id }).to_string());
    let tokens = [
        ("JWE", format!("{}.{rest}", head("other"))),
        ("JWE with our key", format!("{}.{rest}", head(KEY.id))),
        ("five parts that say RS256", format!("{rs256}.{rest}")),
        ("no key in it", format!("{rs256}..a.b.c")),
    ];
    refuse(tokens).await;
}

async fn a_token_of_another_client() {
    let others = [json!("another"), json!(format!("{CLIENT}2")), json!("")];
    claim("client_id", others).await;
    claim("client_id", [json!([CLIENT]), json!(null)]).await;
}

async fn a_token_expired_61_seconds_ago() {
    claim(
        "exp",
        [json!(now() - 61), json!(now() - 900), json!(1), json!(0)],
    )
    .await;
}

async fn a_token_that_begins_in_the_future() {
    let moments = [json!(now() + 90), json!(now() + 900), json!(i64::MAX)];
    claim("nbf", moments).await;
    let others = [json!("0"), json!(1.5), json!(null), json!(u64::MAX)];
    claim("nbf", others).await;
}

async fn a_missing_exp() {
    let mut claims = claims(USER);
    claims.as_object_mut().unwrap().remove("exp");
    refuse([
        ("none", KEY.token(&claims)),
        ("null", with("exp", Value::Null)),
    ])
    .await;
}

async fn a_negative_exp() {
    claim("exp", [json!(-1), json!(-now()), json!(i64::MIN)]).await;
}

async fn an_exp_that_is_a_text() {
    let number = (now() + 900).to_string();
    claim("exp", [json!(number), json!("never"), json!("")]).await;
    claim("exp", [json!([now() + 900]), json!({}), json!(true)]).await;
}

async fn an_exp_that_is_a_float() {
    let text = claims(USER).to_string();
    let exp = claims(USER)["exp"].to_string();
    let floats = [
        format!("{exp}.0"),
        format!("{exp}.5"),
        format!("{exp}e0"),
        "2e9".to_owned(),
    ];
    refuse(floats.map(|float| {
        let header = json!({ "alg": "RS256", "kid": KEY.id }).to_string();
        let other = text.replace(&format!("\"exp\":{exp}"), &format!("\"exp\":{float}"));
        assert_ne!(other, text);
        (float, KEY.sign_text(&header, &other))
    }))
    .await;
}

async fn a_huge_exp() {
    // Cognito's access tokens live for a day at most.
    let moments = [
        json!(now() + 25 * 60 * 60),
        json!(now() * 1_000),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
    ];
    claim("exp", moments).await;
}

async fn duplicate_claims() {
    let good = claims_with("cognito:groups", json!(["readers"]));
    let header = json!({ "alg": "RS256", "kid": KEY.id }).to_string();
    let text = good.to_string();
    let inner = text.strip_prefix('{').unwrap();
    let mut tokens = Vec::new();
    for name in [
        "sub",
        "exp",
        "iss",
        "client_id",
        "token_use",
        "scope",
        "username",
        "cognito:groups",
    ] {
        // Of two that say the same, too.
        for value in [good[name].clone(), json!("evil"), json!(1)] {
            let first = format!("{{\"{name}\":{value},{inner}");
            let last = format!("{},\"{name}\":{value}}}", text.strip_suffix('}').unwrap());
            tokens.push((name, KEY.sign_text(&header, &first)));
            tokens.push((name, KEY.sign_text(&header, &last)));
        }
    }
    let nbf = format!("{{\"nbf\":1,\"nbf\":1,{inner}");
    tokens.push(("nbf", KEY.sign_text(&header, &nbf)));
    refuse(tokens).await;
}

async fn a_missing_claim() {
    let names = ["sub", "iss", "client_id", "token_use", "username"];
    refuse(names.map(|name| {
        let mut claims = claims(USER);
        claims.as_object_mut().unwrap().remove(name);
        (name, KEY.token(&claims))
    }))
    .await;
}

async fn a_user_without_a_name() {
    claim("sub", [json!(""), json!(7), json!(null), json!([USER])]).await;
    claim(
        "username",
        [json!(""), json!(7), json!(null), json!([USER])],
    )
    .await;
}

async fn groups_that_are_not_a_list_of_texts() {
    let groups = [
        json!("editors"),
        json!({ "editors": true }),
        json!([1]),
        json!(null),
    ];
    claim("cognito:groups", groups).await;
}

async fn a_scope_that_is_no_text() {
    let scope = claims(USER)["scope"].clone();
    claim("scope", [json!([scope]), json!(null), json!(1)]).await;
}

async fn claims_that_are_no_object() {
    let good = claims(USER);
    let names = [
        "sub",
        "username",
        "iss",
        "client_id",
        "token_use",
        "scope",
        "exp",
    ];
    let mut values: Vec<Value> = names.iter().map(|name| good[*name].clone()).collect();
    values.push(json!(0));
    values.push(json!(["editors"]));
    let header = json!({ "alg": "RS256", "kid": KEY.id }).to_string();
    let texts = [
        // Serde would take them for the members of a struct, in their order.
        Value::from(values).to_string(),
        "null".to_owned(),
        "\"claims\"".to_owned(),
        String::new(),
        "{}".to_owned(),
        format!("{good}{good}"),
        good.to_string().trim_end_matches('}').to_owned(),
    ];
    refuse(texts.map(|text| {
        let token = KEY.sign_text(&header, &text);
        (text, token)
    }))
    .await;
}
