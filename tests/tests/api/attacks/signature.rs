//! Signatures that are missing, invalid or made for something else.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA384,
        RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::{
    issuer::{CLIENT, KEY, OTHER_KEY, claims, part, symmetric, unsigned},
    service::USER,
};

use super::{claims_with, refuse};

crate::tests![
    alg_none,
    hs256_with_the_public_key_as_pem,
    hs256_with_the_public_key_as_der,
    hs256_with_the_modulus,
    hs256_with_the_key_as_the_key_set_lists_it,
    hs256_with_a_public_word,
    hs512_with_the_public_key,
    rs384,
    rs256_under_another_name,
    another_digest_under_our_algorithm,
    keys_of_other_kinds,
    a_key_of_the_attackers_under_a_known_kid,
    a_key_that_the_token_brings_along,
    the_signature_of_another_payload,
    the_signature_of_another_header,
    the_signature_stripped,
    a_signature_that_is_a_number,
    a_signature_cut_short,
];

fn header(alg: &str) -> Value {
    json!({ "alg": alg, "kid": KEY.id, "typ": "JWT" })
}

async fn alg_none() {
    let none = [
        "none", "None", "NONE", "nOnE", "NoNe", "", " none", "none ", "null", "dir", "RS1",
    ];
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
    // With its own name in the header, and with the name that the service expects.
    let tokens =
        ["HS256", "RS256"].map(|alg| (alg, symmetric(secret.as_ref(), alg, &claims(USER))));
    refuse(tokens).await;
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

async fn hs256_with_a_public_word() {
    for word in ["", KEY.id, CLIENT] {
        hs256(word).await;
    }
}

async fn hs512_with_the_public_key() {
    let signed = unsigned(&header("HS512"), &claims(USER));
    let tokens = [KEY.pem().into_bytes(), KEY.der()].map(|secret| {
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA512, &secret),
            signed.as_bytes(),
        );
        ("HS512", format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)))
    });
    refuse(tokens).await;
}

async fn rs384() {
    // Correctly signed with the right key: the header does not choose the algorithm.
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

async fn another_digest_under_our_algorithm() {
    let signed = unsigned(&header("RS256"), &claims(USER));
    refuse([
        ("RS384", KEY.sign_with(&RSA_PKCS1_SHA384, &signed)),
        ("RS512", KEY.sign_with(&RSA_PKCS1_SHA512, &signed)),
        ("PS256", KEY.sign_with(&RSA_PSS_SHA256, &signed)),
    ])
    .await;
}

async fn keys_of_other_kinds() {
    let of_es256 = unsigned(&header("ES256"), &claims(USER));
    let es256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let es256 = es256
        .sign(&SystemRandom::new(), of_es256.as_bytes())
        .unwrap();
    let of_eddsa = unsigned(&header("EdDSA"), &claims(USER));
    let eddsa = Ed25519KeyPair::generate()
        .unwrap()
        .sign(of_eddsa.as_bytes());
    let with =
        |signed: &str, signature: &[u8]| format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    refuse([
        ("ES256", with(&of_es256, es256.as_ref())),
        // A library once accepted this signature for any text (CVE-2022-21449).
        ("ES256 of zeros", with(&of_es256, &[0; 64])),
        ("EdDSA", with(&of_eddsa, eddsa.as_ref())),
    ])
    .await;
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

async fn a_signature_that_is_a_number() {
    let signed = unsigned(&header("RS256"), &claims(USER));
    let modulus = KEY.public()["n"].as_str().unwrap().to_owned();
    let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap();
    let good = KEY.sign_part(&signed);
    let good = URL_SAFE_NO_PAD
        .decode(good.rsplit_once('.').unwrap().1)
        .unwrap();
    let mut one = vec![0; 256];
    one[255] = 1;
    let numbers = [
        ("zero", vec![0; 256]),
        ("one", one),
        ("the largest", vec![0xff; 256]),
        ("the modulus", modulus.clone()),
        ("the modulus less the signature", less(&modulus, &good)),
    ];
    refuse(
        numbers
            .map(|(name, number)| (name, format!("{signed}.{}", URL_SAFE_NO_PAD.encode(number)))),
    )
    .await;
}

/// The difference of two numbers, the most significant byte first.
fn less(from: &[u8], number: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut digits: Vec<_> = from
        .iter()
        .zip(number)
        .rev()
        .map(|(from, number)| {
            let digit = i16::from(*from) - i16::from(*number) - borrow;
            borrow = i16::from(digit < 0);
            u8::try_from(digit.rem_euclid(256)).unwrap()
        })
        .collect();
    digits.reverse();
    digits
}

async fn a_signature_cut_short() {
    let token = KEY.token(&claims(USER));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let ends = [&bytes[..255], &bytes[1..], &bytes[..1]].map(|cut| URL_SAFE_NO_PAD.encode(cut));
    refuse(ends.map(|end| ("", format!("{signed}.{end}")))).await;
}
