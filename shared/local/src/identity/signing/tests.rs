use super::*;

#[test]
fn the_thumbprint_is_that_of_rfc_7638() {
    let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxu\
            hDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65\
            YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTW\
            hAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    assert_eq!(
        thumbprint(modulus, "AQAB"),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn a_key_that_was_kept_is_the_same_key() {
    let kept = SigningKey::generate().unwrap();
    let key = SigningKey::kept(&kept).unwrap();
    assert_eq!(key.jwk(), SigningKey::kept(&kept).unwrap().jwk());
    assert_eq!(key.exponent, "AQAB");
    assert_eq!(key.modulus.len(), 342);
    let token = key.sign(&json!({"sub": "x"})).unwrap();
    assert_eq!(token.split('.').count(), 3);
}
