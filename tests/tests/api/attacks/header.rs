//! Headers of a token that our issuer would not write.

use serde_json::{Value, json};
use tests::{
    issuer::{KEY, OTHER_KEY, claims},
    service::USER,
};

use super::refuse;

crate::tests![
    a_missing_alg,
    an_alg_that_is_no_text,
    an_unknown_kid,
    a_kid_like_a_path,
    a_kid_like_sql,
    a_kid_of_10_kilobytes,
    a_missing_kid,
    a_kid_that_is_no_text,
    a_jku,
    an_x5u,
    an_x5c,
    a_jwk,
    a_crit,
    duplicate_header_members,
    a_header_that_is_no_object,
];

/// A token that is correctly signed with the right key: only its header is wrong.
fn signed(header: &Value) -> String {
    KEY.sign(header, &claims(USER))
}

fn good_header() -> Value {
    json!({ "alg": "RS256", "kid": KEY.id })
}

async fn headers<const N: usize>(headers: [Value; N]) {
    refuse(headers.map(|header| (header.to_string(), signed(&header)))).await;
}

async fn kids<const N: usize>(kids: [&str; N]) {
    headers(kids.map(|kid| json!({ "alg": "RS256", "kid": kid }))).await;
}

/// A member that must not be there, with these values and with null.
async fn member<const N: usize>(name: &str, values: [Value; N]) {
    let tokens = values.into_iter().chain([Value::Null]).map(|value| {
        let mut header = good_header();
        header[name] = value;
        (header.to_string(), signed(&header))
    });
    refuse(tokens.collect::<Vec<_>>()).await;
}

async fn a_missing_alg() {
    headers([json!({ "kid": KEY.id })]).await;
}

async fn an_alg_that_is_no_text() {
    headers(
        [
            json!(null),
            json!(256),
            json!(["RS256"]),
            json!({ "RS256": 1 }),
        ]
        .map(|alg| json!({ "alg": alg, "kid": KEY.id })),
    )
    .await;
}

async fn an_unknown_kid() {
    kids([
        OTHER_KEY.id,
        "",
        "key-1 ",
        "KEY-1",
        "key-1\u{0}",
        "k\u{e9}y-1",
        "7",
        "None",
        "True",
        "['key-1']",
        "__proto__",
        "\u{1f600}",
    ])
    .await;
    let by_its_owner = json!({ "alg": "RS256", "kid": OTHER_KEY.id });
    refuse([("", OTHER_KEY.sign(&by_its_owner, &claims(USER)))]).await;
}

async fn a_kid_like_a_path() {
    kids([
        "../../../../dev/null",
        "/proc/self/environ",
        "file:///dev/null",
        "..\\..\\key-1",
        "./key-1",
        "%2e%2e%2fkey-1",
        "http://127.0.0.1:1/key-1",
    ])
    .await;
}

async fn a_kid_like_sql() {
    kids([
        "key-1' OR '1'='1",
        "x' UNION SELECT 'secret",
        "key-1; DROP TABLE keys; --",
        "key-1\"; $(id) `id` | id",
        "${jndi:ldap://127.0.0.1/x}",
    ])
    .await;
}

async fn a_kid_of_10_kilobytes() {
    kids([&"k".repeat(10 * 1024), &"key-1".repeat(2 * 1024)]).await;
}

async fn a_missing_kid() {
    headers([json!({ "alg": "RS256" })]).await;
}

async fn a_kid_that_is_no_text() {
    headers(
        [
            json!(null),
            json!(1),
            json!([KEY.id]),
            json!({ "id": KEY.id }),
        ]
        .map(|kid| json!({ "alg": "RS256", "kid": kid })),
    )
    .await;
}

async fn a_jku() {
    let addresses = [
        "https://evil.example/jwks.json",
        "http://127.0.0.1:1/jwks.json",
    ];
    member("jku", addresses.map(Value::from)).await;
    member("jku", [json!(1)]).await;
}

async fn an_x5u() {
    let addresses = [
        "https://evil.example/chain.pem",
        "http://127.0.0.1:1/chain.pem",
    ];
    member("x5u", addresses.map(Value::from)).await;
}

async fn an_x5c() {
    member("x5c", [json!(["MIIB"]), json!([])]).await;
}

async fn a_jwk() {
    // Even the right one.
    member("jwk", [KEY.public(), OTHER_KEY.public()]).await;
}

async fn a_crit() {
    member("crit", [json!(["b64"]), json!(["exp"]), json!([])]).await;
}

async fn duplicate_header_members() {
    let (kid, claims) = (KEY.id, claims(USER).to_string());
    let headers = [
        format!(r#"{{"alg":"RS256","alg":"RS256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"none","alg":"RS256","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","alg":"none"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"x","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","k\u0069d":"x"}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"JWT","typ":"JWT"}}"#),
    ];
    refuse(headers.map(|header| {
        let token = KEY.sign_text(&header, &claims);
        (header, token)
    }))
    .await;
}

async fn a_header_that_is_no_object() {
    let kid = KEY.id;
    let headers = [
        format!(r#"["RS256","{kid}"]"#),
        format!(r#"["RS256","{kid}",null,null,null,null,null,null]"#),
        r#""RS256""#.to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        String::new(),
        format!(r#"{{"alg":"RS256","kid":"{kid}"}}{{}}"#),
        format!(r#"{{"alg":"RS256","kid":"{kid}"}}junk"#),
        format!("\u{feff}{{\"alg\":\"RS256\",\"kid\":\"{kid}\"}}"),
        format!("{{'alg':'RS256','kid':'{kid}'}}"),
        format!(r#"{{"alg":"RS256","kid":"{kid}""#),
    ];
    refuse(headers.map(|header| {
        let token = KEY.sign_text(&header, &claims(USER).to_string());
        (header, token)
    }))
    .await;
}
