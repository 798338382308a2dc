//! Signatures that are none, or of something else.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::{
    issuer::{KEY, OTHER_KEY, claims, part, symmetric, unsigned},
    service::USER,
};

use super::{claims_with, refuse};

crate::tests![
    alg_none,
    hs256_with_the_public_key_as_pem,
    hs256_with_the_public_key_as_der,
    hs256_with_the_modulus,
    hs256_with_the_key_as_the_key_set_lists_it,
    hs256_with_an_empty_secret,
    rs384,
    rs256_under_another_name,
    a_key_of_the_attackers_under_a_known_kid,
    a_key_that_the_token_brings_along,
    the_signature_of_another_payload,
    the_signature_of_another_header,
    the_signature_stripped,
    a_signature_of_zeros,
    a_signature_cut_short,
];

fn header(alg: &str) -> Value {
    json!({ "alg": alg, "kid": KEY.id, "typ": "JWT" })
}

async fn alg_none() {
    let none = ["none", "None", "NONE", "nOnE", ""];
    let signatures = ["", "AA"];
    let bare = none.iter().flat_map(|alg| {
        signatures.map(|end| {
            (
                *alg,
                format!("{}.{end}", unsigned(&header(alg), &claims(USER))),
            )
        })
    });
    let signed = none.map(|alg| (alg, KEY.sign(&header(alg), &claims(USER))));
    refuse(bare.chain(signed)).await;
}

async fn hs256(secret: impl AsRef<[u8]>) {
    let token = symmetric(secret.as_ref(), KEY.id, &claims(USER));
    refuse([("HS256", token)]).await;
}

async fn hs256_with_the_public_key_as_pem() {
    let pem = KEY.pem();
    assert!(pem.ends_with("-----\n"));
    hs256(&pem).await;
    hs256(pem.trim_end()).await;
}

async fn hs256_with_the_public_key_as_der() {
    hs256(KEY.der()).await;
}

async fn hs256_with_the_modulus() {
    let public = KEY.public();
    let modulus = public["n"].as_str().unwrap();
    hs256(modulus).await;
    hs256(URL_SAFE_NO_PAD.decode(modulus).unwrap()).await;
}

async fn hs256_with_the_key_as_the_key_set_lists_it() {
    hs256(KEY.public().to_string()).await;
}

async fn hs256_with_an_empty_secret() {
    hs256("").await;
}

async fn rs384() {
    // Well signed, by the right key: what the header says does not choose the algorithm.
    refuse([("RS384", KEY.sign(&header("RS384"), &claims(USER)))]).await;
}

async fn rs256_under_another_name() {
    let names = [
        "RS384", "RS512", "PS256", "ES256", "EdDSA", "HS256", "rs256", "RS256 ", "RS255",
    ];
    let tokens = names.map(|name| {
        let signed = unsigned(&header(name), &claims(USER));
        (name, KEY.sign_part(&signed))
    });
    refuse(tokens).await;
}

async fn a_key_of_the_attackers_under_a_known_kid() {
    refuse([("", OTHER_KEY.sign(&header("RS256"), &claims(USER)))]).await;
}

async fn a_key_that_the_token_brings_along() {
    let jwk = json!({ "alg": "RS256", "kid": OTHER_KEY.id, "jwk": OTHER_KEY.public() });
    let known = json!({ "alg": "RS256", "kid": KEY.id, "jwk": OTHER_KEY.public() });
    let tokens = [jwk, known].map(|header| ("jwk", OTHER_KEY.sign(&header, &claims(USER))));
    refuse(tokens).await;
}

async fn the_signature_of_another_payload() {
    let token = KEY.token(&claims(USER));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, _) = signed.split_once('.').unwrap();
    let tokens = [
        ("another user", claims_with("sub", "eve")),
        (
            "an editor",
            claims_with("cognito:groups", json!(["editors"])),
        ),
    ];
    refuse(tokens.map(|(attack, claims)| {
        let payload = part(&claims.to_string());
        (attack, format!("{head}.{payload}.{signature}"))
    }))
    .await;
}

async fn the_signature_of_another_header() {
    let token = KEY.token(&claims(USER));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (_, payload) = signed.split_once('.').unwrap();
    let head = part(&header("RS256").to_string());
    refuse([("", format!("{head}.{payload}.{signature}"))]).await;
}

async fn the_signature_stripped() {
    let signed = unsigned(&header("RS256"), &claims(USER));
    refuse([
        ("with the point", format!("{signed}.")),
        ("without", signed),
    ])
    .await;
}

async fn a_signature_of_zeros() {
    let signed = unsigned(&header("RS256"), &claims(USER));
    let zeros = URL_SAFE_NO_PAD.encode([0; 256]);
    refuse([("", format!("{signed}.{zeros}"))]).await;
}

async fn a_signature_cut_short() {
    let token = KEY.token(&claims(USER));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let ends = [&bytes[..255], &bytes[1..], &bytes[..1]].map(|cut| URL_SAFE_NO_PAD.encode(cut));
    refuse(ends.map(|end| ("", format!("{signed}.{end}")))).await;
}
