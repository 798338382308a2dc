use super::*;

#[test]
fn a_refusal_names_the_reason_and_does_not_quote_the_address() {
    let longest = format!("ada@{}", "x".repeat(124));
    let too_long = format!("{longest}x");
    for (text, reason) in [
        ("ada@example.com", None),
        ("Ada+app@Example.COM", None),
        ("a@b", None),
        ("\"!#$%&'*/=?^_`{|}~-.@xn--bcher-kva.example", None),
        (&longest, None),
        (&too_long, Some("must be at most 128 characters long")),
        ("", Some("must be an e-mail address, with an @ in it")),
        ("ada", Some("must be an e-mail address, with an @ in it")),
        // The full-width commercial at is another character.
        (
            "ada\u{ff20}example.com",
            Some("must be an e-mail address, with an @ in it"),
        ),
        ("@", Some("must have a name before the @")),
        ("@example.com", Some("must have a name before the @")),
        ("ada@", Some("must have a domain after the @")),
        ("ada@@example.com", Some("must have only one @")),
        ("ada@home@example.com", Some("must have only one @")),
        (" ada@example.com", Some("must not begin with white space")),
        (
            "\u{a0}ada@example.com",
            Some("must not begin with white space"),
        ),
        ("ada@example.com ", Some("must not end with white space")),
        ("ada@example.com\n", Some("must not end with white space")),
        (
            "ada lovelace@example.com",
            Some("must not contain white space"),
        ),
        ("ada@example .com", Some("must not contain white space")),
        (
            "ada\0@example.com",
            Some("must not contain control characters"),
        ),
        (
            "ada@example.com\u{7f}",
            Some("must not contain control characters"),
        ),
        (
            "zo\u{eb}@example.com",
            Some("must have only ASCII characters before the @; others are not supported"),
        ),
        (
            "ada@b\u{fc}cher.example",
            Some(
                "must have only ASCII characters after the @; write other letters of a domain in \
                     their xn-- form, as in xn--bcher-kva.example",
            ),
        ),
    ] {
        let found = Email::parse(text).map_err(|invalid| invalid.to_string());
        match reason {
            None => assert_eq!(found.unwrap().as_str(), text.to_ascii_lowercase()),
            Some(reason) => assert_eq!(found.unwrap_err(), reason, "{text:?}"),
        }
    }
}
