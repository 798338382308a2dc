use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::{Host, ParseError, Url};

use super::Invalid;
use crate::text_value;

const MAX: usize = 2_048;

/// The largest number of bytes that are parsed: more than any URL that fits has before it is in its normal form.
const MAX_RAW: usize = 16 * MAX;

/// ASCII that the URL Standard leaves as it is and RFC 3986 does not know, so that Java's and Swift's
/// URL types refuse it.
const NOT_IN_RFC_3986: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// An `http` or `https` URL in its normal form: scheme and host in lower case, a host of other scripts in
/// Punycode, all else that is not in RFC 3986 percent-encoded; at most 2,048 characters then.
///
/// [`ValidateUrl`](validator::ValidateUrl) does not fit: it takes any scheme and gives no reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(String);

impl WebUrl {
    /// Parses a URL.
    ///
    /// # Errors
    /// [`Invalid::UrlTooLong`] or [`Invalid::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const BAD_HOST: Invalid = Invalid::Malformed("a URL with a valid host");
        const NO_URL: Invalid = Invalid::Malformed(
            "an http or https URL with a host, such as https://example.com/a.jpg",
        );
        if text.len() > MAX_RAW {
            return Err(Invalid::UrlTooLong(MAX));
        }
        // The parser would remove some and encode others.
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Invalid::Malformed(
                "a URL without white space and control characters",
            ));
        }
        // The parser would also find a host in `https:a` and `https:///a`.
        let behind_scheme = ["https://", "http://"].iter().find_map(|scheme| {
            let (start, rest) = text.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        });
        if behind_scheme.is_none_or(|rest| rest.starts_with(['/', '\\'])) {
            return Err(NO_URL);
        }
        let mut url = Url::parse(text).map_err(|error| match error {
            ParseError::EmptyHost => NO_URL,
            ParseError::InvalidPort => Invalid::Malformed("a URL with a port of 0 to 65535"),
            _ => BAD_HOST,
        })?;
        // The parser takes some that no name in DNS has.
        if let Some(Host::Domain(name)) = url.host()
            && !name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        {
            return Err(BAD_HOST);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid::Malformed(
                "a URL without a user name and a password",
            ));
        }
        encode_the_rest(&mut url);
        let normal = String::from(url);
        if has_stray_percent(&normal) {
            return Err(Invalid::Malformed(
                "a URL in which two hexadecimal digits follow every %",
            ));
        }
        if normal.len() > MAX {
            return Err(Invalid::UrlTooLong(MAX));
        }
        Ok(Self(normal))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(WebUrl);

fn encode_the_rest(url: &mut Url) {
    let encode = |part: &str| {
        let encoded = utf8_percent_encode(part, NOT_IN_RFC_3986).to_string();
        (encoded != part).then_some(encoded)
    };
    if let Some(path) = encode(url.path()) {
        url.set_path(&path);
    }
    if let Some(query) = url.query().and_then(encode) {
        url.set_query(Some(&query));
    }
    // A fragment may have a `#`, for the parser alone.
    if let Some(fragment) = url.fragment() {
        let encoded = utf8_percent_encode(fragment, NOT_IN_RFC_3986).to_string();
        url.set_fragment(Some(&encoded.replace('#', "%23")));
    }
}

fn has_stray_percent(text: &str) -> bool {
    let mut rest = text.split('%');
    rest.next();
    rest.any(|behind| {
        let digits = behind.as_bytes().get(..2);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
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
}
