use super::*;

#[test]
fn the_two_ways_to_write_an_accent_are_one_password() {
    for (sent, kept) in [
        ("Caf\u{e9}-Horse-7", "Caf\u{e9}-Horse-7"),
        ("Cafe\u{301}-Horse-7", "Caf\u{e9}-Horse-7"),
        ("\u{212b}", "\u{c5}"),
        ("plain", "plain"),
    ] {
        assert_eq!(normal_password(sent.to_owned()).expose_secret(), kept);
    }
}

#[test]
fn every_broken_rule_is_named() {
    use PasswordRule::{Length, Lowercase, Number, OuterSpace, Symbol, Uppercase};
    for (password, broken) in [
        ("Correct-Horse-7-Battery", vec![]),
        ("Aa1 aaaaaaaa", vec![]),
        ("Aa1-aaaaaaa", vec![Length(12)]),
        ("aa1-aaaaaaaa", vec![Uppercase]),
        ("AA1-AAAAAAAA", vec![Lowercase]),
        ("Aaa-aaaaaaaa", vec![Number]),
        ("Aa1aaaaaaaaa", vec![Symbol]),
        (" Aa1aaaaaaaa ", vec![Symbol, OuterSpace]),
        ("Aa1-aaaaaaaa ", vec![OuterSpace]),
        ("", vec![Length(12), Lowercase, Uppercase, Number, Symbol]),
    ] {
        let found = PASSWORD_POLICY.broken_rules(&password.into());
        assert_eq!(found, broken, "{password}");
    }
}
