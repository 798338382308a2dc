use super::*;

#[test]
fn a_domain_has_no_port_and_is_no_address() {
    for (domain, good) in [
        ("localhost", true),
        ("api.example.com", true),
        ("localhost:3000", false),
        ("https://example.com", false),
        ("example.com/", false),
        ("127.0.0.1", false),
        ("[::1]", false),
        ("Example.com", false),
        ("", false),
    ] {
        let made = RelyingParty::new(domain, &[]);
        assert_eq!(made.is_ok(), good, "{domain}");
    }
}

#[test]
fn an_origin_is_that_of_a_page_or_of_an_app() {
    for (origin, good) in [
        ("https://app.example.com", true),
        ("http://localhost:8081", true),
        (
            "android:apk-key-hash:pNiP5iKyQ8JwgGOaKA1zGPUPJIS-0H1xKCQcfIoGLck",
            true,
        ),
        ("ios:bundle", false),
        ("app.example.com", false),
        ("", false),
    ] {
        let made = RelyingParty::new("example.com", &[origin.to_owned()]);
        assert_eq!(made.is_ok(), good, "{origin}");
    }
}
