use proptest::prelude::*;

use super::*;

#[test]
fn a_url_is_kept_in_its_normal_form() {
    for (given, kept) in [
        ("https://example.com/a.jpg", "https://example.com/a.jpg"),
        ("HTTPS://Example.COM/A.jpg", "https://example.com/A.jpg"),
        ("http://x", "http://x/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://@example.com/", "https://example.com/"),
        (
            "https://b\u{fc}cher.example/\u{e9}.jpg?q=\u{e9}#\u{e9}",
            "https://xn--bcher-kva.example/%C3%A9.jpg?q=%C3%A9#%C3%A9",
        ),
        (
            "https://a.example/\"<>|^`{}[]\\?\"<>|^`{}[]\\#\"<>|^`{}[]\\#",
            "https://a.example/%22%3C%3E%7C%5E%60%7B%7D%5B%5D/?%22%3C%3E%7C%5E%60%7B%7D%5B%5D%5C\
                 #%22%3C%3E%7C%5E%60%7B%7D%5B%5D%5C%23",
        ),
        ("https://a.example/a/../b/%7e", "https://a.example/b/%7e"),
        ("https://[::1]:8080/a", "https://[::1]:8080/a"),
        ("https://my_bucket.example/a", "https://my_bucket.example/a"),
    ] {
        assert_eq!(WebUrl::parse(given).unwrap().as_str(), kept, "{given}");
    }
}

#[test]
fn what_is_refused_is_told_why() {
    for (cause, urls) in [
        (
            "host, such as",
            &[
                "",
                "http://",
                "https:",
                "https:///a.example/b",
                "https:\\\\a.example",
                "https:a.example",
                "https://?a",
                "//a.example/b",
                "/a.jpg",
                "a.example/a.jpg",
                "ftp://a.example/b",
                "javascript:alert(1)",
                "data:image/png;base64,AAAA",
            ][..],
        ),
        (
            "white space",
            &[
                " https://a.example",
                "https://a.example/ b",
                "https://a.example\n",
                "https://a\u{3000}b",
                "https://a.example/\u{85}",
            ],
        ),
        (
            "user name",
            &[
                "https://ada@a.example",
                "https://ada:pw@a.example",
                "https://:pw@a.example",
            ],
        ),
        (
            "a valid host",
            &[
                "https://exa<mple.com",
                "https://\"a\".example",
                "https://{a}.example",
                "https://a%b.example",
                "https://[::1",
                "https://999.1.1.1",
            ],
        ),
        (
            "a port",
            &["https://a.example:65536/", "https://a.example:x/"],
        ),
        (
            "hexadecimal digits",
            &[
                "https://a.example/100%",
                "https://a.example/%zz",
                "https://a.example/?a=%a",
            ],
        ),
    ] {
        for url in urls {
            let message = WebUrl::parse(url).unwrap_err().to_string();
            assert!(message.contains(cause), "{url:?}: {message}");
        }
    }
}

#[test]
fn the_length_is_that_of_the_normal_form() {
    let url = |character: &str, count| format!("https://a.example/{}", character.repeat(count));
    assert!(WebUrl::parse(&url("x", 2_030)).is_ok());
    assert!(WebUrl::parse(&url("\u{e9}", 338)).is_ok());
    for too_long in [url("x", 2_031), url("\u{e9}", 339), url("x", 50_000)] {
        assert_eq!(WebUrl::parse(&too_long), Err(Invalid::UrlTooLong(MAX)));
    }
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own(text in "[hH]ttps?://\\PC{1,30}") {
        if let Ok(url) = WebUrl::parse(&text) {
            prop_assert_eq!(WebUrl::parse(url.as_str()), Ok(url.clone()));
            prop_assert!(url.as_str().bytes().all(|b| b.is_ascii_graphic()), "{:?}", url);
            let strange = ['"', '<', '>', '\\', '^', '`', '{', '|', '}'];
            prop_assert!(!url.as_str().contains(strange), "{:?}", url);
        }
    }
}
