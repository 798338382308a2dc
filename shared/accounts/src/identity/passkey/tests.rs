use super::*;

#[test]
fn an_id_is_base64url_of_at_most_1023_bytes() {
    let longest = "A".repeat(1_364);
    for (text, code) in [
        ("4Wb-_x0", None),
        (&*longest, None),
        ("", Some("invalid_value")),
        ("a+b", Some("invalid_value")),
        ("YQ==", Some("invalid_value")),
        ("ä", Some("invalid_value")),
        (&*format!("{longest}A"), Some("too_long")),
    ] {
        let parsed = PasskeyId::parse(text);
        assert_eq!(parsed.err().map(Invalid::code), code, "{text}");
    }
}

#[test]
fn a_dictionary_is_an_object_that_is_not_too_long() {
    let padded = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
    for (text, code) in [
        (r#"{"id":"x","of":{"the":["future",1,null]}}"#, None),
        (&*padded(16_384), None),
        (&*padded(16_385), Some("too_long")),
        ("", Some("invalid_value")),
        ("[]", Some("invalid_value")),
        (r#""{}""#, Some("invalid_value")),
        (r#"{"id":"#, Some("invalid_value")),
    ] {
        let parsed = WebAuthnJson::parse(text);
        assert_eq!(parsed.err().map(Invalid::code), code);
    }
}

#[test]
fn a_dictionary_hides_its_members_from_the_log() {
    let json = WebAuthnJson::parse(r#"{"id":"secret"}"#).unwrap();
    assert_eq!(json.to_string(), r#"{"id":"secret"}"#);
    assert!(!format!("{json:?}").contains("secret"));
}
