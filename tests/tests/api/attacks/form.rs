//! Tokens with malformed text.

use tests::{
    issuer::{KEY, claims},
    service::USER,
};

use super::refuse;

crate::tests![
    base64_with_padding,
    base64_with_junk,
    base64_with_whitespace,
    base64_of_the_other_alphabet,
    base64_with_bits_left_over,
    too_few_parts,
    too_many_parts,
    a_token_of_64_kilobytes,
    random_letters,
];

fn parts() -> [String; 3] {
    let token = KEY.token(&claims(USER));
    let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

/// A good token, with each of its parts changed in turn; signed anew where the signature covers it.
async fn changed(change: impl Fn(&str) -> String) {
    let [header, claims, signature] = parts();
    let (other_header, other_claims) = (change(&header), change(&claims));
    let tokens = [
        ("header", KEY.sign_part(&format!("{other_header}.{claims}"))),
        ("claims", KEY.sign_part(&format!("{header}.{other_claims}"))),
        (
            "signature",
            format!("{header}.{claims}.{}", change(&signature)),
        ),
    ];
    refuse(tokens).await;
}

async fn base64_with_padding() {
    changed(|part| format!("{part}=")).await;
    changed(|part| format!("{part}==")).await;
}

async fn base64_with_junk() {
    for junk in ["!", "%", "~", "\u{7f}"] {
        // HTTP clients send visible ASCII only.
        if junk.bytes().all(|byte| byte.is_ascii_graphic()) {
            changed(|part| format!("{part}{junk}")).await;
            changed(|part| format!("{junk}{part}")).await;
        }
    }
    changed(|part| format!("{}!{}", &part[..4], &part[4..])).await;
}

async fn base64_with_whitespace() {
    for space in [" ", "\t"] {
        changed(|part| format!("{}{space}{}", &part[..4], &part[4..])).await;
        changed(|part| format!("{space}{part}")).await;
    }
}

async fn base64_of_the_other_alphabet() {
    // A character of the standard alphabet that base64url does not have.
    for character in ["+", "/"] {
        changed(|part| format!("{}{character}{}", &part[..4], &part[5..])).await;
    }
}

async fn base64_with_bits_left_over() {
    // 256 bytes are 342 characters, and the last character has four unused bits. A parser that ignores them accepts
    // 15 other texts for the same signature.
    let [header, claims, signature] = parts();
    let last = signature.chars().last().unwrap();
    assert!("AQgw".contains(last), "{last}");
    let others = (1..16).map(|bits| {
        // The four letters whose unused bits are zero are 16 apart in the alphabet.
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let place = alphabet.find(last).unwrap();
        let other = &alphabet[place + bits..=place + bits];
        let kept = &signature[..signature.len() - 1];
        (other, format!("{header}.{claims}.{kept}{other}"))
    });
    refuse(others).await;
}

async fn too_few_parts() {
    let [header, claims, signature] = parts();
    let texts = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        header.clone(),
        format!("{header}.{claims}"),
        format!("{header}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}.{claims}.{}", &signature[..signature.len() - 4]),
    ];
    refuse(texts.map(|text| (text.clone(), text))).await;
}

async fn too_many_parts() {
    let [header, claims, signature] = parts();
    let texts = [
        format!("{header}.{claims}.{signature}."),
        format!(".{header}.{claims}.{signature}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{header}.{claims}..{signature}"),
        KEY.sign_part(&format!("{header}.{claims}.{claims}")),
    ];
    refuse(texts.map(|text| (text.clone(), text))).await;
}

async fn a_token_of_64_kilobytes() {
    const SIZE: usize = 64 * 1024;
    let [header, claims_part, signature] = parts();
    let mut large = claims(USER);
    large["more"] = "x".repeat(SIZE).into();
    let tokens = [
        ("one word", "x".repeat(SIZE)),
        ("points", ".".repeat(SIZE)),
        (
            "a good one, and more",
            format!("{header}.{claims_part}.{signature}{}", "A".repeat(SIZE)),
        ),
        // Even if it is well signed.
        ("large claims", KEY.token(&large)),
    ];
    refuse(tokens).await;
}

async fn random_letters() {
    let tokens = (0..50).map(|_| {
        let word = || uuid::Uuid::new_v4().simple().to_string();
        ("random", format!("{}.{}.{}", word(), word(), word()))
    });
    refuse(tokens).await;
}
