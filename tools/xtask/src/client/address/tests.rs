use super::*;

#[test]
fn paths_are_put_behind_the_stage_or_the_server() {
    for base in [
        "http://127.0.0.1:3000/Development",
        "http://127.0.0.1:3000/Development/",
    ] {
        let address: Address = base.parse().unwrap();
        let expected = "http://127.0.0.1:3000/Development/me";
        assert_eq!(address.of("/me"), expected);
        assert_eq!(
            address.of_server("/mailbox"),
            "http://127.0.0.1:3000/mailbox"
        );
    }
}

#[test]
fn passwords_go_over_tls_or_stay_on_the_machine() {
    for good in [
        "http://localhost:1/x",
        "http://[::1]:1/x",
        "https://api.example.com/Production",
    ] {
        assert!(good.parse::<Address>().is_ok(), "{good}");
    }
    for (bad, why) in [
        (
            "http://api.example.com/Production",
            NotAnAddress::InTheClear,
        ),
        ("http://127.0.0.1.example.com/", NotAnAddress::InTheClear),
        ("ftp://localhost/", NotAnAddress::Malformed),
        ("localhost:3000", NotAnAddress::Malformed),
        ("https://a:b@example.com/", NotAnAddress::TooMuch),
        ("https://example.com/?x", NotAnAddress::TooMuch),
    ] {
        assert_eq!(bad.parse::<Address>(), Err(why), "{bad}");
    }
}
