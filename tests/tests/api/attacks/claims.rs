//! Correctly signed tokens that were made for another purpose, or for another time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::{
    issuer::{CLIENT, ISS, KEY, OTHER_KEY, claims, now, part},
    service::USER,
};

use super::{Target, claims_with, refuse, with};

crate::tests![
    the_iss_of_another_pool,
    the_iss_of_another_region,
    the_iss_with_a_trailing_slash,
    the_iss_as_a_list,
    the_iss_of_another_host,
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
    an_exp_that_is_no_number_of_json,
    a_claim_that_is_doubled_by_an_escape,
    claims_that_are_no_text,
    a_foreign_claim_is_passed_over_however_deep_it_is,
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

async fn the_iss_of_another_host() {
    let port = ISS.replace(".com/", ".com:444/");
    let host = ISS.replace("cognito-idp.eu-west-1.amazonaws.com", "localhost:3000");
    let evil = format!("https://evil.example/?{ISS}");
    let cut = &ISS[..ISS.len() - 1];
    let space = format!("{ISS} ");
    claim(
        "iss",
        [
            json!(port),
            json!(host),
            json!(evil),
            json!(cut),
            json!(space),
        ],
    )
    .await;
    claim(
        "iss",
        [json!("cognito"), json!(format!(" {ISS}")), json!(null)],
    )
    .await;
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
        ("upper case", with("token_use", "ACCESS")),
        ("a space before", with("token_use", " access")),
        ("a space behind", with("token_use", "access ")),
        ("null", with("token_use", Value::Null)),
        ("true", with("token_use", true)),
        ("one", with("token_use", 1)),
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
    let near = [
        CLIENT.repeat(26),
        CLIENT[..4].to_owned(),
        format!(" {CLIENT}"),
    ];
    claim("client_id", near.map(Value::from)).await;
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
    claim("nbf", [json!(true), json!([0]), json!(1e40)]).await;
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

/// The claims of a good token, as text, with another text in the place of `exp`.
fn with_exp(exp: &str) -> String {
    let good = claims(USER);
    let (text, now) = (good.to_string(), good["exp"].to_string());
    let other = text.replace(&format!("\"exp\":{now}"), &format!("\"exp\":{exp}"));
    assert_ne!(other, text);
    let header = json!({ "alg": "RS256", "kid": KEY.id }).to_string();
    KEY.sign_text(&header, &other)
}

async fn an_exp_that_is_no_number_of_json() {
    let ten_to_the_40 = format!("1{}", "0".repeat(40));
    let texts = [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e10",
        "1e400",
        "0x7fffffff",
        "2_000_000_000",
        "18446744073709551616",
        &ten_to_the_40,
        "02000000000",
        "+2000000000",
        "4102444800",
    ];
    refuse(texts.map(|text| (text, with_exp(text)))).await;
}

async fn a_claim_that_is_doubled_by_an_escape() {
    let good = claims(USER).to_string();
    let header = json!({ "alg": "RS256", "kid": KEY.id }).to_string();
    let (inner, later) = (&good[1..], now() + 800);
    let texts = [
        format!("{{\"e\\u0078p\":{later},{inner}"),
        format!("{{\"\\u0073ub\":\"eve\",{inner}"),
        format!("{{\"exp\":1,{inner}"),
        format!("{},\"exp\":{later}}}", &good[..good.len() - 1]),
    ];
    refuse(texts.map(|text| {
        let token = KEY.sign_text(&header, &text);
        (text, token)
    }))
    .await;
}

async fn claims_that_are_no_text() {
    let good = claims(USER).to_string();
    let header = json!({ "alg": "RS256", "kid": KEY.id }).to_string();
    let utf_16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16 = URL_SAFE_NO_PAD.encode(utf_16);
    let tokens = [
        (
            "UTF-16",
            KEY.sign_part(&format!("{}.{utf_16}", part(&header))),
        ),
        (
            "byte order mark",
            KEY.sign_text(&header, &format!("\u{feff}{good}")),
        ),
        ("NUL behind", KEY.sign_text(&header, &format!("{good}\0\0"))),
        ("two", KEY.sign_text(&header, &format!("{good} {good}"))),
    ];
    refuse(tokens).await;
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
        // Also two with the same value.
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
        // Serde would deserialise an array as the members of a struct, in their order.
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

/// RFC 7519: unknown claims are ignored. A token without a valid signature is still refused.
async fn a_foreign_claim_is_passed_over_however_deep_it_is() {
    let deep = format!("{}1{}", "[".repeat(3_000), "]".repeat(3_000));
    let good = claims(USER).to_string();
    let header = |id: &str, more: &str| format!(r#"{{"alg":"RS256","kid":"{id}"{more}}}"#);
    let deep_header = format!(r#","a":{deep}"#);
    let deep_claims = format!("{{\"a\":{deep},{}", &good[1..]);
    let target = Target::start().await;
    let token = KEY.sign_text(&header(KEY.id, ""), &deep_claims);
    let api = target.served.api.with_token(&token);
    api.list("").send().await.is(200);
    refuse([
        // `jsonwebtoken` keeps the members of a header, and reads 128 levels. No issuer has so many.
        (
            "header of the issuer",
            KEY.sign_text(&header(KEY.id, &deep_header), &good),
        ),
        (
            "claims",
            OTHER_KEY.sign_text(&header(KEY.id, ""), &deep_claims),
        ),
        (
            "header",
            OTHER_KEY.sign_text(&header(KEY.id, &deep_header), &good),
        ),
    ])
    .await;
}
